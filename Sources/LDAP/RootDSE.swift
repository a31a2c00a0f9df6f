/// What a server says about itself.
public struct RootDSE: Hashable, Sendable {
  public enum Family: String, Hashable, Sendable { case openLDAP, activeDirectory, directoryServer389, other }

  public let vendorName: String?
  public let vendorVersion: String?
  public let namingContexts: [String]
  public let supportedControls: [String]
  public let family: Family
  let subschemaSubentry: String?

  static let attributes = [
    "vendorName", "vendorVersion", "namingContexts", "supportedControl", "supportedCapabilities", "subschemaSubentry",
    "objectClass",
  ]

  init(_ entry: borrowing Entry) {
    vendorName = entry.first("vendorName")?.text
    vendorVersion = entry.first("vendorVersion")?.text
    namingContexts = entry.values("namingContexts").compactMap(\.text)
    supportedControls = entry.values("supportedControl").compactMap(\.text)
    subschemaSubentry = entry.first("subschemaSubentry")?.text
    let classes = entry.values("objectClass").compactMap(\.text)
    // LDAP_CAP_ACTIVE_DIRECTORY_OID (MS-ADTS 3.1.1.3.4.3.1).
    family =
      if entry.values("supportedCapabilities").contains(Value("1.2.840.113556.1.4.800")) {
        .activeDirectory
      } else if vendorName?.contains("389") == true {
        .directoryServer389
      } else if classes.contains("OpenLDAProotDSE") {
        .openLDAP
      } else {
        .other
      }
  }
}
