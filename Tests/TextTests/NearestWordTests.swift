import Testing
import Text

@Suite(.timeLimit(.minutes(15))) struct `The nearest word` {
  private static let keys = ["servers", "starttls", "bind_dn", "bind_password_file", "page_size"]

  @Test(arguments: [
    ("server", "servers"), ("sevrers", "servers"), ("start_tls", "starttls"), ("bind_password", "bind_password_file"),
    ("pagesize", "page_size"), ("binddn", "bind_dn"), ("srv", nil), ("", nil), ("kerberos", nil),
  ])
  func `is the one that was probably meant`(typed: String, meant: String?) {
    #expect(nearest(to: typed, among: Self.keys) == meant)
  }
}
