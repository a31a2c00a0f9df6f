import CLDAP
import Text

/// The attributes of a server's schema, each by all of its names (RFC 4512, section 4.1.2).
///
/// A server treats an unknown name like an attribute that no entry has, without an error.
public struct Schema: Hashable, Sendable {
  /// By each name and object identifier, in lower case: all those of the same attribute, as the server writes them.
  private var names: [String: [String]] = [:]

  /// - Parameter attributeTypes: descriptions in the form of RFC 4512. An unreadable one is left out.
  init(attributeTypes: some Sequence<String>) {
    for description in attributeTypes {
      let all = attributeNames(in: description)
      for name in all { names[name.lowercased()] = all }
    }
  }

  /// The number of names and object identifiers.
  public var count: Int { names.count }

  /// The attributes that `isWanted` chooses by any of their names, each by its first name, in alphabetical order.
  public func attributes(where isWanted: (String) -> Bool) -> [String] {
    Set(names.values.filter { $0.contains(where: isWanted) }.compactMap(\.first)).sorted()
  }

  /// Whether there is such an attribute, whatever the options behind its name.
  public func knows(_ attribute: String) -> Bool { names[base(attribute)] != nil }

  /// Every name of the same attribute, as the server writes them, the identifier last; empty if it has none.
  public func names(of attribute: String) -> [String] { names[base(attribute)] ?? [] }

  /// The nearest name; nil if none is near.
  public func nearest(to attribute: String) -> String? {
    Text.nearest(to: base(attribute), among: Array(names.keys)).flatMap { names[$0]?.first }
  }

  /// `telephonenumber` of `telephoneNumber;lang-de` (RFC 4512, section 2.5).
  private func base(_ attribute: String) -> String {
    attribute.split(separator: ";", omittingEmptySubsequences: false)[0].lowercased()
  }
}

/// The names and the object identifier of `( 2.5.4.4 NAME ( 'sn' 'surname' ) … )`, the identifier last; empty for anything but such a
/// description.
private func attributeNames(in description: String) -> [String] {
  var code: Int32 = 0
  var place: UnsafePointer<CChar>?
  guard let type = unsafe ldap_str2attributetype(description, &code, &place, UInt32(LDAP_SCHEMA_ALLOW_ALL)) else {
    return []
  }
  defer { unsafe ldap_attributetype_free(type) }
  let oid = unsafe type.pointee.at_oid.map { unsafe [String(cString: $0)] } ?? []
  return unsafe texts(type.pointee.at_names) + oid
}

extension Connection {
  /// The server's attributes (RFC 4512, section 4.4); nil if they aren't visible to this bind, or exceed its limits. Read once per
  /// connection.
  public func schema() throws(LDAPError) -> Schema? {
    if let knownSchema { return knownSchema }
    guard let descriptions = try visibleDescriptions("attributeTypes") else { return nil }
    let schema = Schema(attributeTypes: descriptions)
    if schema.count == 0 { return nil }
    knownSchema = schema
    return schema
  }

  /// The descriptions that an attribute of the server's schema has (RFC 4512, section 4.2); nil if it shows none.
  func descriptions(_ attribute: String) throws(LDAPError) -> [String]? {
    guard let dn = try rootDSE().subschemaSubentry else { return nil }
    return try read(dn, attributes: [attribute])?.values(attribute).compactMap(\.text)
  }

  /// The same; nil also if they aren't visible to this bind, or exceed its limits.
  func visibleDescriptions(_ attribute: String) throws(LDAPError) -> [String]? {
    do throws(LDAPError) {
      return try descriptions(attribute)
    } catch {
      if ![.limitExceeded, .notPermitted, .other].contains(error.kind) { throw error }
      return nil
    }
  }

  /// Accepts all names of these attributes from now on, whatever the server returns: slapd returns `sn` for a requested `surname`,
  /// and Samba finds no entry by an object identifier in a filter.
  public func answer(toNames attributes: Set<String>) throws(LDAPError) {
    guard let schema = try schema() else { return }
    for attribute in attributes {
      let name = String(attribute.prefix { $0 != ";" })
      // The first is the one that a server returns.
      guard let first = schema.names(of: name).first, first.lowercased() != name.lowercased() else { continue }
      synonyms[first, default: []].insert(name)
    }
  }

  /// A search with the server's own names of attributes.
  func inOwnNames(_ request: SearchRequest) -> SearchRequest {
    if synonyms.isEmpty { return request }
    let own = Dictionary(synonyms.flatMap { name, others in others.map { ($0.lowercased(), name) } }) { first, _ in
      first
    }
    var request = request
    request.filter = renamed(request.filter, own)
    var seen: Set<String> = []
    request.attributes = request.attributes.map { attribute in
      let name = attribute.prefix { $0 != ";" }
      return (own[name.lowercased()] ?? String(name)) + attribute[name.endIndex...]
    }
    .filter { seen.insert($0.lowercased()).inserted }
    return request
  }
}

extension Entry {
  /// The same entry, with its attributes by other names too.
  ///
  /// - Parameter synonyms: by the server's own name.
  func known(by synonyms: [String: Set<String>]) -> Entry {
    var entry = self
    for (name, others) in synonyms {
      // With its options, as `sn;lang-de`.
      for given in names where given.prefix(while: { $0 != ";" }).lowercased() == name.lowercased() {
        let options = given.drop { $0 != ";" }
        for other in others { entry = entry.setting(other + options, values(given)) }
      }
    }
    entry.fingerprint = fingerprint
    return entry
  }
}
