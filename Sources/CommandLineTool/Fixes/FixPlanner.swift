import Directory
import Domain
import LDAP
import Mapping
import Sync

/// A change in the directory that solves conflicts of an entry, and creates none.
struct FixProposal: Hashable, Sendable {
  let modification: LDIFModification
  /// One sentence for each of its steps.
  let remarks: [String]
  /// The conflicts that it solves.
  let solved: Set<FindingKey>

  /// One record, with its steps as comments before it.
  var ldif: String { paragraph(remarks.map { "# \($0)" }) + modification.ldif }

  /// The same, all of it in comments.
  ///
  /// - Parameter isUndecided: whether it gives another number to one of two entries with the same.
  func example(isUndecided: Bool = false) -> String {
    let lines = modification.ldif.split(separator: "\n").map { "#   \($0)\n" }
    let check = isUndecided ? ["Check first which of the two is to have the number."] : []
    return paragraph((["Not certain, only an example:"] + check + remarks).map { "# \($0)" }) + lines.joined()
  }
}

/// Finds the fix of an entry. Only certain fixes are proposed: the present digits result in a number that no other entry claims,
/// a mobile phone's number moves to its attribute, and only an entry without a usable number gets another.
struct FixPlanner {
  typealias Step = EntryDraft.Step

  /// The conflicts of an entry.
  struct Request {
    var listed: Set<FindingKey> = []
    /// Whether its number stays: a conflict that the directory can't solve blocks it, or nothing shows which of two entries is to have it.
    var keepsNumber = false
    /// The values of a contact that are the same number, each with the one that stays.
    var doubles: [(FieldValue, FieldValue)] = []
    var writing: DirectoryWrite?
  }

  let context: FixContext
  let request: Request
  /// Whether free numbers are known, also those of the PBX.
  let mayAllocate: Bool
  /// Whether a value may lose digits that are probably a number too, and a number may be of another site's block, or one that an entry
  /// that has left still has or shows: such a fix isn't certain.
  var mayGuess = false

  private struct Candidate {
    var steps: [(step: Step, remark: String)] = []
    var draft: EntryDraft
    var outcome: FixContext.Outcome

    mutating func add(_ steps: [(step: Step, remark: String)]) {
      self.steps += steps
      draft = draft.applying(steps.map(\.step))
    }
  }

  /// nil if no fix is certain.
  func proposal(_ free: inout FreeNumbers) -> FixProposal? {
    guard let before = context.outcome(of: context.entry) else { return nil }
    var candidate = Candidate(draft: EntryDraft(context.entry), outcome: before)
    var solved: Set<FindingKey> = []
    if let writing = request.writing, context.entry.values(writing.attribute).isEmpty,
      mayGuess || !context.isOfLeaver(writing.number)
    {
      candidate.add([
        (.add(attribute: writing.attribute, new: writing.value), "Writes the number \(writing.number) back.")
      ])
      solved.insert(.unwritten)
    }
    let corrections = corrections()
    for steps in [corrections] + corrections.map({ [$0] }) + doubles().map({ [$0] }) where !steps.isEmpty {
      if let better = attempt(steps, on: candidate, from: before, free) { candidate = better }
    }
    if let numbered = numbered(candidate, corrections, from: before, free) { candidate = numbered }
    if let number = candidate.outcome.number, number != before.number { free.reserve(number, for: context.id) }
    guard let modification = candidate.draft.modification else { return nil }
    solved.formUnion(before.findings.subtracting(candidate.outcome.findings))
    if request.listed.contains(.number), candidate.outcome.number != before.number { solved.insert(.number) }
    return FixProposal(modification: modification, remarks: candidate.steps.map(\.remark), solved: solved)
  }

  // MARK: - Judging

  /// The candidate with more steps, if it solves listed conflicts, creates none, and changes no other entry's number.
  private func attempt(
    _ steps: [(step: Step, remark: String)], on candidate: Candidate, from before: FixContext.Outcome,
    _ free: FreeNumbers, number: String? = nil
  ) -> Candidate? {
    var better = candidate
    better.add(steps)
    guard better.draft.modification != nil, let outcome = context.outcome(of: better.draft.entry) else { return nil }
    better.outcome = outcome
    if outcome.contacts < candidate.outcome.contacts { return nil }
    if !outcome.findings.isSubset(of: candidate.outcome.findings) { return nil }
    let isRenumbered = outcome.number != before.number
    let gone = candidate.outcome.findings.subtracting(outcome.findings)
    let solvesNumber = request.listed.contains(.number) && isRenumbered && candidate.outcome.number == before.number
    if gone.isDisjoint(with: request.listed) && !solvesNumber { return nil }
    if isRenumbered, !mayHave(outcome.number, before, better.draft.entry, free) { return nil }
    if let number, outcome.number != number { return nil }
    return better
  }

