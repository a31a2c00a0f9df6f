import CLDAP

/// The change of one entry, as a record for ldapmodify(1).
package struct LDIFModification: Hashable, Sendable {
  /// The change of one attribute.
  package struct Operation: Hashable, Sendable {
    package let attribute: String
    package var removed: [AttributeValue] = []
    package var added: [AttributeValue] = []
    /// All values afterwards, if a removed value is invalid in the attribute's syntax, so that the server can't match it (RFC 4511,
    /// section 4.6).
    package var replacement: [AttributeValue]?

    package init(
      attribute: String, removed: [AttributeValue] = [], added: [AttributeValue] = [],
      replacement: [AttributeValue]? = nil
    ) {
      (self.attribute, self.removed, self.added, self.replacement) = (attribute, removed, added, replacement)
    }
  }

  package let dn: String
  package var changes: [Operation]

  /// Adds a value to an attribute.
  package init(dn: String, adding value: String, to attribute: String) {
    self.init(dn: dn, changes: [Operation(attribute: attribute, added: [AttributeValue(value)])])
  }

  package init(dn: String, changes: [Operation]) { (self.dn, self.changes) = (dn, changes) }

  /// LDIF (RFC 2849), with the line's end. Values are named one by one, so that it is refused if the entry has changed since.
  package var ldif: String {
    let parts = changes.flatMap { change -> [[String]] in
      func lines(_ operation: String, _ values: [AttributeValue]) -> [String]? {
        values.isEmpty ? nil : ["\(operation): \(change.attribute)\n"] + values.map { line(change.attribute, $0.bytes) }
      }
      if let replacement = change.replacement { return [lines("replace", replacement)].compactMap(\.self) }
      return [lines("delete", change.removed), lines("add", change.added)].compactMap(\.self)
    }
    return line("dn", Array(dn.utf8)) + "changetype: modify\n" + parts.joined(separator: ["-\n"]).joined()
  }

  /// On one line. What isn't a SAFE-STRING is in base64, and so are control characters.
  private func line(_ name: String, _ bytes: [UInt8]) -> String {
    unsafe bytes.withBerval { value in
      let line = unsafe ldif_put_wrap(LDIF_PUT_VALUE, name, value.bv_val, value.bv_len, .max)
      defer { unsafe ber_memfree(line) }
      return unsafe line.map { unsafe String(cString: $0) } ?? ""
    }
  }
}
