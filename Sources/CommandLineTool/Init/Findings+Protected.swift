import Domain
import LDAP

extension Findings {
  /// An extension number of a lift, a door, a fax machine, a room, the switchboard or a service account.
  struct ProtectedNumber: Hashable, Sendable {
    let number: String
    let dn: String
    let attribute: String
  }

  /// The extension numbers that somebody or something else has: entries that are no people, those that the filter leaves out, places
  /// of accounts, and fax numbers. Nobody's own number is among them.
  func protectedNumbers(_ numbers: SurveyedNumbers, _ dialPlans: SurveyedDialPlans) -> [ProtectedNumber] {
    guard let number else { return [] }
    let ranges = number.ranges.compactMap { NumberRange($0) }
    let own = Set(users.map(\.number))
    let accounts = Set(places.filter { $0.kind == .accounts }.map(\.dn))
    let desk = survey.numberAttributes
    let fax = DirectorySample.faxAttributes
    var found: [String: ProtectedNumber] = [:]
    func add(_ entry: Entry, _ attributes: [String]) {
      for attribute in attributes {
        for text in entry.values(attribute).compactMap(\.text) {
          var extensions = dialPlans.extensions(in: text)
          if let number = dialPlans.internalNumber(in: text) { extensions.insert(number) }
          for it in extensions where !own.contains(it) && found[it] == nil {
            if number.way != .ddi, !ranges.contains(where: { $0.contains(it) }) { continue }
            found[it] = ProtectedNumber(number: it, dn: entry.dn, attribute: attribute)
          }
        }
      }
    }
    for entry in survey.others { add(entry, desk + fax) }
    for entry in strangers { add(entry, desk + fax) }
    for person in people {
      if accounts.contains(person.place) { add(person.entry, desk) }
      if numbers.isEmployee(person) { add(person.entry, fax) }
    }
    return found.values.sorted { ($0.number.utf8.count, $0.number) < ($1.number.utf8.count, $1.number) }
  }

  /// The protected numbers as ranges.
  var protectedRanges: [String] {
    var ranges: [(first: String, last: String)] = []
    for it in protected {
      if let last = ranges.last?.last, last.utf8.count == it.number.utf8.count, let value = Int(last),
        value + 1 == Int(it.number)
      {
        ranges[ranges.count - 1].last = it.number
      } else {
        ranges.append((it.number, it.number))
      }
    }
    return ranges.map { $0.first == $0.last ? $0.first : "\($0.first)-\($0.last)" }
  }

  /// Which entry has which protected number, as sentences.
  var protectedEvidence: [String] {
    let shown = protected.prefix(20).map { "\($0.number): \($0.attribute) of \($0.dn)" }
    return protected.count > shown.count ? shown + ["... and \(protected.count - shown.count) more."] : Array(shown)
  }
}
