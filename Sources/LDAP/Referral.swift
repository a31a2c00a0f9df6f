extension RootDSE {
  /// Whether a continuation reference leads to a partition that holds no people, so that a read without it is complete.
  ///
  /// Active Directory refers to the partitions below a domain with each search from the domain's top. The configuration,
  /// the schema and the DNS zones of this very forest are such. A child domain isn't, nor a partition that an
  /// application made: there may be people in them.
  public func isWithoutPeople(_ referral: String) -> Bool {
    guard family == .activeDirectory, let dn = dn(ofURL: referral) else { return false }
    return servicePartitions.map(DN.init).contains(DN(dn))
  }
}

/// The DN in an LDAP URL (RFC 4516); nil where there is none, or where it isn't to be read.
private func dn(ofURL url: String) -> String? {
  guard let scheme = url.firstRange(of: "://"), let slash = url[scheme.upperBound...].firstIndex(of: "/") else {
    return nil
  }
  var bytes: [UInt8] = []
  var rest = url[url.index(after: slash)...].prefix { $0 != "?" }.utf8[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%") {
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return bytes.isEmpty ? nil : String(validating: bytes, as: UTF8.self)
}
