import Domain
import LDAP
import Mapping

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
          // Most are written in full, and mean no more than they make.
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

/// Whether a text is digits alone, with the blanks and hyphens that people put between them.
private func isPlainNumber(_ text: String) -> Bool {
  text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || "+ -".utf8.contains($0) }
}
