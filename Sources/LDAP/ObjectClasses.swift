import CLDAP

/// The allowed attributes of object classes (RFC 4512, section 4.1.1).
public struct ObjectClasses: Hashable, Sendable {
  /// By each name and object identifier, in lower case.
  private var classes: [String: Definition] = [:]

  private struct Definition: Hashable {
    var superiors: [String]
    var attributes: Set<String>
  }

  /// - Parameter descriptions: in the form of RFC 4512. An unreadable one is left out.
  init(descriptions: some Sequence<String>) {
    for description in descriptions {
      var code: Int32 = 0
      var place: UnsafePointer<CChar>?
      guard let type = unsafe ldap_str2objectclass(description, &code, &place, UInt32(LDAP_SCHEMA_ALLOW_ALL)) else {
        continue
      }
      defer { unsafe ldap_objectclass_free(type) }
      let definition = unsafe Definition(
        superiors: texts(type.pointee.oc_sup_oids).map { $0.lowercased() },
        attributes: Set(
          (texts(type.pointee.oc_at_oids_must) + texts(type.pointee.oc_at_oids_may)).map { $0.lowercased() }))
      let oid = unsafe type.pointee.oc_oid.map { unsafe [String(cString: $0)] } ?? []
      for name in unsafe texts(type.pointee.oc_names) + oid { classes[name.lowercased()] = definition }
    }
  }

  /// Whether an entry of these classes may have the attribute; false if unknown.
  public func allow(_ attribute: String, in names: [String]) -> Bool {
    var (waiting, seen) = (names.map { $0.lowercased() }, Set<String>())
    while let name = waiting.popLast() {
      guard seen.insert(name).inserted, let definition = classes[name] else { continue }
      if definition.attributes.contains(attribute.lowercased()) { return true }
      waiting += definition.superiors
    }
    return false
  }
}

extension Connection {
  /// The server's object classes; nil if they aren't visible to this bind, or exceed its limits.
  public func objectClasses() throws(LDAPError) -> ObjectClasses? {
    try visibleDescriptions("objectClasses").map { ObjectClasses(descriptions: $0) }
  }
}
