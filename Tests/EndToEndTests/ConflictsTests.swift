import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Conflicts` {
  @Test func `are none where everything is as wanted`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try await it.sync()
    #expect(try await it.command("conflicts") == "No conflicts.\n")
  }

  /// The PBX doesn't have the number yet, so the order of IDs mustn't decide which entry is to get another.
  @Test func `between two equals are an example, in comments, of what may be done`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1001") + person("cleo", "1002"))
    try it.configure(numbers: "extension_ranges = [\"1000-1099\"]\nprotected = [\"1000\"]")
    let said = try await it.command("conflicts", expecting: 1, saying: "# Not certain, only an example:")
    #expect(said.split(separator: "\n").allSatisfy { $0.hasPrefix("#") }, "\(said)")
    for part in ["both claims are equal", "by the order of IDs", "#   telephoneNumber: +49 30 9018 1003"] {
      #expect(said.replacing("\n# ", with: " ").contains(part) || said.contains(part), "\(part) in \(said)")
    }
    try await it.sync(expecting: 3)
    let later = try await it.command("conflicts", expecting: 1)
    #expect(later.split(separator: "\n").allSatisfy { $0.hasPrefix("#") }, "\(later)")
    #expect(later.contains("\n#   add: telephoneNumber\n#   telephoneNumber: +49 30 9018 1003"), "\(later)")
    #expect(later.replacing("\n# ", with: " ").contains("only the order of IDs decided"), "\(later)")
    #expect(later.contains("# Check first which of the two is to have the number."), "\(later)")
  }

  /// No pool is there, so a missing number is invalid data.
  @Test func `of an entry that was created again name its number, and give it no second`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002"))
    try it.configure(numbers: "extension_ranges = [\"1000-1099\"]\nprotected = [\"1000\"]")
    try await it.sync()
    try await it.remove("ann")
    try await it.slapd.modify(unnumbered("ann").ldapAdd)
    for _ in 0..<2 {
      try await it.sync(expecting: nil)
      let said = try await it.command("conflicts", expecting: 1)
      #expect(said.split(separator: "\n").allSatisfy { $0.hasPrefix("#") }, "\(said)")
      let text = "Restore the entry's number, probably 1001: it looks like \(uid("ann"))"
      #expect(said.replacing("\n# ", with: " ").contains(text), "\(said)")
    }
  }

  /// What is proposed is tried: given to the directory as it is printed, it leaves what an admin must decide.
  @Test func `are fixed by the LDIF next to them if the fix is certain`() async throws {
    let bad = person("eve", "1005").replacing("mail: eve@example.com", with: "mail: nonsense")
    let nameless = person("fay", "1006").replacing("givenName: fay\n", with: "")
    let unnumbered = person("gil", "1007").replacing("telephoneNumber: +49 30 9018 1007\n", with: "")
    let contact = partner("Ödön", "+49 30 901821", extra: "mobile: 12")
    let it = try await Installation(
      person("ann", "1001") + person("bob", "1001") + person("cleo", "9000") + person("dan", "1002") + bad + nameless
        + unnumbered + contact)
    try it.configure(numbers: "extension_ranges = [\"1000-1099\"]\nprotected = [\"1000\"]")
    try await it.pbx.add([Simulator.Extension("1002", "Foreign")])
    try await it.sync(expecting: 3)
    let printed = try await it.command("conflicts", expecting: 1)
    try await it.slapd.modify(printed + "\n")
    let report = try await it.sync(expecting: 3)
    #expect(report.problems.map(\.attribute).sorted() == ["givenName", "mail", "mobile"], "\(printed)")
    let left = try await it.command("conflicts", expecting: 1, saying: "foreign extension 1002")
    #expect(left.split(separator: "\n").allSatisfy { $0.hasPrefix("#") }, "\(left)")
    #expect(try await it.pbx.state().extensions.count == 5)
  }
}
