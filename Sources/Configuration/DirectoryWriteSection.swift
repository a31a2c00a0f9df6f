extension Configuration {
  /// Who may write allocated numbers to the directory: a bind of its own, so that the one that reads needs no such right.
  public struct DirectoryWriteSection: Sendable, Hashable {
    public var bindDN: String
    public var bindPasswordFile: String
  }
}

extension Configuration.DirectoryWriteSection {
  /// nil where there is no such section.
  init?(_ table: TOMLTable) {
    if !table.exists { return nil }
    bindDN =
      table.text("bind_dn", example: "cn=pbxsyncd-writer,ou=services,dc=example,dc=com", checkDN)?.value ?? ""
    bindPasswordFile = table.secretFile("bind_password_file", example: "ldap-writer-password") ?? ""
  }
}
