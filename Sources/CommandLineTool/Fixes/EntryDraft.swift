import Domain
import LDAP

/// An entry, and its values after tentative steps of a fix.
struct EntryDraft: Sendable {
  /// One step of a fix. No step removes a value that has no place afterwards.
  enum Step: Hashable, Sendable {
    /// A value gets another format, or another number.
    case rewrite(attribute: String, old: String, new: String)
    /// A value moves from one attribute to another, with this spelling.
    case move(attribute: String, old: String, target: String, new: String)
    case add(attribute: String, new: String)
  }

  let original: Entry
  private(set) var entry: Entry
  /// In the order of their first change.
  private var attributes: [String] = []

  init(_ entry: Entry) { (original, self.entry) = (entry, entry) }

  func applying(_ steps: [Step]) -> EntryDraft {
    var draft = self
    for step in steps { draft.apply(step) }
    return draft
  }

  private mutating func apply(_ step: Step) {
    switch step {
    case .rewrite(let attribute, let old, let new):
      let others = entry.values(attribute).filter { $0 != AttributeValue(old) }
      set(
        attribute, others.contains { isSameNumber($0, AttributeValue(new)) } ? others : others + [AttributeValue(new)])
    case .move(let attribute, let old, let target, let new):
      set(attribute, entry.values(attribute).filter { $0 != AttributeValue(old) })
      apply(.add(attribute: target, new: new))
    case .add(let attribute, let new):
      let values = entry.values(attribute)
      if !values.contains(where: { isSameNumber($0, AttributeValue(new)) }) {
        set(attribute, values + [AttributeValue(new)])
      }
    }
  }

  private mutating func set(_ attribute: String, _ values: [AttributeValue]) {
    entry = entry.setting(attribute, values)
    if !attributes.contains(where: { $0.lowercased() == attribute.lowercased() }) { attributes.append(attribute) }
  }

  /// All differences, as one record; nil if there are none, if no server would accept it, or if a value has no number's length.
  var modification: LDIFModification? {
    var changes: [LDIFModification.Operation] = []
    for attribute in attributes {
      let (old, new) = (original.values(attribute), entry.values(attribute))
      let (removed, added) = (old.filter { !new.contains($0) }, new.filter { !old.contains($0) })
      if removed.isEmpty && added.isEmpty { continue }
      // The schema may require the attribute, and no step empties one.
      if new.isEmpty || !added.allSatisfy(\.isPrintable) { return nil }
      let isReplaced = !removed.allSatisfy(\.isPrintable)
      if isReplaced && !new.allSatisfy(\.isPrintable) { return nil }
      // A value far too long for a number isn't copied into a record.
      if !removed.allSatisfy({ $0.bytes.count <= 1000 }) { return nil }
      let naming = NamingValues(of: DN(original.dn))
      if removed.contains(where: { $0.text.map { naming.role(of: $0, as: attribute) == .whole } ?? true }) {
        return nil
      }
      changes.append(
        LDIFModification.Operation(
          attribute: attribute, removed: removed, added: added, replacement: isReplaced ? new : nil))
    }
    return changes.isEmpty ? nil : LDIFModification(dn: original.dn, changes: changes)
  }
}

/// Whether a server treats two values as equal: spaces and hyphens don't count (RFC 4517, section 4.2.29).
private func isSameNumber(_ left: AttributeValue, _ right: AttributeValue) -> Bool {
  func plain(_ value: AttributeValue) -> String { (value.text ?? "").lowercased().filter { !" -".contains($0) } }
  return left == right || left.text != nil && right.text != nil && plain(left) == plain(right)
}

extension AttributeValue {
  /// Whether it is valid in the syntax of telephone numbers (RFC 4517, section 3.3.31).
  fileprivate var isPrintable: Bool {
    !bytes.isEmpty
      && bytes.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "'()+,-.=/:? ".utf8.contains(byte)
        }
      }
  }
}
