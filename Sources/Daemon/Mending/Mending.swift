import Domain
import LDAP
import Mapping

/// Finds the change in the directory that would mend an entry. Each is tried on the entry with the source's own
/// templates first: what doesn't map to what it should isn't proposed.
struct Mending {
  let source: Source
  let entry: Entry
  let id: EntryID
  let now: Seconds
  /// Entries that are as they should be, to write numbers as they do.
  let models: [Entry]

  /// What its templates make of it as it is.
  var numbers: [String] {
    source.fields.filter { $0.key.contains(".number") }.flatMap {
      $0.trial(of: entry, rules: source.numbering.rules(for: entry)).values.map(\.text)
    }
  }

  /// Gives the entry a number that is free.
  ///
  /// - Parameter pool: where it must come from; nil for anywhere.
  func renumbering(
    from wanted: String?, in pool: NumberPool? = nil, _ free: inout FreeNumbers
  ) -> Modification? {
    var found: Modification?
    _ = free.take(in: pool?.ranges) { number in
      found = numberAttributes.lazy.compactMap { renumbering(to: number, from: wanted, in: $0) }.first
      return found != nil
    }
    return found
  }

  /// Takes away the value that a contact's number comes from.
  func removing(number: String) -> Modification? {
    for attribute in numberAttributes {
      for value in entry.values(attribute).compactMap(\.text) {
        let modification = Modification(dn: entry.dn, attribute: attribute, change: .delete(value))
        let numbers = numbers(after: modification)
        if let numbers, !numbers.isEmpty, !numbers.contains(number) { return modification }
      }
    }
    return nil
  }

  /// Puts another entry's writing of a phone number in the place of this one's, so that both are seen to be one.
  func rewriting(_ claim: Survey.Claim, as other: Survey.Claim) -> Modification? {
    let modification = Modification(
      dn: entry.dn, attribute: claim.value.attribute, change: .replace(claim.value.value, with: other.value.value))
    return numbers(after: modification)?.contains(other.value.text) == true ? modification : nil
  }

  /// Leaves an attribute the value that is taken.
  func settling(_ ambiguity: Survey.Ambiguity) -> [Modification] {
    ambiguity.others.map { Modification(dn: entry.dn, attribute: $0.attribute, change: .delete($0.value)) }
  }

  /// Mends one value that can't be mapped.
  func mending(_ problem: Problem, _ free: inout FreeNumbers) -> Modification? {
    if source.kind == .extension, numberAttributes.contains(problem.attribute),
      let modification = renumbering(from: nil, &free)
    {
      return modification
    }
    let bad =
      entry.values(problem.attribute).compactMap(\.text).first { $0 == problem.value } ?? smallest(problem.attribute)
    let name = firstNamingValue(ofDN: entry.dn)
    let candidates: [Modification.Change] =
      if let bad { [.delete(bad), .replace(bad, with: name)] } else { [.add(name)] }
    return candidates.lazy.map { Modification(dn: entry.dn, attribute: problem.attribute, change: $0) }
      .first { mends(problem, $0) }
  }

  private var numberAttributes: [String] {
    source.fields.filter { $0.key.contains(".number") }.flatMap { $0.template.attributes.sorted() }
  }

  private func renumbering(to number: String, from wanted: String?, in attribute: String) -> Modification? {
    let old = smallest(attribute)
    let patterns = [old].compactMap(\.self) + models.compactMap { $0.first(attribute)?.text }
    let outside = source.numbering.rules(for: entry).number(reaching: number)
    for value in patterns.compactMap({ replacingLastDigits(of: $0, by: number) }) + [outside ?? number] {
      let modification = Modification(
        dn: entry.dn, attribute: attribute, change: old.map { .replace($0, with: value) } ?? .add(value))
      if value != old, numbers(after: modification) == [number] { return modification }
    }
    return nil
  }

  /// The numbers that the entry would have; nil where anything would be wrong with it.
  private func numbers(after modification: Modification) -> [String]? {
    guard case .wanted(let wanted, let problems) = source.map(entry.after(modification), id, now),
      problems.allSatisfy({ $0.keptField != nil })
    else { return nil }
    return wanted.map(\.item.number)
  }

  private func mends(_ problem: Problem, _ modification: Modification) -> Bool {
    if problem.attribute.isEmpty { return false }
    switch source.map(entry.after(modification), id, now) {
    case .wanted(_, let problems), .unmappable(let problems):
      return !problems.contains { $0.attribute == problem.attribute }
    case .numberless: return true
    case .disabled: return false
    }
  }

  /// The value that templates take where nothing else decides: the bytewise smallest.
  private func smallest(_ attribute: String) -> String? {
    entry.values(attribute).min { $0.bytes.lexicographicallyPrecedes($1.bytes) }?.text
  }
}

extension Entry {
  fileprivate func after(_ modification: Modification) -> Entry {
    let values = values(modification.attribute)
    switch modification.change {
    case .add(let new): return with(modification.attribute, values + [Value(new)])
    case .delete(let old): return with(modification.attribute, values.filter { $0 != Value(old) })
    case .replace(let old, let new):
      return with(modification.attribute, values.filter { $0 != Value(old) } + [Value(new)])
    }
  }
}

/// `+49 30 9018 1001` by `1005` gives `+49 30 9018 1005`; nil where there are fewer digits.
func replacingLastDigits(of text: String, by number: String) -> String? {
  var characters = Array(text)
  var rest = Array(number)
  for index in characters.indices.reversed() where characters[index].isWholeNumber {
    guard let digit = rest.popLast() else { break }
    characters[index] = digit
  }
  return rest.isEmpty ? String(characters) : nil
}