  /// Whether the entry may have another number than before. If it looks like one that has left, another number than that one's would be
  /// a person's second.
  private func mayHave(
    _ number: String?, _ before: FixContext.Outcome, _ entry: Entry, _ free: FreeNumbers
  ) -> Bool {
    guard let number, mayRenumber(before) else { return false }
    let present = context.presentNumbers
    if present.isEmpty, let predecessor = context.predecessor(of: entry) {
      return mayGuess && number == predecessor.object.key.number
    }
    if !mayGuess, context.isOfLeaver(before.number) || context.isOfLeaver(number) { return false }
    return present.isEmpty ? free.isFree(number, for: context.id) : present.contains(number)
  }

  /// Whether it has no usable number.
  private func mayRenumber(_ before: FixContext.Outcome) -> Bool {
    !request.keepsNumber && (before.number == nil || request.listed.contains(.number))
  }

  // MARK: - The present digits

  /// The certain fix of each invalid value.
  private func corrections() -> [(step: Step, remark: String)] {
    guard let users = context.users, let setting = users.numberSetting else { return [] }
    let dialPlan = users.dialPlans.dialPlan(for: context.entry)
    return setting.template.attributes.sorted().flatMap { attribute in
      context.entry.values(attribute).compactMap(\.text).compactMap { value -> (step: Step, remark: String)? in
        guard let meant = dialPlan.meantNumber(in: value) else { return nil }
        if meant.isMobile {
          return attribute.lowercased() == "telephonenumber" ? move(value, meant, from: attribute) : nil
        }
        if isUsable(value, of: attribute, users, dialPlan) { return nil }
        if !mayGuess, meant.rest.contains(where: \.isNumber) { return nil }
        guard let new = written(meant, dialPlan), new != value else { return nil }
        let rest = meant.rest.isEmpty ? "" : ", without \"\(meant.rest)\""
        return (
          .rewrite(attribute: attribute, old: value, new: new), "Writes \"\(value)\" as \"\(new)\"\(rest)."
        )
      }
    }
  }

  private func move(_ value: String, _ meant: MeantNumber, from attribute: String) -> (step: Step, remark: String)? {
    let target = "mobile"
    let numbers = context.entry.values(target).compactMap(\.text).map { value in
      context.users?.dialPlans.dialPlan(for: context.entry).phoneNumber(in: value)
    }
    // The attribute may allow only one value.
    guard numbers.allSatisfy({ $0 == meant.e164 }), !numbers.isEmpty || context.allowed.contains(target) else {
      return nil
    }
    let new = meant.rest.isEmpty ? meant.text : meant.e164
    if !meant.rest.isEmpty { return nil }
    return (
      .move(attribute: attribute, old: value, target: target, new: numbers.isEmpty ? new : existing(target)),
      "Moves the mobile number \"\(value)\" from \(attribute) to \(target)."
    )
  }

  private func existing(_ attribute: String) -> String { context.entry.first(attribute)?.text ?? "" }

  /// Whether every field made from the attribute accepts the value.
  private func isUsable(_ value: String, of attribute: String, _ users: Source, _ dialPlan: DialPlan) -> Bool {
    let lone = Entry(dn: context.entry.dn, attributes: [(attribute, [AttributeValue(value)])])
    return users.fields.filter { $0.field == .number || $0.field == .callerID }.allSatisfy { setting in
      let names = setting.template.attributes.map { $0.lowercased() }
      if !names.contains(attribute.lowercased()) { return true }
      let trial = setting.trial(of: lone, dialPlan: dialPlan)
      return trial.values.first.map { $0.cut != .elsewhere } ?? false
    }
  }

  /// The number in the format of its value, of similar entries, or plain.
  private func written(_ meant: MeantNumber, _ dialPlan: DialPlan) -> String? {
    let like = context.model.flatMap { model in
      replacingLastDigits(of: model.value, by: String(meant.e164.suffix(model.number.utf8.count)))
    }
    return [meant.text == meant.e164 ? nil : meant.text, like, meant.e164].compactMap(\.self)
      .first { dialPlan.phoneNumber(in: $0) == meant.e164 }
  }

  private func doubles() -> [(step: Step, remark: String)] {
    request.doubles.map { value, keeper in
      (
        .rewrite(attribute: value.attribute, old: value.value, new: keeper.value),
        "Writes \"\(value.value)\" as \"\(keeper.value)\", which is the same number."
      )
    }
  }

  // MARK: - Another number

