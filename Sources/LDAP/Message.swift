import CLDAP
import Text

/// Owns one libldap message; freed when the value goes out of scope.
@safe struct Message: ~Copyable {
  private let raw: OpaquePointer

  init(takingOwnershipOf raw: OpaquePointer) { unsafe self.raw = raw }

  deinit { _ = unsafe ldap_msgfree(raw) }

  /// The caller frees the message.
  @unsafe consuming func releasingOwnership() -> OpaquePointer {
    let raw = unsafe raw
    discard self
    return unsafe raw
  }

  var kind: Int32 { unsafe ldap_msgtype(raw) }

  /// The ID of the request that it answers.
  var id: Int32 { unsafe ldap_msgid(raw) }

  /// Checks that a search can have it as a part of its answer (RFC 4511, sections 4.5.2 and 4.13).
  ///
  /// - Throws: for any other message: it may be an entry that was meant.
  func expectPartOfSearch() throws(LDAPError) {
    switch kind {
    case Int32(LDAP_RES_SEARCH_ENTRY), Int32(LDAP_RES_SEARCH_REFERENCE), Int32(LDAP_RES_SEARCH_RESULT),
      Int32(LDAP_RES_INTERMEDIATE):
      return
    default: throw LDAPError(unreadable: "a message")
    }
  }

  /// The digest of this entry's DN and attributes as the bytes of the message, without copies: FNV-1a of 64 bits
  /// (http://www.isthe.com/chongo/tech/comp/fnv/). nil if the message can't be decoded to its end.
  func fingerprint(_ handle: borrowing Handle) -> UInt64? {
    var ber: OpaquePointer?
    var dn = unsafe berval()
    guard unsafe ldap_get_dn_ber(handle.raw, raw, &ber, &dn) == LDAP_SUCCESS, let ber = unsafe ber else { return nil }
    defer { unsafe ber_free(ber, 0) }
    var hash = unsafe fnv1a(dn, after: 0xcbf2_9ce4_8422_2325)
    // The attributes follow the DN, one after the other (RFC 4511, section 4.5.2).
    var attribute = unsafe berval()
    while unsafe ber_skip_element(ber, &attribute) != .max { hash = unsafe fnv1a(attribute, after: hash) }
    var rest: ber_len_t = 0
    let isKnown =
      unsafe ber_get_option(UnsafeMutableRawPointer(ber), LBER_OPT_BER_REMAINING_BYTES, &rest) == LBER_OPT_SUCCESS
    return isKnown && rest == 0 ? hash : nil
  }

  /// Copies the entry out of the message. Other parts of the message must be read before: libldap writes zeros after the values in
  /// place.
  ///
  /// - Throws: if the message can't be decoded to its end: an incomplete entry looks like one that has lost attributes.
  func entry(_ handle: borrowing Handle) throws(LDAPError) -> Entry {
    var ber: OpaquePointer?
    var name = unsafe berval()
    guard unsafe ldap_get_dn_ber(handle.raw, raw, &ber, &name) == LDAP_SUCCESS, let ber = unsafe ber else {
      throw LDAPError(unreadable: "an entry")
    }
    defer { unsafe ber_free(ber, 0) }
    let dn = unsafe text(name)
    var attributes: [(String, [AttributeValue])] = []
    while true {
      var attribute = unsafe berval()
      var values: UnsafeMutablePointer<berval>?
      // The values are in the message; the caller owns their array.
      guard unsafe ldap_get_attribute_ber(handle.raw, raw, ber, &attribute, &values) == LDAP_SUCCESS else {
        throw LDAPError(unreadable: "the entry \"\(dn)\"")
      }
      defer { unsafe ber_memfree(values) }
      if unsafe attribute.bv_val == nil { return Entry(dn: dn, attributes: attributes) }
      var copies: [AttributeValue] = []
      if var value = unsafe values {
        while unsafe value.pointee.bv_val != nil {
          copies.append(AttributeValue(bytes: unsafe bytes(value.pointee)))
          unsafe value += 1
        }
      }
      attributes.append((unsafe text(attribute), copies))
    }
  }

  /// Where a continuation reference points to (RFC 4511, section 4.5.3).
  func references(_ handle: borrowing Handle) throws(LDAPError) -> [String] {
    var uris: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    guard unsafe ldap_parse_reference(handle.raw, raw, &uris, nil, 0) == LDAP_SUCCESS else {
      throw LDAPError(unreadable: "a reference")
    }
    defer {
      unsafe ldap_memvfree(
        uris.map { unsafe UnsafeMutableRawPointer($0).assumingMemoryBound(to: UnsafeMutableRawPointer?.self) })
    }
    return unsafe texts(uris).map { visible($0) }
  }

