import Domain
package import Mapping

/// The numbers of contacts as pbxsyncd sends them, to find the same number in another form: the PBX knows a contact only by the exact
/// text of its number, so `00493012345678` and `+493012345678` are two contacts for it.
package struct ContactForms: Sendable {
  private let dialPlans: DialPlans?
  private let numbers: Set<String>
  /// By the last digits, which are the same in every form.
  private var byEnd: [Substring: [String]] = [:]

  private static func end(of number: String) -> Substring { number.suffix(5) }

  /// - Parameter numbers: those of contacts that are wanted or managed.
  package init(_ dialPlans: DialPlans?, _ numbers: Set<String>) {
    self.dialPlans = dialPlans
    self.numbers = numbers
    for number in numbers.sorted() { byEnd[Self.end(of: number), default: []].append(number) }
  }

  /// The numbers that are the same as another text; none if the text is one of them.
  package func others(than text: String) -> [String] {
    guard let dialPlans, !numbers.contains(text), let near = byEnd[Self.end(of: text)] else { return [] }
    let meant = dialPlans.phoneNumbers(of: text)
    return near.filter { !dialPlans.phoneNumbers(of: $0).isDisjoint(with: meant) }
  }
}

extension LedgerState {
  /// Adds what the PBX's foreign contacts mean in another form: an addition of the same number would make a second contact.
  mutating func addForms(ofForeignContactsIn wanted: [WantedObject], _ dialPlans: DialPlans?) {
    let foreign = knownForeign.filter { $0.key.kind == .contact }
    let numbers = Set(wanted.map(\.item.key).filter { $0.kind == .contact }.map(\.number))
    if foreign.isEmpty || numbers.isEmpty { return }
    let forms = ContactForms(dialPlans, numbers)
    let managed = Set(objects.map(\.key))
    let known = Set(foreign.map(\.key))
    for contact in foreign where !managed.contains(contact.key) {
      for number in forms.others(than: contact.key.number) {
        let key = ObjectKey(.contact, number)
        if managed.contains(key), !known.contains(key) { continue }
        knownForeign.removeAll { $0.key == key }
        knownForeign.append(KnownForeign(key, since: contact.since, form: contact.key.number))
      }
    }
  }
}
