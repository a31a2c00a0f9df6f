import Configuration
import Domain

extension Invocation {
  /// What stands in the way of the directory's wishes now, each with what mends it.
  public func conflicts() async -> ExitStatus {
    await answer { setup in
      let ledger = try State.ledgerToRead(setup.configuration.state.directory)
      let outlook = try await Outlook(setup, ledger, log: log, surveying: true).throwingFailure()
      let conflicts = try await ConflictList(outlook, setup)
      return Reply(
        status: conflicts.isEmpty ? .asWanted : .refused, text: conflicts.text,
        json: .array(conflicts.items.map(\.json)))
    }
  }
}

extension ConflictList {
  fileprivate var text: String {
    if items.isEmpty { return "Nothing stands in the way.\n" }
    return items.map { paragraph(["# \($0.heading)", "# \($0.remedy)"]) + ($0.ldif ?? "") }.joined(separator: "\n")
  }
}

extension ConflictList.Item {
  fileprivate var json: JSON {
    [
      "what": .string(what), "dn": .string(dn), "number": .string(number), "reason": .string(reason),
      "remedy": .string(remedy), "ldif": .optional(ldif),
    ]
  }
}
