import CLDAP

extension Connection {
  /// A comparison in a filter that the server can't evaluate, such as one with an attribute that its schema doesn't know; nil if it
  /// can evaluate all of them.
  ///
  /// LDAP's logic has three values, and the opposite of an undefined one is undefined (RFC 4511, section 4.5.1.7): an entry
  /// matches neither `(a=b)` nor `(!(a=b))`. An exclusion with such a filter would exclude everything.
  ///
  /// - Parameter dn: an entry for the test; if it isn't visible there is no answer.
  public func undecidedPart(of filter: String, at dn: String) throws(LDAPError) -> String? {
    let parts = comparisons(in: filter)
    func decides(_ parts: [String]) throws(LDAPError) -> Bool {
      let either = parts.map { "(|\($0)(!\($0)))" }.joined()
      return try read(dn, filter: "(&\(either))", attributes: ["1.1"]) != nil
    }
    if try decides(parts) { return nil }
    guard try read(dn, attributes: ["1.1"]) != nil else { return nil }
    for part in parts where try !decides([part]) { return part }
    return nil
  }
}

/// The attributes that a filter compares (RFC 4515, section 3).
public func attributes(inFilter filter: String) -> Set<String> {
  Set(comparisons(in: filter).map { String($0.dropFirst().prefix { !"=~<>:".contains($0) }) }.filter { !$0.isEmpty })
}

/// The comparisons of a filter, as they stand: `(uid=a)` and `(cn=b)` of `(&(uid=a)(!(cn=b)))`. A parenthesis in a value is
/// escaped (RFC 4515, section 3).
func comparisons(in filter: String) -> [String] {
  var parts: [String] = []
  var start: String.Index?
  for index in filter.indices {
    if filter[index] == "(" { start = index }
    if filter[index] == ")", let begin = start {
      parts.append(String(filter[begin...index]))
      start = nil
    }
  }
  return parts
}

/// A filter with other names for some of the attributes that it compares.
///
/// - Parameter names: by the names in the filter, in lower case.
func renamed(_ filter: String, _ names: [String: String]) -> String {
  var result = ""
  var rest = filter[...]
  while let parenthesis = rest.firstIndex(of: "(") {
    let start = rest.index(after: parenthesis)
    let name = rest[start...].prefix { !"=~<>:;()&|!".contains($0) }
    result += rest[..<start] + (names[name.lowercased()] ?? String(name))
    rest = rest[name.endIndex...]
  }
  return result + rest
}

/// A value, escaped for a search filter (RFC 4515, section 3).
public func filterText(_ value: String) -> String { filterText(Array(value.utf8)) }

func filterText(_ value: [UInt8]) -> String {
  unsafe value.withBerval { value in
    var escaped = unsafe berval()
    precondition(unsafe ldap_bv2escaped_filter_value(&value, &escaped) == 0, "out of memory")
    defer { unsafe ber_memfree(escaped.bv_val) }
    return unsafe String(decoding: bytes(escaped), as: UTF8.self)
  }
}
