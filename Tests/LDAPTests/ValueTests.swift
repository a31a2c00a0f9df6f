import LDAP
import Testing

@Suite(.timeLimit(.minutes(15))) struct `An immutable id` {
  @Test(
    arguments: [
      (
        IdentityAttribute.entryUUID, Value("D6D0249A-7BEB-1041-82F0-6162A862E3E8"),
        "d6d0249a-7beb-1041-82f0-6162a862e3e8"
      ),
      (.nsUniqueId, Value("A1B2C3D4-00000001-00000002-00000003"), "a1b2c3d4-00000001-00000002-00000003"),
      (
        .objectGUID,
        Value(bytes: [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0x0F]),
        "00112233-4455-6677-8899-aabbccddee0f"
      ),
      (.objectGUID, Value("too short"), nil),
    ] as [(IdentityAttribute, Value, String?)])
  func `has one canonical form`(attribute: IdentityAttribute, value: Value, expected: String?) {
    let entry = Entry(dn: "cn=a", attributes: [(attribute.rawValue.uppercased(), [value])])
    #expect(attribute.id(of: entry) == expected)
  }

  @Test func `is missing where the entry doesn't show it`() {
    #expect(IdentityAttribute.entryUUID.id(of: Entry(dn: "cn=a", attributes: [])) == nil)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A value` {
  @Test(
    arguments: [
      ([0x41], "A"), ([0xC3, 0xBC], "ü"), ([0xFC], nil), ([0x41, 0x00], nil), ([], ""), ([0xED, 0xA0, 0x80], nil),
    ] as [([UInt8], String?)])
  func `is text only in UTF-8 and without a NUL`(bytes: [UInt8], expected: String?) {
    #expect(Value(bytes: bytes).text == expected)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A password` {
  @Test func `is never printed`() {
    let secret = Secret("hush")
    var dumped = ""
    dump(secret, to: &dumped)
    let server = Server(
      uris: [], bindDN: "cn=a", password: secret, connectTimeout: .zero, operationTimeout: .zero, idleTimeout: .zero)
    for text in ["\(secret)", String(reflecting: secret), dumped, "\(server)", String(reflecting: server)] {
      #expect(!text.contains("hush"))
    }
  }
}
