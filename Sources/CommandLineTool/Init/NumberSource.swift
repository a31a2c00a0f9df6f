import Mapping
import Text

/// The attributes that hold extensions, and how.
struct NumberSource: Hashable, Sendable {
  enum Way: Hashable, Sendable {
    /// By the phone numbers that reach them.
    case ddi
    /// As they are dialled inside.
    case digits
    /// Behind another number and a label, as in "+49 30 9018-0 ext. 1107".
    case behind
  }

  let way: Way
  /// The second one is for entries without the first.
  let attributes: [String]
  /// The lengths of internal numbers with their counts, unless by DDI.
  var lengths: [Int: Int] = [:]
  /// The ranges in which they lie, unless by DDI.
  var ranges: [String] = []

  /// The template of `extension.number`.
  var template: String {
    let filter =
      switch way {
      case .ddi: "extension"
      case .digits: "digits"
      case .behind: "match \"[[:alpha:]#][ .:#]*([0-9]{2,6})$\""
      }
    return "{\(attributes.joined(separator: " ?? ")) | \(filter)}"
  }

  /// Selects entries with a number.
  var filter: String {
    let parts = attributes.map { "(\($0)=*)" }.joined()
    return attributes.count == 1 ? parts : "(|\(parts))"
  }

  /// The extension by this source; nil if there is none.
  func `extension`(of person: SurveyedNumbers.Person, _ dialPlan: DialPlan) -> String? {
    guard let attribute = attributes.first(where: person.has) else { return nil }
    let values = person.values.filter { $0.attribute == attribute }
    switch way {
    case .ddi: return values.lazy.compactMap { dialPlan.extensionNumber(in: $0.text) }.first
    case .digits, .behind:
      return values.lazy.compactMap { value in
        (value.form.style == .internal) == (way == .digits)
          ? value.form.internalNumber.flatMap { isInRange($0) ? $0 : nil } : nil
      }.first
    }
  }

  private func isInRange(_ number: String) -> Bool { lengths[number.utf8.count] != nil }
}

extension NumberSource {
  /// The source by which most employees get an extension; nil if too few do.
  ///
  /// - Parameter dialPlan: a person's, with the DDI blocks.
  init?(
    of numbers: SurveyedNumbers, attributes: [String], hasBlocks: Bool,
    _ dialPlan: (SurveyedNumbers.Person) -> DialPlan?
  ) {
    let employees = numbers.people.filter(numbers.isEmployee)
    var ddi: [String: Set<Int>] = [:]
    var inside: [String: [Int: String]] = [:]
    var behind: [String: [Int: String]] = [:]
    for (index, person) in employees.enumerated() {
      for value in person.values where value.attribute != "mobile" {
        if hasBlocks, let plan = dialPlan(person), plan.extensionNumber(in: value.text) != nil {
          ddi[value.attribute, default: []].insert(index)
        }
        if value.form.style == .internal, let number = value.form.internalNumber {
          inside[value.attribute, default: [:]][index] = number
        } else if let number = value.form.internalNumber, (2...6).contains(number.utf8.count) {
          behind[value.attribute, default: [:]][index] = number
        }
      }
    }
    func best(_ counts: (String) -> Int) -> String? {
      // The first of equals: they are in the order of their usualness.
      attributes.reversed().max { counts($0) < counts($1) }.flatMap { counts($0) > 0 ? $0 : nil }
    }
    let least = min(3, employees.count)
    let outside = best { ddi[$0]?.count ?? 0 }
    let dialled = best { inside[$0]?.count ?? 0 }.flatMap { name in inside[name].map { (name, Way.digits, $0) } }
    let labelled = best { behind[$0]?.count ?? 0 }.flatMap { name in behind[name].map { (name, Way.behind, $0) } }
    let internalOnes = [dialled, labelled].compactMap(\.self).max { $0.2.count < $1.2.count }
    let count = outside.flatMap { ddi[$0]?.count } ?? 0
    if let outside, count * 10 >= (internalOnes?.2.count ?? 0) * 9 {
      let rest = Set(employees.indices.filter { !employees[$0].has(outside) })
      let second = best { $0 == outside ? 0 : ddi[$0]?.intersection(rest).count ?? 0 }
      let more = second.flatMap { ddi[$0]?.intersection(rest).count } ?? 0
      let isWorthIt = more * 100 >= count
      self.init(way: .ddi, attributes: [outside] + (isWorthIt ? [second].compactMap(\.self) : []))
    } else if let (name, way, found) = internalOnes, found.count >= least {
      let lengths = found.values.map(\.utf8.count).frequencies.filter { $0.value * 50 >= found.count }
      self.init(way: way, attributes: [name], lengths: lengths)
      ranges = lengths.keys.sorted().flatMap { length -> [String] in
        let own = Set(found.values.filter { $0.utf8.count == length }).sorted()
        return TrunkNumbers(trunk: Trunk(stem: "", digits: length, prefix: ""), suffixes: own)
          .likelyRanges(zeros: 9).map { "\($0.first)-\($0.last)" }
      }
    } else {
      return nil
    }
  }
}
