import CLDAP

/// Owns the controls of one request (RFC 4511, section 4.1.11); freed when the value goes out of scope.
@safe struct Controls: ~Copyable {
  private var raw: [UnsafeMutablePointer<LDAPControl>]

  /// None at all.
  init() { unsafe raw = [] }

  deinit { unsafe raw.forEach { unsafe ldap_control_free($0) } }

  /// Adds one by its constructor.
  @unsafe private mutating func add(_ make: (UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>) -> Int32) {
    var control: UnsafeMutablePointer<LDAPControl>?
    guard unsafe make(&control) == LDAP_SUCCESS, let control = unsafe control else { return }
    unsafe raw.append(control)
  }

  /// Lends them with the null at the end that C expects.
  func withArray<R>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<LDAPControl>?>?) -> R) -> R {
    var array = unsafe raw.map { unsafe Optional($0) } + [nil]
    return unsafe array.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress) }
  }
}

// Each is critical: a server without it must refuse the request instead of ignoring it.
extension Controls {
  /// A page of a search (RFC 2696). An empty cookie asks for the first.
  init(paging size: Int, _ cookie: [UInt8], _ handle: borrowing Handle) {
    self.init()
    unsafe add { control in
      unsafe cookie.withBerval { unsafe ldap_create_page_control(handle.raw, ber_int_t(size), &$0, 1, control) }
    }
  }

  /// The request applies only to an entry that matches (RFC 4528).
  init(asserting filter: String, _ handle: borrowing Handle) {
    self.init()
    var value = unsafe berval()
    var text = Array(filter.utf8CString)
    let made = unsafe text.withUnsafeMutableBufferPointer { text in
      unsafe ldap_create_assertion_control_value(handle.raw, text.baseAddress, &value)
    }
    guard made == LDAP_SUCCESS else { return }
    unsafe add { control in unsafe ldap_control_create(LDAP_CONTROL_ASSERT, 1, &value, 1, control) }
    unsafe ber_memfree(value.bv_val)
  }

  /// Content synchronization in the mode refreshAndPersist (RFC 4533, section 2.2).
  ///
  /// - Parameter cookie: of the last state seen; nil for none.
  init(synchronizingFrom cookie: [UInt8]?) {
    self.init()
    let refreshAndPersist: ber_int_t = 3
    guard let ber = unsafe ber_alloc_t(LBER_USE_DER) else { return }
    defer { unsafe ber_free(ber, 1) }
    unsafe ber_start_seq(ber, 0x30)
    unsafe ber_put_enum(ber, refreshAndPersist, 0x0A)
    if let cookie {
      _ = unsafe cookie.withBerval { unsafe ber_put_berval(ber, &$0, 0x04) }
    }
    unsafe ber_put_seq(ber)
    var value = unsafe berval()
    guard unsafe ber_flatten2(ber, &value, 0) == 0 else { return }
    unsafe add { control in unsafe ldap_control_create(ContentSync.request, 1, &value, 1, control) }
  }

  /// Changes from now on, of every kind, each with the entry's change (draft-ietf-ldapext-psearch-03).
  init(persistentSearchOn handle: borrowing Handle) {
    self.init()
    let everyKind: Int32 = 1 | 2 | 4 | 8
    unsafe add { control in
      unsafe ldap_create_persistentsearch_control(handle.raw, everyKind, 1, 1, 1, control)
    }
  }

  /// Active Directory's deleted objects are found as others are (MS-ADTS 3.1.1.3.4.1.14).
  static let showDeleted = "1.2.840.113556.1.4.417"

  /// Changes from now on, of deleted objects too (MS-ADTS 3.1.1.3.4.1.9).
  static func notification() -> Controls {
    var controls = Controls()
    controls.add(RootDSE.notification)
    controls.add(showDeleted)
    return controls
  }

  /// Adds one that has no value.
  mutating func add(_ oid: String) {
    unsafe add { control in unsafe ldap_control_create(oid, 1, nil, 0, control) }
  }
}
