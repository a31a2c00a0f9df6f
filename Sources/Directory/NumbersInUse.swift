package import Domain
import LDAP
import Mapping

/// The entries with a claim on extension numbers and phone numbers.
package struct NumbersInUse: Sendable {
  /// The entries with a claim on a number, in the order of their addition.
  private struct Claim {
    var entries: [EntryID] = []
    /// Whether no entry may have it.
    var isClosed = false
  }

  private var claims: [String: Claim] = [:]

  package init() {}

  /// All numbers on which there is a claim.
  package var numbers: some Collection<String> { claims.keys }

  /// Adds a claim.
  ///
  /// - Parameter entry: nil if no entry may have the number.
  package mutating func add(_ number: String, of entry: EntryID?) {
    guard let entry, !entry.text.isEmpty else {
      claims[number, default: Claim()].isClosed = true
      return
    }
    if claims[number]?.entries.contains(entry) != true { claims[number, default: Claim()].entries.append(entry) }
  }

  /// The entries with a claim on it.
  package func owners(of number: String) -> [EntryID] { claims[number]?.entries ?? [] }

  /// Whether no other entry has a claim on it.
  package func isFree(_ number: String, for entry: EntryID) -> Bool {
    claims[number].map { !$0.isClosed && $0.entries == [entry] } ?? true
  }
}

extension Source {
  /// Every number that a value of the entry makes or may mean, of the PBX and of the network.
  func numbersMeant(by entry: borrowing Entry) -> Set<String> {
    let (dialPlan, dn) = (dialPlans.dialPlan(for: entry), entry.dn)
    var numbers: Set<String> = []
    for setting in fields where setting.field == .number {
      for attribute in setting.template.attributes {
        for value in entry.values(attribute).compactMap(\.text) {
          func texts(_ value: String) -> [String] {
            let lone = Entry(dn: dn, attributes: [(attribute, [AttributeValue(value)])])
            return setting.trial(of: lone, dialPlan: dialPlan).values.map(\.text)
          }
          if kind == .contact {
            dialPlan.extensionNumber(in: value).map { _ = numbers.insert($0) }
            dialPlan.meantNumber(in: value).map { _ = numbers.insert($0.e164) }
            continue
          }
          var found = texts(value)
          // Most numbers are written in full, and mean only that number.
          if let number = found.first, let outside = dialPlan.number(reaching: number), isPlainNumber(value) {
            numbers.formUnion([number, outside])
            continue
          }
          if let meant = dialPlan.meantNumber(in: value) {
            numbers.insert(meant.e164)
            found += texts(meant.e164)
          }
          // Behind a first number a second one may be written by its last digits.
          let runs = digitRuns(in: value).filter { $0.utf8.count <= 9 }
          let tails = runs.flatMap { run in
            found.filter { $0.utf8.count > run.utf8.count }.map { String($0.dropLast(run.utf8.count)) + run }
          }
          numbers.formUnion(found)
          numbers.formUnion(runs)
          numbers.formUnion(tails)
          numbers.formUnion(dialPlan.extensionsMeant(by: value))
        }
      }
    }
    return numbers
  }
}

/// Whether a text has only digits, blanks and hyphens, perhaps with a plus sign.
private func isPlainNumber(_ text: String) -> Bool {
  text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+ -".utf8.contains($0) }
}
