import Configuration
import Directory
import Domain
package import Sync

extension CommandContext {
  /// Lists conflicts and entries with invalid data, each with its fix.
  package func conflicts() async -> ExitStatus {
    await answer { setup in
      let preview = try await RunPreview(setup, log: log, for: .lint).throwingFailure()
      let conflicts = try await ConflictList(preview, setup)
      return CommandOutput(
        status: conflicts.isEmpty ? .asWanted : .refused, text: conflicts.text,
        json: .array(conflicts.items.map(\.json)))
    }
  }
}

extension ConflictList {
  /// Conflicts with LDIF for ldapmodify. A next step for several of them is printed once, below the last; so are unproven
  /// objects with the same cause.
  var text: String {
    if items.isEmpty { return "No conflicts.\n" }
    let unproven = UnprovenGroup.all(of: items.compactMap(\.unproven)).map {
      paragraph(["# Unproven (\($0.objects.count)): \($0.numbers)", "# \($0.cause)", "# \($0.remedy)"])
    }
    let others = RemedyGroup.all(of: items).map { group in
      group.text { block in
        paragraph(block.map { "# \($0.heading)" }) + (block.last?.record ?? "")
      } remedy: {
        paragraph(["# Next step: \($0)"])
      }
    }
    return (others + unproven).joined(separator: "\n")
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
