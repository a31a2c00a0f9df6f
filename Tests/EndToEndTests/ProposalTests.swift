import Foundation
import TestSupport
import Testing

/// What `lint --json` and `conflicts --json` say of one entry.
private struct Finding: Decodable {
  let dn: String
  let topic, what, ldif: String?
  let reason: String
}

private struct Lint: Decodable { let findings: [Finding] }

@Suite(.timeLimit(.minutes(15))) struct `Proposed LDIF for a messy directory` {
  private func installation(_ directory: MessyDirectory, byBlock: Bool) async throws -> Installation {
    let it = try await Installation(directory.ldif)
    try it.configure(
      users: byBlock ? Settings.users.replacing("digits | last 4", with: "extension") : Settings.users,
      contacts: Settings.contacts.replacing("{telephoneNumber}", with: "{telephoneNumber | digits}")
        .replacing("{mobile}", with: "{mobile | digits}"),
      numbers: """
        extension_ranges = ["1000-1999"]
        protected = ["1990-1999"]
        \(byBlock ? "ddi = [\"+49 30 9018 0000-4999\"]" : "")
        """)
    return it
  }

  private func findings(_ it: Installation, _ command: String) async throws -> [Finding] {
    let text = Data(try await it.run([command, "--json"]).output.utf8)
    return command == "lint"
      ? try JSONDecoder().decode(Lint.self, from: text).findings : try JSONDecoder().decode([Finding].self, from: text)
  }

  /// The problems by DN, for a comparison.
  private func kinds(_ findings: [Finding]) -> Set<String> {
    Set(findings.map { "\($0.dn): \($0.topic ?? $0.reason.replacing($0.dn, with: ""))" })
  }

  /// A number however it is written; other texts as they are.
  private func digits(_ value: String) -> String { value.filter { !" -".contains($0) } }

  private func values(_ it: Installation) async throws -> [String: [String: [String]]] {
    let found = try await ChildProcess.run(
      "/usr/bin/ldapsearch",
      [
        "-x", "-LLL", "-o", "ldif-wrap=no", "-H", it.slapd.ldapURI, "-D", it.slapd.rootDN, "-y", it.slapd.passwordFile,
        "-b", Slapd.suffix, "(objectClass=inetOrgPerson)",
      ])
    var all: [String: [String: [String]]] = [:]
    for record in found.output.components(separatedBy: "\n\n") {
      let pairs = record.split(separator: "\n").compactMap { line -> (String, String)? in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...]
        let text =
          value.hasPrefix(":")
          ? String(
            decoding: Data(base64Encoded: value.dropFirst().trimmingCharacters(in: .whitespaces)) ?? Data(),
            as: UTF8.self)
          : String(value.dropFirst())
        return (String(line[..<colon]), text)
      }
      // A server escapes DNs as it likes.
      guard let name = pairs.first(where: { $0.0 == "cn" })?.1 else { continue }
      all[name] = Dictionary(grouping: pairs.dropFirst(), by: \.0).mapValues { $0.map(\.1).sorted() }
    }
    return all
  }

  private func extensions(_ it: Installation) async throws -> [String: String] {
    Dictionary(uniqueKeysWithValues: try await it.pbx.state().extensions.map { ($0.firstName, $0.number) })
  }

  /// Every proposed fix is applied, word for word.
  private func apply(_ findings: [Finding], _ it: Installation) async throws -> Int {
    let records = findings.compactMap(\.ldif)
    try await it.slapd.modify(records.joined(separator: "\n") + "\n")
    return records.count
  }

  @Test func `is taken by ldapmodify, keeps the digits that are there, and breaks nothing`() async throws {
    let directory = MessyDirectory(seed: 1, clean: 176, messy: 300)
    let it = try await installation(directory, byBlock: true)
    let (_, now) = try await applyFixes(it, directory)
    var given: Set<String> = []
    for person in directory.people {
      let (numbers, mobile) = (now[person.name]?["telephoneNumber"] ?? [], now[person.name]?["mobile"] ?? [])
      let expected = person.kind.expected ?? (person.kind.numbers, person.kind.mobile)
      #expect(mobile == expected.mobile.sorted(), "\(person): \(mobile)")
      if person.kind.getsNumber {
        #expect(numbers.count == 1 && numbers != person.kind.numbers, "\(person): \(numbers)")
        #expect(given.insert(numbers.first ?? "").inserted, "\(person): \(numbers)")
      } else {
        #expect(numbers.map(digits).sorted() == expected.numbers.map(digits).sorted(), "\(person): \(numbers)")
      }
    }
  }

  /// No blocks tell which number reaches which person, so that less is certain.
  @Test func `is taken by ldapmodify and breaks nothing where extensions are the last digits`() async throws {
    let directory = MessyDirectory(seed: 2, clean: 40, messy: 64)
    let it = try await installation(directory, byBlock: false)
    let (original, now) = try await applyFixes(it, directory)
    for person in directory.people where person.kind.name == "mobile beside" {
      #expect(now[person.name]?["mobile"] == person.kind.expected?.mobile, "\(person)")
    }
    #expect(original.count == now.count)
  }

  /// Applies all proposed fixes, word for word, until none is left. Returns the entries as they were and as they are.
  private func applyFixes(
    _ it: Installation, _ directory: MessyDirectory
  ) async throws -> ([String: [String: [String]]], [String: [String: [String]]]) {
    try await it.sync(expecting: 3)
    let phones = try await extensions(it)
    let original = try await values(it)
    let lint = try await findings(it, "lint")
    let moved = try await apply(lint, it)
    let conflicts = try await findings(it, "conflicts")
    let given = try await apply(conflicts, it)
    let left = (lint: try await findings(it, "lint"), conflicts: try await findings(it, "conflicts"))
    #expect(moved > 3 && given > 3, "\(moved) \(given)")
    #expect(kinds(left.lint).isSubset(of: kinds(lint)), "\(kinds(left.lint).subtracting(kinds(lint)))")
    #expect(left.lint.count + moved + given <= lint.count)
    #expect(
      kinds(left.conflicts).isSubset(of: kinds(conflicts)), "\(kinds(left.conflicts).subtracting(kinds(conflicts)))")
    #expect(left.conflicts.count + given <= conflicts.count)
    #expect((left.lint + left.conflicts).compactMap(\.ldif) == [], "what can be done was done at once")

    let now = try await values(it)
    for person in directory.people {
      let (old, new) = (original[person.name] ?? [:], now[person.name] ?? [:])
      #expect(!new.isEmpty && new["mail"] == old["mail"] && new["sn"] == old["sn"] && new["cn"] == old["cn"])
      func count(_ values: [String: [String]]) -> Int {
        (values["telephoneNumber"] ?? []).count + (values["mobile"] ?? []).count
      }
      #expect(count(new) >= count(old) - (person.kind.name == "mobile in both" ? 1 : 0), "\(person): \(new)")
    }
    for (name, old) in original {
      for (attribute, list) in old where now[name]?[attribute]?.isEmpty != false {
        Issue.record("\(name) has lost its last \(attribute), \(list)")
      }
    }
    let calls = try await it.calls { try await it.sync(expecting: 3) }
    #expect(!calls.contains { $0.hasPrefix("deleteExt") }, "\(calls)")
    let later = try await extensions(it)
    for (name, number) in phones { #expect(later[name] == number, "\(name) is renumbered") }
    #expect(later.count > phones.count)
    return (original, now)
  }
}
