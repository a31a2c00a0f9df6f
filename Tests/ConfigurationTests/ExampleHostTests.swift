import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `The hosts of examples` {
  private func hosts(servers: String, pbx: String) throws -> [String] {
    let text = configuration("directory", "[directory]\n\(servers)\n").replacing(
      "https://192.0.2.4:8000/api.aspx", with: pbx)
    return try read(text).exampleHosts.map { "\($0.key): \($0.host)" }
  }

  @Test func `are found by their reserved names and addresses`() throws {
    #expect(
      try hosts(
        servers: #"servers = ["ldaps://LDAP1.Example.COM", "ldaps://ldap.mycompany.com", "ldaps://dc.example"]"#,
        pbx: "https://192.0.2.4:8000/api.aspx") == [
          "[directory] servers: LDAP1.Example.COM", "[directory] servers: dc.example", "[pbx] url: 192.0.2.4",
        ])
    #expect(
      try hosts(servers: #"srv = "example.net""#, pbx: "https://[2001:db8::4]:8000/api.aspx") == [
        "[directory] srv: _ldap._tcp.example.net", "[pbx] url: 2001:db8::4",
      ])
  }

  @Test func `are no hosts of a network`() throws {
    for pbx in [
      "https://pbx.myexample.com/api.aspx", "https://192.0.20.4/api.aspx", "https://example.com.my.org/api.aspx",
    ] {
      #expect(try hosts(servers: #"servers = ["ldapi://%2Frun%2Fexample.com", "ldap://10.0.0.1"]"#, pbx: pbx) == [])
    }
  }
}