  /// The candidate with the lowest free number, if the entry has no usable one.
  private func numbered(
    _ candidate: Candidate, _ corrections: [(step: Step, remark: String)], from before: FixContext.Outcome,
    _ free: FreeNumbers
  ) -> Candidate? {
    guard mayAllocate, mayRenumber(before), candidate.outcome.number == before.number, context.presentNumbers.isEmpty,
      let users = context.users, let setting = users.numberSetting
    else { return nil }
    let moves = corrections.filter { if case .move = $0.step { true } else { false } }
    let isMoved = candidate.steps.contains { if case .move = $0.step { true } else { false } }
    // If the only number is a mobile phone's, both steps are made at once.
    let added = isMoved ? [] : moves
    var start = candidate
    start.add(added)
    let dialPlan = users.dialPlans.dialPlan(for: context.entry)
    guard let (attribute, old) = place(for: setting, in: start.draft.entry, before.number, dialPlan) else { return nil }
    let blocks = blocks(for: old == nil ? nil : before.number, dialPlan)
    func step(to number: String) -> Step? {
      guard let new = value(for: number, inPlaceOf: old, before.number, dialPlan) else { return nil }
      return old.map { .rewrite(attribute: attribute, old: $0, new: new) } ?? .add(attribute: attribute, new: new)
    }
    var found: Candidate?
    _ = free.lowest(in: blocks) { number in
      if users.dialPlans.isOfOtherSite(number, than: dialPlan) { return false }
      guard let step = step(to: number) else { return false }
      if let predecessor = context.predecessor(of: start.draft.applying([step]).entry) {
        found = restored(predecessor, step(to:))
        return true
      }
      let remark =
        "Gives the entry the number \(number), the lowest free one as far as the directory shows"
        + (old.map { ", in place of \"\($0)\"." } ?? ".")
      found = attempt(added + [(step, remark)], on: candidate, from: before, free, number: number)
      return found != nil
    }
    return found

    /// The candidate with the number of an entry that has left and looks like this one; only as an example.
    func restored(_ predecessor: FixContext.Leavers.Holder, _ step: (String) -> Step?) -> Candidate? {
      let number = predecessor.object.key.number
      guard mayGuess, let step = step(number) else { return nil }
      let remark =
        "Restore the entry's number, probably \(number): it looks like \(predecessor.text). Another number would be a second extension."
      return attempt(added + [(step, remark)], on: candidate, from: before, free, number: number)
    }
  }

  /// The extensions of the blocks with the same first digits as the entry's present number, or else as the numbers right beside it;
  /// nil without blocks, empty if neither tells which of several it is.
  private func blocks(for present: String?, _ dialPlan: DialPlan) -> [NumberRange]? {
    let stems: [[NumberRange]] = Array(dialPlan.ddiBlocks.extensionsByStem.values)
    if stems.isEmpty { return nil }
    func having(_ numbers: Set<String>) -> [[NumberRange]] {
      stems.filter { ranges in numbers.contains { number in ranges.contains { $0.contains(number) } } }
    }
    let own = having(Set([present].compactMap(\.self)))
    let near = own.isEmpty ? having(context.neighbours) : own
    let found = near.isEmpty ? stems : near
    return found.count == 1 || mayGuess ? found.flatMap(\.self) : []
  }

  /// The attribute for the number, and the value that it replaces; nil if another meaningful value is there.
  private func place(
    for setting: SourceField, in entry: Entry, _ number: String?, _ dialPlan: DialPlan
  ) -> (attribute: String, old: String?)? {
    let attributes = setting.template.attributes.sorted()
    let values = attributes.flatMap { name in entry.values(name).map { (attribute: name, text: $0.text) } }
    if values.isEmpty {
      guard let attribute = context.model?.attribute ?? (attributes.count == 1 ? attributes.first : nil),
        context.allowed.contains(attribute.lowercased()) || !context.entry.values(attribute).isEmpty,
        attributes.allSatisfy({ entry.languageValues($0).isEmpty })
      else { return nil }
      return (attribute, nil)
    }
    guard values.count == 1, let number, let old = values[0].text,
      setting.trial(of: entry, dialPlan: dialPlan).values.map(\.text) == [number]
    else { return nil }
    return (values[0].attribute, old)
  }

  /// The value for a number: in the format of the value that it replaces, or of similar entries. nil if it isn't known which phone
  /// number reaches the extension, or if the value is of another building.
  private func value(
    for number: String, inPlaceOf old: String?, _ present: String?, _ dialPlan: DialPlan
  ) -> String? {
    func beginning(_ value: String, _ number: String) -> String? {
      dialPlan.phoneNumber(in: value).flatMap { $0.hasSuffix(number) ? String($0.dropLast(number.utf8.count)) : nil }
    }
    let others = context.model.flatMap { $0.isOfSameSite || mayGuess ? beginning($0.value, $0.number) : nil }
    let own = old.flatMap { old in present.flatMap { beginning(old, $0) } }
    let target = dialPlan.number(reaching: number) ?? (others ?? own).map { $0 + number }
    if let old, let target {
      let isHere = own.map { target.hasPrefix($0) } ?? (dialPlan.extensionNumber(in: old) != nil)
      if !isHere { return nil }
    }
    guard let target else {
      // No phone number is made from it.
      let isPlain = (old ?? context.model?.value) == (old == nil ? context.model?.number : present)
      return isPlain ? number : nil
    }
    let digits = String(target.suffix(number.utf8.count))
    return [old, context.model?.value].compactMap(\.self).compactMap { replacingLastDigits(of: $0, by: digits) }
      .first { dialPlan.phoneNumber(in: $0) == target } ?? target
  }
}

/// `+49 30 9018 1001` with `1005` gives `+49 30 9018 1005`; nil if there are fewer digits.
func replacingLastDigits(of text: String, by number: String) -> String? {
  var characters = Array(text)
  var rest = Array(number)
  for index in characters.indices.reversed() where ("0"..."9").contains(characters[index]) {
    guard let digit = rest.popLast() else { break }
    characters[index] = digit
  }
  return rest.isEmpty ? String(characters) : nil
}
