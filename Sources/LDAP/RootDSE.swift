/// The server's root DSE: its description of itself.
public struct RootDSE: Hashable, Sendable {
  public enum Family: String, Hashable, Sendable {
    case openLDAP, activeDirectory, directoryServer389, apacheDS, other
  }

  public let vendorName: String?
  public let vendorVersion: String?
  public let namingContexts: [String]
  public let supportedControls: [String]
  public let family: Family
  /// Whether the bind identity can't read it: then nothing is known about the server.
  public let isHidden: Bool
  /// The server's name for itself: Active Directory's, and 389 Directory Server's with its port.
  public let hostName: String?
  /// The highest USN of Active Directory's database.
  public let highestCommittedUSN: String?
  let subschemaSubentry: String?
  /// Active Directory's partitions without people.
  let servicePartitions: [String]
  /// The DN of Active Directory's object for this server.
  let serviceName: String?

  /// Whether it refuses searches for more than 16 attributes, as Kanidm does, which has none of the
  /// attributes of disabled accounts.
  public var limitsAttributes: Bool { vendorName?.lowercased().contains("kanidm") == true }

  /// The naming contexts that may contain people: without the configuration and the schema of Active Directory, its DNS zones, and the
  /// server's own parts, such as `cn=config` and `ou=schema`.
  public var contextsOfPeople: [String] {
    let others = (servicePartitions + Self.serverParts).map(DN.init)
    return namingContexts.filter { !$0.isEmpty && !others.contains(DN($0)) }
  }

  private static let serverParts = [
    "cn=config", "cn=monitor", "cn=schema", "cn=changelog", "cn=accesslog", "cn=subschema", "ou=schema", "ou=config",
    "o=ipaca",
  ]

  static let attributes = [
    "vendorName", "vendorVersion", "namingContexts", "supportedControl", "supportedCapabilities", "subschemaSubentry",
    "objectClass", "dnsHostName", "dsServiceName", "highestCommittedUSN", "netscapeMDSuffix",
    "defaultNamingContext", "rootDomainNamingContext", "configurationNamingContext", "schemaNamingContext",
  ]

  /// The root DSE of a server that hides it.
  static let hidden = RootDSE(Entry(dn: "", attributes: []), isHidden: true)

  init(_ entry: borrowing Entry, isHidden: Bool = false) {
    let entry = entry.keepingTo(values: 1000, bytes: 4096)
    self.isHidden = isHidden
    vendorName = entry.first("vendorName")?.text
    vendorVersion = entry.first("vendorVersion")?.text
    namingContexts = entry.values("namingContexts").compactMap(\.text)
    supportedControls = entry.values("supportedControl").compactMap(\.text)
    subschemaSubentry = entry.first("subschemaSubentry")?.text
    hostName = entry.first("dnsHostName")?.text ?? entry.first("netscapeMDSuffix")?.text.flatMap(hostOf389(_:))
    highestCommittedUSN = entry.first("highestCommittedUSN")?.text
    serviceName = entry.first("dsServiceName")?.text
    func context(_ attribute: String) -> String? { entry.first(attribute)?.text }
    servicePartitions = [
      context("configurationNamingContext"), context("schemaNamingContext"),
      context("defaultNamingContext").map { "DC=DomainDnsZones,\($0)" },
      context("rootDomainNamingContext").map { "DC=ForestDnsZones,\($0)" },
    ].compactMap(\.self)
    let classes = entry.values("objectClass").compactMap(\.text)
    // LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS 3.1.1.3.4.3.1).
    family =
      if entry.values("supportedCapabilities").contains(AttributeValue("1.2.840.113556.1.4.800")) {
        .activeDirectory
      } else if vendorName?.contains("389") == true {
        .directoryServer389
      } else if classes.contains("OpenLDAProotDSE") {
        .openLDAP
      } else if vendorName?.contains("Apache Software Foundation") == true {
        .apacheDS
      } else {
        .other
      }
  }
}

/// The host and port in the name of 389 Directory Server's own part of the directory, such as
/// `cn=ldap://dc=ldap1,dc=example,dc=com:389`; nil for any other.
private func hostOf389(_ text: String) -> String? {
  guard let scheme = text.firstRange(of: "://") else { return nil }
  let host = text[scheme.upperBound...].split(separator: ",").map { $0.hasPrefix("dc=") ? $0.dropFirst(3) : $0 }
    .joined(separator: ".")
  return host.isEmpty ? nil : host
}
