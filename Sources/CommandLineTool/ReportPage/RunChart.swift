import Domain
import Ledger
import Platform
import Sync

/// The last runs as bars, the oldest at the left: the number of changes, and whether the run succeeded.
struct RunChart {
  /// The newest first, as in the ledger.
  let runs: [Run]

  private struct Segment {
    let name: String
    let count: Int
  }

  var html: HTML {
    if runs.isEmpty { return "<p>No run yet.</p>" }
    let width = max(runs.count, 20) * 10
    let bars = runs.reversed().enumerated().map { index, run in bar(run, at: index * 10) }
    return """
      <svg class="chart" viewBox="0 0 \(width) 110" preserveAspectRatio="none" role="img" aria-label="Changes made by the last \(counted(runs.count, "run"))">\(bars)</svg>
      <div class="legend"><span><i class="added"></i>added</span><span><i class="updated"></i>updated</span>\
      <span><i class="deleted"></i>deleted</span><span><i class="failed"></i>failed, or the run itself failed</span></div>
      <p class="faint">Height by the logarithm of the number of changes, at most \(most) in \(counted(runs.count, "run")). \
      A line alone is a run that had nothing to change.</p>
      <details><summary>The last runs in words</summary>\(table)</details>
      """
  }

  private var most: Int { runs.map { Self.parts(of: $0).reduce(0) { $0 + $1.count } }.max() ?? 0 }

  private static func parts(of run: Run) -> [Segment] {
    guard let counts = run.end?.counts else { return [] }
    return [
      Segment(name: "added", count: counts.added), Segment(name: "updated", count: counts.updated),
      Segment(name: "deleted", count: counts.deleted), Segment(name: "failed", count: counts.failed + counts.inDoubt),
    ]
  }

  private func bar(_ run: Run, at left: Int) -> HTML {
    let parts = Self.parts(of: run)
    let all = parts.reduce(0) { $0 + $1.count }
    // The total height is logarithmic, so that a first load doesn't flatten the others; the parts have their share.
    let height = all == 0 ? 0 : 100 * Self.bits(all) / max(Self.bits(most), 1)
    var bottom = 104
    let rectangles = parts.filter { $0.count > 0 }.map { part -> HTML in
      let share = max(1, height * part.count / all)
      bottom -= share
      return #"<rect class="\#(part.name)" x="\#(left + 1)" y="\#(bottom)" width="8" height="\#(share)"/>"#
    }
    let foot: HTML = run.end?.isRegular == true ? "free" : "failed"
    return """
      <g><title>\(run.line)</title>\(rectangles)<rect class="\(foot)" x="\(left + 1)" y="105" width="8" height="4"/></g>
      """
  }

  /// Sixteen times the binary logarithm of one more, by the position of the highest bit and the next ones.
  private static func bits(_ count: Int) -> Int {
    let number = count + 1
    let place = Int.bitWidth - 1 - number.leadingZeroBitCount
    return 16 * place + ((number << 4) >> place) - 16
  }

  private var table: HTML {
    HTMLTable(
      columns: ["Run", "Begun", "By", "Exit", "Summary"],
      rows: runs.map { run in
        [
          "\(run.id.description)", "\(localTime(run.start.at))", "\(run.start.trigger)",
          "\(run.end.map { String($0.exitStatus) } ?? "")", "\(run.end?.summary ?? "in progress or killed")",
        ]
      }
    ).html()
  }
}
