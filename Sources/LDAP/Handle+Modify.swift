import CLDAP
import Glibc

extension Connection {
  /// Adds a value to an attribute without one. An existing value is never overwritten.
  ///
  /// If the server can, the same request asserts that there is no value (RFC 4528). Otherwise the attribute is read first; a value
  /// that arrives in between stays, because a value is only added.
  ///
  /// - Returns: false if the attribute has another value.
  public func add(_ value: String, to attribute: String, of dn: String) throws(LDAPError) -> Bool {
    let canAssert = try rootDSE().supportedControls.contains(LDAP_CONTROL_ASSERT)
    if !canAssert, let there = try read(dn, attributes: [attribute])?.values(attribute), !there.isEmpty {
      return there.contains(AttributeValue(value))
    }
    let result = try handle.add(value, to: attribute, of: dn, asserting: canAssert, uri, server)
    switch result.code {
    case LDAP_SUCCESS: return true
    case LDAP_ASSERTION_FAILED, LDAP_TYPE_OR_VALUE_EXISTS:
      // Our own value, if the read lags behind the write.
      return try read(dn, attributes: [attribute])?.values(attribute).contains(AttributeValue(value)) ?? false
    default:
      throw LDAPError(.modify, LDAPError.Kind(modifying: result.code), code: result.code, detail: result.words(dn))
    }
  }
}

extension LDAPError.Kind {
  /// The meaning of a change's result.
  fileprivate init(modifying code: Int32) {
    self =
      switch code {
      case LDAP_INSUFFICIENT_ACCESS, LDAP_STRONG_AUTH_REQUIRED: .notPermitted
      case LDAP_REFERRAL, LDAP_UNWILLING_TO_PERFORM: .readOnly
      case LDAP_BUSY, LDAP_UNAVAILABLE: .unreachable
      default: .other
      }
  }
}

extension Message.SearchResultDone {
  fileprivate func words(_ dn: String) -> String {
    "\(dn): \(meaning(self))\(referralClause)"
  }
}

extension Handle {
  /// Sends one addition (RFC 4511, section 4.6) and waits for the answer.
  fileprivate func add(
    _ value: String, to attribute: String, of dn: String, asserting: Bool, _ uri: String, _ server: ConnectionSettings
  ) throws(LDAPError) -> Message.SearchResultDone {
    try check(.modify, dn)
    let controls = asserting ? Controls(asserting: "(!(\(attribute)=*))", self) : Controls()
    var id: Int32 = 0
    var type = Array(attribute.utf8CString)
    var bytes = Array(value.utf8CString)
    let code = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe type.withUnsafeMutableBufferPointer { type in
        var value = unsafe berval(bv_len: ber_len_t(bytes.count - 1), bv_val: bytes.baseAddress)
        return unsafe withUnsafeMutablePointer(to: &value) { value in
          var values = unsafe [value, nil]
          return unsafe values.withUnsafeMutableBufferPointer { values in
            var addition = unsafe LDAPMod()
            unsafe addition.mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES
            unsafe addition.mod_type = type.baseAddress
            unsafe addition.mod_vals.modv_bvals = values.baseAddress
            return unsafe withUnsafeMutablePointer(to: &addition) { addition in
              var changes = unsafe [addition, nil]
              return unsafe changes.withUnsafeMutableBufferPointer { changes in
                unsafe controls.withArray { controls in
                  unsafe ldap_modify_ext(raw, dn, changes.baseAddress, controls, nil, &id)
                }
              }
            }
          }
        }
      }
    }
    if code != LDAP_SUCCESS {
      throw LDAPError(
        .modify, code == LDAP_SERVER_DOWN ? .cutOff : .other, code: code, detail: "\(dn): \(explanation(code))")
    }
    return try finish(id, .modify, uri, server)
  }
}
