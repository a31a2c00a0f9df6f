import Testing

@testable import CommandLineTool

@Suite(.timeLimit(.minutes(15))) struct `An endpoint` {
  @Test(arguments: [
    ("ldap://ldap1.example.com", "ldap1.example.com:389"), ("LDAPS://ldap1", "ldap1:636"),
    ("ldap://[::1]:3890", "[::1]:3890"),
    ("ldaps://[2001:db8::4]/", "[2001:db8::4]:636"), ("https://192.0.2.4:8000/api.aspx", "192.0.2.4:8000"),
    ("http://pbx/api.aspx", "pbx:80"),
  ]) func `has its host and its port, the default one if there is none`(uri: String, authority: String) {
    #expect(Endpoint(uri)?.authority == authority)
  }

  @Test func `is checked with commands that a shell accepts unchanged`() throws {
    let endpoint = try #require(Endpoint("ldap://[::1]"))
    #expect(endpoint.connectCommand == "getent ahosts ::1; timeout 5 bash -c 'echo > /dev/tcp/::1/389'")
    #expect(
      endpoint.certificateCommand(startTLS: true)
        == "openssl s_client -connect '[::1]:389' -starttls ldap -showcerts < /dev/null")
  }
}
