import CLDAP

/// Owns a BER value that is read from its beginning to its end (lber-decode(3)).
@safe struct BERReader: ~Copyable {
  private let raw: OpaquePointer

  /// nil for no bytes, which liblber can't read, and if memory is short.
  init?(_ bytes: [UInt8]) {
    if bytes.isEmpty { return nil }
    // Copies the bytes.
    guard let raw = unsafe bytes.withBerval({ unsafe ber_init(&$0) }) else { return nil }
    unsafe self.raw = raw
  }

  deinit { unsafe ber_free(raw, 1) }

  /// The next tag; nil at the end.
  var tag: UInt? {
    var length: ber_len_t = 0
    let tag = unsafe ber_peek_tag(raw, &length)
    return tag == .max ? nil : UInt(tag)
  }

  /// Steps into a sequence or a set.
  func enter() {
    var length: ber_len_t = 0
    unsafe ber_skip_tag(raw, &length)
  }

  func enumerated() -> Int? {
    var value: ber_int_t = 0
    return unsafe ber_get_enum(raw, &value) == .max ? nil : Int(value)
  }

  func boolean() -> Bool? {
    var value: ber_int_t = 0
    return unsafe ber_get_boolean(raw, &value) == .max ? nil : value != 0
  }

  /// An octet string, whatever its tag.
  func octets() -> [UInt8]? {
    var value = unsafe berval()
    guard unsafe ber_get_stringbv(raw, &value, LBER_BV_ALLOC) != .max else { return nil }
    defer { unsafe ber_memfree(value.bv_val) }
    return unsafe bytes(value)
  }
}

extension [UInt8] {
  /// Passes the bytes to `body` in libldap's form, for reading.
  @unsafe func withBerval<Result>(_ body: (inout berval) -> Result) -> Result {
    unsafe withUnsafeBytes { buffer in
      let start = unsafe UnsafeMutablePointer(mutating: buffer.assumingMemoryBound(to: CChar.self).baseAddress)
      var value = unsafe berval(bv_len: ber_len_t(buffer.count), bv_val: start)
      return unsafe body(&value)
    }
  }
}
