import Domain
import LDAP

extension Findings {
  /// An extension number of a lift, a door, a fax machine, a room, the switchboard or a service account.
  struct ProtectedNumber: Hashable, Sendable {
    let number: String
    let dn: String
    let attribute: String
    /// A person who has it too; nil without one.
    var sharedBy: String?
  }

  /// The extension numbers that somebody or something else has: entries that are no people, those that the filter leaves out or that are
  /// excluded, places of accounts, and fax numbers. A person's own number is among them only if an excluded entry has it too: whose it
  /// is on the PBX isn't known.
  func protectedNumbers(_ numbers: SurveyedNumbers, _ dialPlans: SurveyedDialPlans) -> [ProtectedNumber] {
    guard let number else { return [] }
    let ranges = number.ranges.compactMap { NumberRange($0) }
    let own = Dictionary(users.map { ($0.number, $0.person.entry.dn) }) { first, _ in first }
    let accounts = Set(places.filter { $0.kind == .accounts }.map(\.dn))
    let homes = Set(places.filter { $0.kind == .people }.map(\.dn))
    let desk = survey.numberAttributes
    let fax = DirectorySample.faxAttributes
    var found: [String: ProtectedNumber] = [:]
    func add(_ entry: Entry, _ attributes: [String], mayBeShared: Bool = false) {
      for attribute in attributes {
        for text in entry.values(attribute).compactMap(\.text) {
          var extensions = dialPlans.extensions(in: text)
          if let number = dialPlans.internalNumber(in: text) { extensions.insert(number) }
          for it in extensions where (mayBeShared || own[it] == nil) && found[it] == nil {
            if number.way != .ddi, !ranges.contains(where: { $0.contains(it) }) { continue }
            found[it] = ProtectedNumber(number: it, dn: entry.dn, attribute: attribute, sharedBy: own[it])
          }
        }
      }
    }
    for entry in survey.others { add(entry, desk + fax) }
    for entry in strangers { add(entry, desk + fax, mayBeShared: true) }
    for person in people {
      let isSelected =
        number.attributes.contains(where: person.has)
        && (!numbers.requiresGivenName || person.entry.first("givenName") != nil)
      if accounts.contains(person.place) || homes.contains(person.place) && !isSelected { add(person.entry, desk) }
      if numbers.isEmployee(person) { add(person.entry, fax) }
    }
    return found.values.sorted { ($0.number.utf8.count, $0.number) < ($1.number.utf8.count, $1.number) }
  }

  /// The protected numbers as ranges.
  var protectedRanges: [String] { protected.map(\.number).inRanges }

  /// Which entry has which protected number, as sentences.
  var protectedEvidence: [String] {
    let shared = protected.filter { $0.sharedBy != nil }
    let shown = (shared + protected.filter { $0.sharedBy == nil }).prefix(20).map { it in
      "\(it.number): \(it.attribute) of \(it.dn)"
        + (it.sharedBy.map { ". \($0) has it too, and gets no extension until you know whose it is" } ?? "")
    }
    return protected.count > shown.count ? shown + ["... and \(protected.count - shown.count) more."] : Array(shown)
  }
}
