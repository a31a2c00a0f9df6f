import Foundation
import TestSupport
import Testing

/// A page of the cookbook with its configuration.
struct Recipe {
  /// The text of the page.
  let page: String
  /// The TOML in it, if it has some.
  let configuration: String

  /// - Parameter name: the file in docs/cookbook, without `.md`.
  init(_ name: String, editing edit: (String) -> String = { $0 }) throws {
    page = edit(try String(contentsOfFile: "docs/cookbook/\(name).md", encoding: .utf8))
    configuration = page.firstMatch(of: /```toml\n((?s:.*?))```/).map { String($0.1) } ?? ""
  }

  /// The lines of the indented block that begins with `line`, as an admin copies them.
  func block(_ line: String) throws -> String {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    let first = try #require(lines.firstIndex { $0.trimmingPrefix(while: { $0 == " " }).hasPrefix(line) })
    let indent = lines[first].prefix { $0 == " " }
    return lines[first...].prefix { $0.hasPrefix(indent) }.map { String($0.dropFirst(indent.count)) }.joined(
      separator: "\n")
  }

  /// Puts its configuration in force, with other addresses, secrets and paths.
  func install(in it: Installation, server: String? = nil) throws {
    let text =
      configuration
      .replacing(/(?m)^servers = .*$/, with: "servers = [\"\(server ?? it.slapd.ldapsURI)\"]")
      .replacing(/(?m)^url = .*$/, with: "url = \"\(it.pbx.url)\"")
      .replacing("/etc/pbxsyncd/ldap-ca.pem", with: it.slapd.caFile)
      .replacing("/etc/pbxsyncd/pbx-ca.pem", with: it.pbx.caFile ?? "")
      .replacing("/var/lib/prometheus/node-exporter", with: it.folder.path)
    try it.write("pbxsyncd.toml", text + "\n[state]\ndirectory = \"\(it.stateFolder)\"\n")
    try it.write("ldap-password", Self.password)
    try it.write("ldap-writer-password", Self.password)
  }

  /// Of every bind identity.
  static let password = "secret-of-the-page"

  /// The entries that bind, and the switchboard, which is the canary.
  static let base = """
    dn: ou=services,dc=example,dc=com
    objectClass: organizationalUnit
    ou: services

    \(service("pbxsyncd"))
    \(service("pbxsyncd-writer"))
    \(switchboard("ou=people,dc=example,dc=com"))
    """

  static func switchboard(_ base: String) -> String {
    "dn: cn=switchboard,\(base)\nobjectClass: organizationalRole\ncn: switchboard\ntelephoneNumber: +49 30 9018 1000\n\n"
  }

  private static func service(_ name: String) -> String {
    """
    dn: cn=\(name),ou=services,dc=example,dc=com
    objectClass: organizationalRole
    objectClass: simpleSecurityObject
    cn: \(name)
    userPassword: \(password)

    """
  }
}

extension Installation {
  /// As the cookbook says: a check, a dry run that plans these calls and sends nothing, a run that makes them, and one that has nothing
  /// to do.
  func follow(adding planned: [String], at place: SourceLocation = #_sourceLocation) async throws {
    try await command("--check-config", saying: "configuration OK", at: place)
    try await pbx.resetLog()
    let dry = try await sync("--dry-run", expecting: 2, at: place)
    #expect(dry.changes.map(\.number).sorted() == planned.sorted(), sourceLocation: place)
    #expect(dry.problems.isEmpty && dry.conflicts.isEmpty, "\(dry.problems) \(dry.conflicts)", sourceLocation: place)
    #expect(try await pbx.state().requests == 0, sourceLocation: place)
    try await sync(at: place)
    let state = try await pbx.state()
    #expect(
      (state.extensions.map(\.number) + state.contacts.map(\.number)).sorted() == planned.sorted(),
      sourceLocation: place)
    #expect(try await calls { try await self.sync(at: place) } == [], sourceLocation: place)
  }
}
