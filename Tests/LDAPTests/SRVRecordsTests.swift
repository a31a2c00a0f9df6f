import TestSupport
import Testing

@testable import LDAP

@Suite(.timeLimit(.minutes(15))) struct `DNS SRV discovery` {
  private static func records(_ records: [(UInt16, UInt16, String)], name: String = "_ldap._tcp.x") -> SRVRecords {
    SRVRecords(
      name: name, records: records.map { .init(priority: $0, weight: $1, port: 389, host: $2) })
  }

  private static let mixed = records([(10, 0, "d"), (0, 60, "a"), (0, 30, "b"), (0, 10, "c"), (10, 0, "e")])

  @Test func `are ordered by priority, and among equals by weight`() {
    var random = SplitMix64(state: 7)
    var first: [String: Int] = [:]
    for _ in 0..<4000 {
      let uris = Self.mixed.uris(preferring: nil, by: &random)
      #expect(Set(uris.prefix(3)) == ["ldap://a:389", "ldap://b:389", "ldap://c:389"])
      #expect(Set(uris.suffix(2)) == ["ldap://d:389", "ldap://e:389"])
      first[uris[0], default: 0] += 1
      first[uris[3], default: 0] += 1
    }
    func share(_ host: String) -> Double { Double(first["ldap://\(host):389"] ?? 0) / 4000 }
    for (host, wanted) in [("a", 0.6), ("b", 0.3), ("c", 0.1), ("d", 0.5), ("e", 0.5)] {
      #expect(abs(share(host) - wanted) < 0.03, "\(host): \(share(host))")
    }
  }

  @Test func `without weight are seldom before those with one`() {
    var random = SplitMix64(state: 7)
    let records = Self.records([(0, 0, "a"), (0, 9, "b")])
    let first = (0..<2000).count { _ in records.uris(preferring: nil, by: &random)[0] == "ldap://a:389" }
    #expect((100...300).contains(first), "\(first)")
  }

  @Test(arguments: [
    ("ldap://c:389", "ldap://c:389"), ("ldap://e:389", nil), ("ldap://gone:389", nil), ("ldaps://c:389", nil),
  ])
  func `begin with the one that answered last, but not before those with priority`(
    preferred: String, first: String?
  ) {
    var random = SplitMix64(state: 7)
    let orders = (0..<50).map { _ in Self.mixed.uris(preferring: preferred, by: &random) }
    #expect((Set(orders.map(\.[0])) == ["ldap://c:389"]) == (first != nil))
    #expect((Set(orders.map(\.[3])) == ["ldap://e:389"]) == (preferred == "ldap://e:389"))
  }

  @Test(arguments: [
    ("_ldaps._tcp.x", "ldaps://a:389"), ("_LDAPS._tcp.x", "ldaps://a:389"), ("_ldap._tcp.x", "ldap://a:389"),
  ])
  func `use the scheme of the service's name`(name: String, uri: String) {
    var random = SystemRandomNumberGenerator()
    #expect(Self.records([(0, 0, "a")], name: name).uris(preferring: nil, by: &random) == [uri])
  }

  /// One question, a CNAME and two records, of which one points back to a name.
  private static let answer: [UInt8] =
    [0, 1, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0] + [5] + Array("_ldap".utf8) + [1, 120, 0, 0, 33, 0, 1]
    + [0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 3, 1, 121, 0]
    + [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 10, 0, 1, 0, 2, 1, 133, 1, 97, 0xC0, 18]
    + [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 7, 0, 0, 0, 0, 0, 0, 0]

  @Test func `are read from an answer, which may have none`() {
    #expect(
      serviceRecords(inAnswer: Self.answer[...]) == [.init(priority: 1, weight: 2, port: 389, host: "a.x")])
  }

  @Test(arguments: ["a", "a b", "a/x", "a@x", "-a", "a:1", "a\\x"])
  func `are no servers whose names have other characters than a host's`(label: String) {
    let name: [UInt8] = [UInt8(label.utf8.count)] + Array(label.utf8) + [0]
    let record: [UInt8] = [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, UInt8(6 + name.count), 0, 1, 0, 2, 1, 133] + name
    let answer: [UInt8] = [0, 1, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, 120, 0, 0, 33, 0, 1] + record
    #expect(serviceRecords(inAnswer: answer[...])?.map(\.host) == (label == "a" ? ["a"] : []))
  }

  @Test func `aren't read from an incomplete or cyclic answer`() {
    for end in 0..<Self.answer.count { #expect(serviceRecords(inAnswer: Self.answer[..<end]) == nil, "\(end)") }
    var circle = Self.answer
    circle[12...13] = [0xC0, 12]
    #expect(serviceRecords(inAnswer: circle[...]) == nil)
  }

  @Test(arguments: [
    ("ou=people,dc=example,dc=com", "_ldap._tcp.example.com"), ("o=Example", nil), ("", nil), ("nonsense", nil),
  ])
  func `are found by the domain of a DN`(dn: String, name: String?) { #expect(SRVRecords.name(ofDN: dn) == name) }
}
