extension Configuration {
  /// The connection to the directory.
  public struct DirectorySection: Sendable, Hashable {
    /// A bind without a DN and a password.
    public enum SASL: String, CaseIterable, Sendable { case external, gssapi }
    /// The text of an immutable ID.
    public enum IdentitySyntax: String, CaseIterable, Sendable { case text, guid, octets }

    /// A client certificate with its key, as file names.
    public struct CertificateFiles: Sendable, Hashable {
      public let file, keyFile: String
    }

    /// `ldap://`, `ldaps://` or `ldapi://`, in the order of trying. Empty for DNS SRV discovery.
    public var servers: [String]
    /// The name of the SRV records, such as `_ldap._tcp.example.com`; nil for a list of servers.
    public var srv: String?
    public var startTLS: Bool
    /// The certificates to trust instead of the system's.
    public var caFile: String?
    /// Empty for an anonymous bind, which has no password file either.
    public var bindDN: String
    public var bindPasswordFile: String?
    /// nil for a simple bind.
    public var sasl: SASL?
    /// The client certificate for servers that request one.
    public var clientCertificate: CertificateFiles?
    /// Canaries: DNs of entries that every read must find.
    public var canaries: [String]
    /// The attribute with the immutable ID; nil for the server's own.
    public var identity: String?
    /// nil for the usual syntax of that attribute.
    public var identitySyntax: IdentitySyntax?
    /// Whether the server's schema must know every attribute of the configuration.
    public var checksSchema: Bool
    /// Entries per page (RFC 2696); 0 for a search without paging.
    public var pageSize: Int
    public var connectTimeout: Duration
    /// The longest that one whole search may take.
    public var operationTimeout: Duration
    /// The longest wait for the server's next message.
    public var idleTimeout: Duration
    /// Whether the password may cross a network unencrypted.
    public var allowPlaintext: Bool
    /// nil if nothing is ever written.
    public var writer: DirectoryWriteSection?
  }
}

extension Configuration.DirectorySection {
  init(_ table: TOMLTable) {
    let service = table.text("srv", checkService)
    let example = table.lacks("srv") ? "ldaps://ldap.example.com" : nil
    var addresses = table.list("servers", example: example) { text throws(ValueError) in
      try Address(text, schemes: [.ldap, .ldaps, .ldapi])
    }
    servers = addresses.map(\.value.text)
    srv = service?.value.host
    if let service {
      if !table.lacks("servers") { table.report("'srv' can't be combined with 'servers'", "remove one", at: "srv") }
      // The same rules apply to servers from DNS.
      addresses = [service]
    }
    startTLS = table.flag("starttls")
    caFile = table.readableFile("ca_file")
    bindDN = table.text("bind_dn") ?? ""
    bindPasswordFile = table.secretFile("bind_password_file")
    sasl = table.choice("sasl", or: "none")
    let (file, keyFile) = (table.readableFile("client_cert_file"), table.secretFile("client_key_file"))
    if let file, let keyFile { clientCertificate = CertificateFiles(file: file, keyFile: keyFile) }
    canaries = table.list("canaries", checkDN).map(\.value)
    let identity = table.text("identity", checkAttributeName)?.value
    self.identity = identity?.lowercased() == "auto" ? nil : identity
    identitySyntax = table.choice("identity_syntax", or: "auto")
    if self.identity == nil, identitySyntax != nil {
      table.report(
        "there is an 'identity_syntax' without 'identity'", "add the attribute, or remove it", at: "identity_syntax")
    }
    checksSchema = table.automatic("schema")
    pageSize = table.integer("page_size", default: 500, in: 0...10_000)
    connectTimeout = table.duration("connect_timeout", default: .seconds(10), in: .seconds(1) ... .hours(1))
    operationTimeout = table.duration("operation_timeout", default: .minutes(10), in: .seconds(1) ... .days(1))
    idleTimeout = table.duration("idle_timeout", default: .seconds(30), in: .seconds(1) ... .hours(1))
    allowPlaintext = table.flag("allow_plaintext")
    writer = table.section("write", Configuration.DirectoryWriteSection.init)
    checkBind(table)
    checkSASL(table, addresses)
    for address in addresses { checkEncryption(to: address, table) }
  }

  /// A bind with a DN and no password succeeds as anonymous on many servers (RFC 4513, 5.1.2): never try it.
  private func checkBind(_ table: TOMLTable) {
    if !table.lacks("bind_dn") && table.lacks("bind_password_file") {
      table.report(
        "there is a 'bind_dn' without 'bind_password_file'", "add the file, or leave both out to bind anonymously",
        at: "bind_dn")
    }
    if table.lacks("bind_dn") && !table.lacks("bind_password_file") {
      table.report(
        "there is a 'bind_password_file' without 'bind_dn'", "add the DN to bind as", at: "bind_password_file")
    }
  }

  private func checkSASL(_ table: TOMLTable, _ servers: [PositionedValue<Address>]) {
    if table.lacks("client_cert_file") != table.lacks("client_key_file") {
      let key = table.lacks("client_cert_file") ? "client_key_file" : "client_cert_file"
      table.report("'client_cert_file' and 'client_key_file' belong together", "add the other", at: key)
    }
    guard let sasl else { return }
    if !table.lacks("bind_dn") {
      table.report("'bind_dn' can't be combined with sasl = \"\(sasl.rawValue)\"", "remove one", at: "bind_dn")
    }
    guard sasl == .external, table.lacks("client_cert_file") else { return }
    if let server = servers.first(where: { $0.value.scheme != .ldapi }) {
      table.report(
        "sasl = \"external\" needs a client certificate for \(server.value.text)",
        "add client_cert_file and client_key_file, or use ldapi://", at: "sasl")
    }
  }

  private func checkEncryption(to address: PositionedValue<Address>, _ table: TOMLTable) {
    let server = address.value
    if startTLS && server.scheme != .ldap {
      let reason = server.scheme == .ldaps ? "is encrypted already" : "stays on this machine"
      table.report("'starttls' can't be combined with \(server.text), which \(reason)", "remove one", at: "starttls")
    }
    let hasPassword = bindPasswordFile != nil || writer != nil
    if hasPassword && server.scheme == .ldap && !startTLS && !allowPlaintext && !server.isLoopback {
      table.document.report(
        ValueError(
          "the bind password would go to \(server.text) unencrypted",
          (srv == nil ? "use ldaps://" : "use _ldaps._tcp records")
            + ", or starttls = true, or allow_plaintext = true if you accept sending it in clear text"),
        at: address.place)
    }
  }
}

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