  /// The values of an entry's controls, by their object identifiers.
  func controls(_ handle: borrowing Handle) throws(LDAPError) -> [String: [UInt8]] {
    var controls: UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>?
    guard unsafe ldap_get_entry_controls(handle.raw, raw, &controls) == LDAP_SUCCESS else {
      throw LDAPError(unreadable: "an entry's controls")
    }
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
  func information(_ handle: borrowing Handle) throws(LDAPError) -> [UInt8]? {
    var oid: UnsafeMutablePointer<CChar>?
    var data: UnsafeMutablePointer<berval>?
    guard unsafe ldap_parse_intermediate(handle.raw, raw, &oid, &data, nil, 0) == LDAP_SUCCESS else {
      throw LDAPError(unreadable: "an intermediate message")
    }
    defer {
      unsafe ldap_memfree(oid)
      unsafe ber_bvfree(data)
    }
    let isSync = unsafe oid.map { unsafe String(cString: $0) } == ContentSync.information
    return isSync ? unsafe data.map { unsafe bytes($0.pointee) } : nil
  }

  /// The result of an operation: its code, the server's words, and the cookie for the next page where there is one.
  ///
  /// - Throws: where there is a paging control that can't be read: it may say that this wasn't all.
  func result(_ handle: borrowing Handle) throws(LDAPError) -> SearchResultDone {
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
      return SearchResultDone(code: parsed, text: "the answer can't be read", referrals: [], cookie: nil)
    }
    let cookie = unsafe try cookie(handle, controls)
    return unsafe SearchResultDone(
      code: code, text: visible(text.map { unsafe String(cString: $0) } ?? ""),
      referrals: texts(uris).map { visible($0) }, cookie: cookie)
  }

  struct SearchResultDone {
    let code: Int32
    let text: String
    let referrals: [String]
    /// The server's place in a paged search; empty after the last page, nil where the answer has no such control.
    let cookie: [UInt8]?

    /// The servers that have the entries, as a clause behind a semicolon; empty without any.
    var referralClause: String {
      referrals.isEmpty ? "" : "; the server refers to \(referrals.joined(separator: ", "))"
    }
  }

  private func cookie(
    _ handle: borrowing Handle, _ controls: UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>?
  ) throws(LDAPError) -> [UInt8]? {
    guard let control = unsafe ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nil) else { return nil }
    var estimate: ber_int_t = 0
    var cookie = unsafe berval()
    // liblber ends the process where it is to read a value that isn't there or is empty (ber_init in its io.c).
    guard unsafe control.pointee.ldctl_value.bv_val != nil, unsafe control.pointee.ldctl_value.bv_len > 0,
      unsafe ldap_parse_pageresponse_control(handle.raw, control, &estimate, &cookie) == LDAP_SUCCESS
    else { throw LDAPError(unreadable: "the paging control") }
    defer { unsafe ber_memfree(cookie.bv_val) }
    return unsafe bytes(cookie)
  }
}

extension LDAPError {
  /// The error for a part of an answer that violates RFC 4511.
  fileprivate init(unreadable part: String) {
    self.init(.search, .other, code: LDAP_DECODING_ERROR, detail: "\(part) in the server's answer can't be read")
  }
}

/// A name. Control characters, which servers give as they are, are escaped (RFC 4514, section 2.4): it is the same name, and
/// can't end its line, nor by a NUL itself.
private func text(_ value: berval) -> String {
  let text = String(decoding: unsafe bytes(value), as: UTF8.self)
  if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) { return text }
  var bytes: [UInt8] = []
  for byte in text.utf8 {
    if byte >= 0x20 && byte != 0x7F {
      bytes.append(byte)
    } else {
      // One that a backslash escapes already has its own now.
      if bytes.count(trailing: UInt8(ascii: "\\")) % 2 == 1 { bytes.removeLast() }
      bytes += ("\\" + (byte < 0x10 ? "0" : "") + String(byte, radix: 16, uppercase: true)).utf8
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

extension [UInt8] {
  fileprivate func count(trailing byte: UInt8) -> Int { reversed().prefix { $0 == byte }.count }
}

private func fnv1a(_ value: berval, after hash: UInt64) -> UInt64 {
  let bytes = unsafe UnsafeRawBufferPointer(start: value.bv_val, count: Int(value.bv_len))
  return unsafe bytes.reduce(hash) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

func bytes(_ value: berval) -> [UInt8] {
  unsafe Array(UnsafeRawBufferPointer(start: value.bv_val, count: Int(value.bv_len)))
}

/// The texts of an array that ends with a null pointer; none of a null pointer.
func texts(_ array: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
  guard var cursor = unsafe array else { return [] }
  var texts: [String] = []
  while let text = unsafe cursor.pointee {
    texts.append(unsafe String(cString: text))
    unsafe cursor += 1
  }
  return texts
}
