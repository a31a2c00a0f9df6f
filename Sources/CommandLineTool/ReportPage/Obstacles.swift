import Domain
import Sync

/// Conflicts and problems, folded by topic; a next step for several of them is shown once below them.
struct Obstacles {
  let items: [ConflictList.Row]

  var html: HTML {
    if items.isEmpty { return "<p>No conflicts.</p>" }
    let topics = RemedyGroup.blocks(of: items).grouped { Set($0.map(\.topic)).sorted().joined(separator: ", ") }
    let folded = topics.map { topic, blocks -> HTML in
      """
      <details><summary>\(topic) (\(blocks.reduce(0) { $0 + $1.count }))</summary>
      \(RemedyGroup.all(of: blocks).map(html))</details>

      """
    }
    return "\(folded)\(UnprovenGroup.all(of: items.compactMap(\.unproven)).map(html))"
  }

  private func html(_ group: RemedyGroup) -> HTML {
    let items = group.blocks.flatMap(\.self).map { item -> HTML in
      let ldif: HTML = item.record.map { "<details><summary>LDIF</summary><pre>\($0)</pre></details>" } ?? ""
      return "<p>\(HTML.dn(item.heading))</p>\(ldif)"
    }
    return #"<div class="item">\#(items)\#(group.remedies.map(nextStep))</div>"#
  }

  private func html(_ group: UnprovenGroup) -> HTML {
    """
    <details><summary>unproven object (\(group.objects.count))</summary>
    <div class="item"><p>\(group.numbers): \(group.cause)</p>\(nextStep(group.remedy))</div></details>

    """
  }

  private func nextStep(_ remedy: String) -> HTML { "<p><b>Next step:</b> \(remedy)</p>" }
}
