import Testing

@testable import LDAP

@Suite(.timeLimit(.minutes(15))) struct `An immutable id` {
  @Test(
    arguments: [
      (
        IdentityAttribute.entryUUID, AttributeValue("D6D0249A-7BEB-1041-82F0-6162A862E3E8"),
        "d6d0249a-7beb-1041-82f0-6162a862e3e8"
      ),
      (.nsUniqueId, AttributeValue("A1B2C3D4-00000001-00000002-00000003"), "a1b2c3d4-00000001-00000002-00000003"),
      (
        .objectGUID,
        AttributeValue(bytes: [
          0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0x0F,
        ]),
        "00112233-4455-6677-8899-aabbccddee0f"
      ),
      (.objectGUID, AttributeValue("too short"), nil),
      (IdentityAttribute("uid"), AttributeValue("Ada.King"), "ada.king"),
      (IdentityAttribute("uid"), AttributeValue(""), nil),
      (IdentityAttribute("uid"), AttributeValue(bytes: [0xFF, 0x00]), nil),
      (IdentityAttribute("guid"), AttributeValue(bytes: [0x00, 0xFF, 0x0A]), "00ff0a"),
      (IdentityAttribute("IBM-EntryUUID"), AttributeValue("A1"), "a1"),
      (
        IdentityAttribute("mS-DS-ConsistencyGuid", .guid),
        AttributeValue(bytes: [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]),
        "00010203-0405-0607-0809-0a0b0c0d0e0f"
      ),
    ] as [(IdentityAttribute, AttributeValue, String?)])
  func `has one canonical form`(attribute: IdentityAttribute, value: AttributeValue, expected: String?) {
    let entry = Entry(dn: "cn=a", attributes: [(attribute.name.uppercased(), [value])])
    #expect(attribute.id(of: entry) == expected)
  }

  @Test func `is missing if the entry has none`() {
    #expect(IdentityAttribute.entryUUID.id(of: Entry(dn: "cn=a", attributes: [])) == nil)
  }

  @Test func `of several values is the same in whatever order they come`() {
    for values in [["b", "a"], ["a", "b"]] {
      #expect(
        IdentityAttribute("uid").id(of: Entry(dn: "cn=a", attributes: [("uid", values.map { AttributeValue($0) })]))
          == "a")
    }
  }

  @Test(arguments: [
    (IdentityAttribute("uid"), "ada*(x)", #"(uid=ada\2A\28x\29)"#),
    (IdentityAttribute("GUID"), "00ff0a", #"(GUID=\00\FF\0A)"#),
    (
      IdentityAttribute("own", .guid), "00010203-0405-0607-0809-0a0b0c0d0e0f",
      #"(own=\03\02\01\00\05\04\07\06\08\09\0A\0B\0C\0D\0E\0F)"#
    ),
  ]) func `is searched for in the server's form`(attribute: IdentityAttribute, id: String, filter: String) {
    #expect(attribute.filter(for: id) == filter)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A value` {
  @Test(
    arguments: [
      ([0x41], "A"), ([0xC3, 0xBC], "ü"), ([0xFC], nil), ([0x41, 0x00], nil), ([], ""), ([0xED, 0xA0, 0x80], nil),
    ] as [([UInt8], String?)])
  func `is text only in UTF-8 and without a NUL`(bytes: [UInt8], expected: String?) {
    #expect(AttributeValue(bytes: bytes).text == expected)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A password` {
  @Test func `is never printed`() {
    let secret = Secret("hush")
    var dumped = ""
    dump(secret, to: &dumped)
    let server = ConnectionSettings(
      uris: [], bindDN: "cn=a", password: secret, connectTimeout: .zero, operationTimeout: .zero, idleTimeout: .zero)
    for text in ["\(secret)", String(reflecting: secret), dumped, "\(server)", String(reflecting: server)] {
      #expect(!text.contains("hush"))
    }
  }
}

@Suite struct `A modification in LDIF` {
  @Test func `is a record that ldapmodify accepts, each value on one line`() {
    let long = String(repeating: "0123456789", count: 30)
    let values = ["+49 30 1", " a", "a ", ":a", "Ä", "a\nb", "\u{1B}[31m", "", long].map { AttributeValue($0) }
    let modification = LDIFModification(
      dn: "cn=Ä,dc=x",
      changes: [
        .init(attribute: "sn", removed: [AttributeValue("a")], added: values),
        .init(attribute: "cn", replacement: [AttributeValue("b")]),
      ])
    #expect(
      modification.ldif == """
        dn:: Y249w4QsZGM9eA==
        changetype: modify
        delete: sn
        sn: a
        -
        add: sn
        sn: +49 30 1
        sn:: IGE=
        sn:: YSA=
        sn:: OmE=
        sn:: w4Q=
        sn:: YQpi
        sn:: G1szMW0=
        sn:
        sn: \(long)
        -
        replace: cn
        cn: b

        """)
  }
}
