extension Configuration {
  /// The bind that writes allocated numbers to the directory, so that the reading one needs no such right.
  public struct DirectoryWriteSection: Sendable, Hashable {
    public var bindDN: String
    public var bindPasswordFile: String
  }
}

extension Configuration.DirectoryWriteSection {
  /// nil if there is no such section.
  init?(_ table: TOMLTable) {
    if !table.exists { return nil }
    bindDN =
      table.text("bind_dn", example: "cn=pbxsyncd-writer,ou=services,dc=example,dc=com", checkDN)?.value ?? ""
    bindPasswordFile = table.secretFile("bind_password_file", example: "ldap-writer-password") ?? ""
  }
}
