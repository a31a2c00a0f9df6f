import CLDAP

/// A DN in the one spelling by which names of one server are compared (RFC 4518): case, blanks, escapes, other names of the usual
/// types and the order within a multi-valued RDN don't count.
public func foldedDN(_ dn: String) -> String {
  var names: LDAPDN?
  guard unsafe ldap_str2dn(dn, &names, UInt32(LDAP_DN_FORMAT_LDAPV3)) == LDAP_SUCCESS else { return dn.lowercased() }
  defer { unsafe ldap_dnfree(names) }
  guard var name = unsafe names else { return "" }
  var parts: [String] = []
  while let part = unsafe name.pointee {
    parts.append(unsafe folded(part))
    unsafe name += 1
  }
  return parts.joined(separator: ",")
}

/// One RDN, its attributes with their values sorted.
private func folded(_ rdn: LDAPRDN) -> String {
  var cursor = unsafe rdn
  var parts: [String] = []
  while let pair = unsafe cursor.pointee {
    let type = unsafe foldedType(String(decoding: bytes(pair.pointee.la_attr), as: UTF8.self))
    let value = unsafe bytes(pair.pointee.la_value)
    let isBinary = unsafe pair.pointee.la_flags & UInt32(LDAP_AVA_BINARY) != 0
    parts.append("\(type)=" + (isBinary ? "#" + value.map(hexadecimal).joined() : foldedValue(value)))
    unsafe cursor += 1
  }
  return parts.sorted().joined(separator: "+")
}

/// The types that names are made of, by their object identifiers and other names (RFC 4519, RFC 4524, RFC 2985).
private let types = [
  "2.5.4.3": "cn", "commonname": "cn", "2.5.4.4": "sn", "surname": "sn", "2.5.4.5": "serialnumber", "2.5.4.6": "c",
  "countryname": "c", "2.5.4.7": "l", "localityname": "l", "2.5.4.8": "st", "stateorprovincename": "st",
  "2.5.4.9": "street", "streetaddress": "street", "2.5.4.10": "o", "organizationname": "o", "2.5.4.11": "ou",
  "organizationalunitname": "ou", "2.5.4.12": "title", "2.5.4.42": "givenname", "gn": "givenname",
  "0.9.2342.19200300.100.1.1": "uid", "userid": "uid", "0.9.2342.19200300.100.1.3": "mail", "rfc822mailbox": "mail",
  "0.9.2342.19200300.100.1.25": "dc", "domaincomponent": "dc", "1.2.840.113549.1.9.1": "email",
  "emailaddress": "email", "pkcs9email": "email",
]

private func foldedType(_ type: String) -> String {
  let name = type.lowercased()
  let plain = name.hasPrefix("oid.") ? String(name.dropFirst(4)) : name
  return types[plain] ?? plain
}

/// What RFC 4518 prepares: small letters, no hidden characters, blanks at the ends gone and inside single. Escaped where a DN
/// must be, and there alone.
private func foldedValue(_ bytes: [UInt8]) -> String {
  guard let text = String(validating: bytes, as: UTF8.self) else { return "#" + bytes.map(hexadecimal).joined() }
  var result = ""
  var isBlankDue = false
  for scalar in text.lowercased().unicodeScalars {
    if scalar.properties.isWhitespace || (0x09...0x0D).contains(scalar.value) {
      isBlankDue = !result.isEmpty
      continue
    }
    switch scalar.properties.generalCategory {
    case .control, .format: continue
    default: break
    }
    if isBlankDue { result += " " }
    isBlankDue = false
    switch scalar {
    case ",", "+", "\"", "\\", "<", ">", ";": result += "\\" + hexadecimal(UInt8(scalar.value))
    case "#" where result.isEmpty: result += "\\23"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}

private func hexadecimal(_ byte: UInt8) -> String { (byte < 0x10 ? "0" : "") + String(byte, radix: 16) }

/// Whether a name is another's or lies below it, however both are spelt.
public func covers(_ base: String, _ dn: String) -> Bool {
  let (base, dn) = (foldedDN(base), foldedDN(dn))
  return base.isEmpty || dn == base || dn.hasSuffix("," + base)
}
