import CLDAP

/// Owns one libldap message; freed when the value goes out of scope.
@safe struct Message: ~Copyable {
  private let raw: OpaquePointer

  init(takingOwnershipOf raw: OpaquePointer) { unsafe self.raw = raw }

  deinit { _ = unsafe ldap_msgfree(raw) }

  /// Whoever calls it frees the message.
  @unsafe consuming func releasingOwnership() -> OpaquePointer {
    let raw = unsafe raw
    discard self
    return unsafe raw
  }

  var kind: Int32 { unsafe ldap_msgtype(raw) }

  /// Of the request that it answers.
  var id: Int32 { unsafe ldap_msgid(raw) }

  /// Tells this entry's name and attributes from others', as they lie in the message, which nothing is copied from:
  /// FNV-1a of 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/). nil where the message can't be read.
  func fingerprint(_ handle: borrowing Handle) -> UInt64? {
    var ber: OpaquePointer?
    var dn = unsafe berval()
    guard unsafe ldap_get_dn_ber(handle.raw, raw, &ber, &dn) == LDAP_SUCCESS, let ber = unsafe ber else { return nil }
    defer { unsafe ber_free(ber, 0) }
    var hash = unsafe fnv1a(dn, after: 0xcbf2_9ce4_8422_2325)
    // What follows the name are the attributes, one after the other (RFC 4511, section 4.5.2).
    var attribute = unsafe berval()
    while unsafe ber_skip_element(ber, &attribute) != .max { hash = unsafe fnv1a(attribute, after: hash) }
    return hash
  }

  /// Copies the entry out of the message.
  func entry(_ handle: borrowing Handle) -> Entry {
    let dn = unsafe ldap_get_dn(handle.raw, raw)
    defer { unsafe ldap_memfree(dn) }
    var attributes: [(String, [Value])] = []
    var cursor: OpaquePointer?
    var name = unsafe ldap_first_attribute(handle.raw, raw, &cursor)
    while let attribute = unsafe name {
      unsafe attributes.append((String(cString: attribute), values(of: attribute, handle)))
      unsafe ldap_memfree(attribute)
      unsafe name = ldap_next_attribute(handle.raw, raw, cursor)
    }
    unsafe ber_free(cursor, 0)
    return Entry(dn: unsafe dn.map { unsafe String(cString: $0) } ?? "", attributes: attributes)
  }

  /// Where a continuation reference points to (RFC 4511, section 4.5.3).
  func references(_ handle: borrowing Handle) -> [String] {
    var uris: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    unsafe ldap_parse_reference(handle.raw, raw, &uris, nil, 0)
    defer {
      unsafe ldap_memvfree(
        uris.map { unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: UnsafeMutableRawPointer?.self) })
    }
    return unsafe strings(uris)
  }

  /// The values of an entry's controls, by their object identifiers.
  func controls(_ handle: borrowing Handle) -> [String: [UInt8]] {
    var controls: UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>?
    unsafe ldap_get_entry_controls(handle.raw, raw, &controls)
    defer { unsafe ldap_controls_free(controls) }
    guard var cursor = unsafe controls else { return [:] }
    var values: [String: [UInt8]] = [:]
    while let control = unsafe cursor.pointee?.pointee {
      values[unsafe String(cString: control.ldctl_oid)] = unsafe bytes(control.ldctl_value)
      unsafe cursor += 1
    }
    return values
  }

  /// What an intermediate message of content synchronization holds (RFC 4511, section 4.13); nil for any other.
  func information(_ handle: borrowing Handle) -> [UInt8]? {
    var oid: UnsafeMutablePointer<CChar>?
    var data: UnsafeMutablePointer<berval>?
    guard unsafe ldap_parse_intermediate(handle.raw, raw, &oid, &data, nil, 0) == LDAP_SUCCESS else { return nil }
    defer {
      unsafe ldap_memfree(oid)
      unsafe ber_bvfree(data)
    }
    let isSync = unsafe oid.map { unsafe String(cString: $0) } == ContentSync.information
    return isSync ? unsafe data.map { unsafe bytes($0.pointee) } : nil
  }

  /// The result of an operation: its code, the server's words, and the cookie for the next page where there is one.
  func result(_ handle: borrowing Handle) -> Result {
    var code: Int32 = 0
    var text: UnsafeMutablePointer<CChar>?
    var uris: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    var controls: UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>?
    let parsed = unsafe ldap_parse_result(handle.raw, raw, &code, nil, &text, &uris, &controls, 0)
    defer {
      unsafe ldap_memfree(text)
      unsafe ldap_controls_free(controls)
      unsafe ldap_memvfree(
        uris.map { unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: UnsafeMutableRawPointer?.self) })
    }
    if parsed != LDAP_SUCCESS {
      return Result(code: parsed, text: "the answer can't be read", referrals: [], cookie: nil)
    }
    return unsafe Result(
      code: code, text: text.map { unsafe String(cString: $0) } ?? "", referrals: strings(uris),
      cookie: cookie(handle, controls))
  }

  struct Result {
    let code: Int32
    let text: String
    let referrals: [String]
    /// The server's place in a paged search; empty after the last page, nil where the answer has no such control.
    let cookie: [UInt8]?
  }

  private func values(of attribute: UnsafeMutablePointer<CChar>, _ handle: borrowing Handle) -> [Value] {
    guard let values = unsafe ldap_get_values_len(handle.raw, raw, attribute) else { return [] }
    defer { unsafe ldap_value_free_len(values) }
    return (0..<Int(unsafe ldap_count_values_len(values))).compactMap { index in
      unsafe values[index].map { unsafe Value(bytes: bytes($0.pointee)) }
    }
  }

  private func cookie(
    _ handle: borrowing Handle, _ controls: UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>?
  ) -> [UInt8]? {
    guard let control = unsafe ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nil) else { return nil }
    var estimate: ber_int_t = 0
    var cookie = unsafe berval()
    guard unsafe ldap_parse_pageresponse_control(handle.raw, control, &estimate, &cookie) == LDAP_SUCCESS
    else { return nil }
    defer { unsafe ber_memfree(cookie.bv_val) }
    return unsafe bytes(cookie)
  }
}

private func fnv1a(_ value: berval, after hash: UInt64) -> UInt64 {
  let bytes = unsafe UnsafeRawBufferPointer(start: value.bv_val, count: Int(value.bv_len))
  return unsafe bytes.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

func bytes(_ value: berval) -> [UInt8] {
  unsafe Array(UnsafeRawBufferPointer(start: value.bv_val, count: Int(value.bv_len)))
}

private func strings(_ array: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
  guard var cursor = unsafe array else { return [] }
  var strings: [String] = []
  while let text = unsafe cursor.pointee {
    strings.append(unsafe String(cString: text))
    unsafe cursor += 1
  }
  return strings
}
