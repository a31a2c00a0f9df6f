import Configuration
import Directory
import Domain
import Platform
package import Sync
import Text

extension CommandContext {
  /// Lists conflicts and entries with invalid data, each with its fix.
  package func conflicts() async -> ExitStatus {
    await answer { setup in
      let preview = try await RunPreview(setup, log: log, for: .lint).throwingFailure()
      let conflicts = try await ConflictList(preview, setup)
      return CommandOutput(
        status: conflicts.isEmpty ? .asWanted : .refused, page: conflicts.page,
        json: .array(conflicts.items.map(\.json)))
    }
  }
}

extension ConflictList {
  /// Conflicts with LDIF for ldapmodify: everything else is a comment. A next step for several of them is printed once, below the
  /// last; so are unproven objects with the same cause.
  var page: Page {
    if items.isEmpty { return Page("No conflicts.\n") }
    var page = Page()
    page.add("# \(summary)", .heading)
    let all = "\(pbxsyncd) conflicts | less"
    let groups = RemedyGroup.all(of: items).map { group in
      var page = Page()
      page.add("")
      page.add(parts: group.blocks.map(Self.page), most: 3, mark: "# ", all: all)
      for remedy in group.remedies { page.add("# Next step: \(remedy)") }
      return page
    }
    page.add(parts: groups, most: 5, mark: "# ", all: all)
    for group in UnprovenGroup.all(of: items.compactMap(\.unproven)) {
      page.add("")
      page.add("# Unproven (\(group.objects.count)): \(group.numbers)")
      page.add("# \(group.cause)")
      page.add("# Next step: \(group.remedy)")
    }
    return page
  }

  /// The findings of an entry that one record solves, with an empty line behind the record.
  private static func page(of block: [Row]) -> Page {
    var page = Page()
    for row in block { page.add("# \(row.heading)") }
    if let record = block.last?.record {
      page.add(record: record)
      page.add("")
    }
    return page
  }

  /// The count of each kind, the most frequent first.
  private var summary: String {
    let topics = items.map(\.topic).frequencies.mostFrequentFirst
    let all = counted(items.count, "finding")
    return topics.count == 1
      ? "\(all): \(topics[0].key)" : "\(all): \(topics.map { "\($0.value) \($0.key)" }.joined(separator: ", "))"
  }
}

extension ConflictList.Row {
  fileprivate var json: JSON {
    [
      "what": .string(what), "dn": .string(dn), "number": .string(number), "reason": .string(reason),
      "remedy": .string(remedy), "ldif": .optional(ldif), "example": .optional(example),
    ]
  }
}

extension Page {
  /// Adds LDIF: a comment wraps, a record doesn't.
  mutating func add(record: String) {
    for line in record.split(separator: "\n", omittingEmptySubsequences: false).dropLast(record.hasSuffix("\n") ? 1 : 0)
    {
      if line.hasPrefix("# ") { add(String(line)) } else { add(verbatim: "\(line)\n") }
    }
  }
}
