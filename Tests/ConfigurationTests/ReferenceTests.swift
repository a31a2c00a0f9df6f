import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `The reference` {
  /// An entry of `docs/configuration.md`; its example is empty if it has none.
  private struct Entry {
    let section, key, example: String
    var name: String { "\(section).\(key)" }
  }

  private let entries: [Entry]

  init() throws {
    let text = try String(contentsOf: package.appending(path: "docs/configuration.md"), encoding: .utf8)
    entries = text.split(separator: "\n### ").dropFirst().flatMap { section -> [Entry] in
      let name = section.prefix { $0 != "\n" }.filter { !"[]".contains($0) }
      return section.split(separator: "\n- `").dropFirst().compactMap { item -> Entry? in
        guard let key = item.prefixMatch(of: /([a-z_]+)` \(/)?.1 else { return nil }
        return Entry(
          section: name, key: String(key), example: String(item.firstMatch(of: /\n  Example: `(.+)`/)?.1 ?? ""))
      }
    }
  }

  @Test func `lists every key of every section and no other`() throws {
    let listed = Dictionary(grouping: entries, by: \.section).mapValues { $0.map(\.key).sorted() }
    #expect(listed == (try knownKeys()))
  }

  @Test func `has an example of every key, which is valid`() throws {
    let folder = try TemporaryFolder()
    for file in ["c", "k", "p", "excluded", "ldap-client.pem"] { try folder.write(file, "") }
    for file in ["ldap-ca.pem", "pbx-ca.pem", "mail-ca.pem"] { try folder.write(file, "") }
    for entry in entries {
      #expect(entry.example.contains("\(entry.key) = "), "\(entry.name)")
      let text = configuration(of: entry).replacing(/\/(etc\/pbxsyncd|var\/lib\/prometheus\/node-exporter)\//) { _ in
        folder.path + "/"
      }
      do throws(ConfigurationError) {
        _ = try read(text, file: folder.path + "/pbxsyncd.toml")
      } catch {
        Issue.record("\(entry.name): \(error)")
      }
    }
  }

  /// Keys that an example needs beside it, in its section.
  private static let companions = [
    "directory.bind_password_file": [#"bind_dn = "cn=x""#], "directory.bind_dn": [#"bind_password_file = "p""#],
    "directory.client_cert_file": [#"client_key_file = "k""#],
    "directory.starttls": [#"servers = ["ldap://a.example"]"#],
    "directory.client_key_file": [#"client_cert_file = "c""#], "directory.identity_syntax": [#"identity = "uid""#],
    "directory.write.bind_dn": [#"bind_password_file = "p""#],
    "directory.write.bind_password_file": [#"bind_dn = "cn=x""#],
    "users.extension.pick": [#"extension.pool = ["7"]"#],
    "users.extension.write_back": [#"extension.pool = ["7"]"#],
    "users.extension.write_back_value": [#"extension.write_back = "x""#, #"extension.pool = ["7"]"#],
    "alerts.mail_from": [#"mail_to = ["a@a.example"]"#],
    "alerts.smtp_user": [#"mail_to = ["a@a.example"]"#, #"smtp_password_file = "p""#],
    "alerts.smtp_password_file": [#"smtp_user = "u""#, #"mail_to = ["a@a.example"]"#],
    "contacts.shared": [#"contact.company = "{o}""#],
    "contacts.contact.labels": [#"contact.numbers = ["{a}", "{b}"]"#],
    "sites.attribute": [#"value = "Wien""#], "sites.value": [#"attribute = "l""#],
  ]

  /// Keys that an example replaces.
  private static let replaced = [
    "directory.srv": ["servers"], "sites.attribute": ["base"], "sites.value": ["base"],
    "users.extension": ["extension.number", "extension.first_name"],
    "contacts.contact": ["contact.numbers", "contact.first_name", "contact.last_name"],
  ]

  /// A small configuration with the example, and what it needs.
  private func configuration(of entry: Entry) -> String {
    var sections: [(header: String, lines: [String])] = [
      ("[directory]", [#"servers = ["ldaps://a.example"]"#]),
      (
        "[[users]]",
        [#"base = "ou=a""#, #"filter = "(uid=*)""#, #"extension.number = "{n}""#, #"extension.first_name = "{f}""#]
      ),
      ("[numbers]", [#"country = "DE""#, #"ddi = ["+49 30 9018 0000-4999"]"#]),
      ("[pbx]", [#"url = "https://a.example/api.aspx""#, #"security_key_file = "k""#]),
    ]
    if entry.section.hasPrefix("contacts") {
      let names = [#"contact.first_name = "{f}""#, #"contact.last_name = "{l}""#]
      sections.append(
        ("[[contacts]]", [#"base = "ou=a""#, #"filter = "(uid=*)""#, #"contact.numbers = ["{n}"]"#] + names))
    }
    if entry.section == "sites" { sections.append(("[[sites]]", [#"name = "s""#, #"base = "ou=a""#])) }
    if entry.name.contains("write_back") {
      sections.append(("[directory.write]", [#"bind_dn = "cn=x""#, #"bind_password_file = "p""#]))
    }
    // Keys of `users.extension` are written below [[users]], as `extension.KEY`.
    let place = entry.section.replacing(/^(users|contacts)\..*$/) { String($0.1) }
    let header = ["users", "contacts", "sites"].contains(place) ? "[[\(place)]]" : "[\(place)]"
    let index = sections.firstIndex { $0.header == header } ?? sections.endIndex
    if index == sections.endIndex { sections.append((header, [])) }
    let added = [entry.example] + (Self.companions[entry.name] ?? [])
    let keys = added.map { String($0.prefix { $0 != " " }) } + (Self.replaced[entry.name] ?? [])
    sections[index].lines.removeAll { line in keys.contains { line.hasPrefix("\($0) =") } }
    sections[index].lines += added
    return sections.map { ([$0.header] + $0.lines).joined(separator: "\n") }.joined(separator: "\n")
  }
}
