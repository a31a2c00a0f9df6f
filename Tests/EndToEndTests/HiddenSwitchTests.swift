import TestSupport
import Testing

/// An access rule that hides whether accounts are disabled.
@Suite(.timeLimit(.minutes(15))) struct `A hidden userAccountControl` {
  private func directory(showing control: String?) throws -> ScriptedDirectory {
    try ScriptedDirectory { search in
      if search.base.isEmpty {
        return [
          .entry(
            "",
            [
              "supportedCapabilities": ["1.2.840.113556.1.4.800"], "defaultNamingContext": ["dc=example,dc=com"],
              "namingContexts": ["dc=example,dc=com"], "supportedControl": ["1.2.840.113556.1.4.319"],
            ])
        ]
      }
      guard search.attributes.contains("telephoneNumber") else { return [.entry(search.base, [:])] }
      var values = [
        "objectGUID": ["0123456789abcdef"], "givenName": ["Ada"], "sn": ["King"], "mail": ["ada@example.com"],
        "telephoneNumber": ["+49 30 9018 1001"],
      ]
      if let control { values["userAccountControl"] = [control] }
      return [.entry("cn=ada,ou=people,dc=example,dc=com", values)]
    }
  }

  @Test(arguments: [nil, "512"])
  func `is reported, because disabled accounts look like enabled ones`(control: String?) async throws {
    let directory = try directory(showing: control)
    let it = try await Installation()
    try it.configure(servers: [directory.uri], contacts: "")
    // Also by a run that finds the entries as they were.
    for _ in 0..<2 {
      let report = try await it.sync(expecting: control == nil ? 3 : 0)
      #expect(report.problems.map(\.reason).contains { $0.contains("shows userAccountControl") } == (control == nil))
    }
    #expect(try await it.pbx.state().extensions.map(\.number) == ["1001"])
    withExtendedLifetime(directory) {}
  }
}
