import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Names on the PBX` {
  @Test func `are transliterated and cut as configured, and stay the same`() async throws {
    let it = try await Installation(
      person("jk", "1001", first: "Jürgen Karl Friedrich", last: "Müller-Lüdenscheidt")
        + person("ig", "1002", first: "Игорь", last: "Щербаков")
        + partner("Weiß", "+49 30 901820", company: "Größte Gesellschaft für Ärger"))
    try it.configure(
      numbers: """
        [names]
        transliterate = "german"
        first_name = { characters = 14 }
        last_name = { bytes = 12 }
        company = { characters = 20, bytes = 20 }
        """)
    try await it.sync()
    let state = try await it.pbx.state()
    #expect(state.extensions.map(\.firstName).sorted() == ["Igor", "Juergen Karl"])
    #expect(state.extensions.map(\.lastName).sorted() == ["Mueller", "Shcherbakov"])
    #expect(state.contacts.map(\.firstName) == ["Weiss"])
    #expect(state.contacts.map(\.company) == ["Groesste"])
    #expect(try await it.calls { try await it.sync() } == [])
  }

  @Test func `are the same however a client composed them`() async throws {
    let it = try await Installation(person("ann", "1001", first: "A\u{308}nne"))
    try await it.sync()
    #expect(try await it.pbx.state().extensions.map { Array($0.firstName.utf8) } == [Array("\u{C4}nne".utf8)])
    try await it.slapd.modify(replace(uid("ann"), "givenName", "\u{C4}nne"))
    #expect(try await it.calls { try await it.sync() } == [], "nobody gets mail for that")
  }

  @Test func `that are configured wrongly are refused at their place`() async throws {
    let it = try await Installation()
    try it.configure(numbers: "[names]\ntransliterate = \"klingon\"\nfirst_name = { characters = 0 }")
    let finished = try await it.run(["--check-config"])
    #expect(finished.exitStatus == 78)
    #expect(finished.errors.contains("'transliterate' can't be \"klingon\"; write one of: none, ascii, german"))
    #expect(finished.errors.contains("'characters' is 0; write a number from 1 to 255"))
  }
}
