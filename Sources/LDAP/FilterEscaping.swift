import CLDAP

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
