import Configuration
import Domain
import Platform
import Sync

/// Objects of the PBX that an admin names for adoption, checked: all of them, or the errors of the list.
struct AdoptionList: Sendable {
  private(set) var adoptions: [AllowedAdoption] = []
  /// One sentence for each error, with its position.
  private(set) var problems: [String] = []
  /// Numbers of a range or a table that need no adoption, or can't be adopted.
  private(set) var passedOver = 0
  /// Unproven objects of a range that the directory doesn't want.
  private(set) var unwanted: [ObjectKey] = []
  /// Extension numbers of a table outside the extension ranges: no entry ever gets one.
  private(set) var outOfRange: [String] = []
  /// Numbers that an admin named one by one.
  private(set) var named: [String] = []
  /// Extension numbers that are free on the PBX.
  private(set) var free: [String] = []

  /// Contacts whose number the PBX has in another form: managed from now on, and renumbered by the next run.
  private(set) var renumbered: [(object: ManagedObject, number: String)] = []
  /// Numbers of contacts in another form than a managed contact's, or than another one's of the table.
  private(set) var doubled: [(onPBX: String, number: String)] = []

  /// Objects of a table that share neither a name nor an address with the entry that would get them; they aren't among the adoptions.
  private(set) var strangers: [(key: ObjectKey, shown: String, wanted: WantedObject)] = []

  /// Numbers that an admin gave beside a table.
  private var words: Set<String> = []

  /// Those outside the extension ranges.
  private var contactsAtMost: [String] = []

  private let policy: NumberPolicy
  private let owned: Set<ObjectKey>
  private let unproven: Set<ObjectKey>
  private let known: Set<ObjectKey>

  /// - Parameters:
  ///   - owned: the managed objects.
  ///   - unproven: the unproven objects.
  ///   - foreign: the known foreign objects.
  init(_ policy: NumberPolicy, owned: Set<ObjectKey>, unproven: Set<ObjectKey> = [], foreign: Set<ObjectKey> = []) {
    self.policy = policy
    self.owned = owned
    self.unproven = unproven
    known = unproven.union(foreign)
  }

  init(_ policy: NumberPolicy, _ state: LedgerState) {
    let taken = state.refusals.filter { $0.answer.status == .taken }.map(\.item.key)
    let shown = state.adoptions.filter { $0.item != nil }.map(\.key)
    self.init(
      policy, owned: Set(state.managed.map(\.key)), unproven: Set(state.unproven.map(\.key)),
      foreign: Set(state.knownForeign.map(\.key) + taken + shown))
  }

  /// A number is adopted as its known kind, otherwise as the kind that the directory wants; a range stands for extensions, and for
  /// unproven contacts.
  mutating func add(word: String) {
    guard word.contains("-") else {
      if isNumber(word) { return add(number: word) }
      return problems.append("\(word) is neither a number nor a range such as 1000-1999")
    }
    guard let range = NumberRange(word), let first = Int(range.first), let last = Int(range.last),
      last - first < 100_000
    else { return problems.append("\(word) isn't a range such as 1000-1999, or it has more than 100,000 numbers") }
    for number in first...last {
      let key = ObjectKey(.extension, range.text(number))
      if owned.contains(key) || policy.isProtected(key.number) || policy.isOutOfRange(key) {
        passedOver += 1
      } else {
        adoptions.append(AllowedAdoption(key))
      }
    }
    let contacts = unproven.filter {
      $0.kind == .contact && range.contains($0.number) && !policy.isProtected($0.number)
    }
    adoptions += contacts.sorted().map { AllowedAdoption($0) }
  }

  private mutating func add(number: String) {
    let keys = ObjectKind.allCases.map { ObjectKey($0, number) }.filter { !owned.contains($0) }
    guard keys.count == ObjectKind.allCases.count else { return problems.append("\(number) is managed already") }
    if policy.isProtected(number) { return problems.append("\(number) is protected") }
    if policy.isOutOfRange(ObjectKey(.extension, number)) { contactsAtMost.append(number) }
    named.append(number)
    words.insert(number)
    let there = keys.filter(known.contains)
    adoptions += (there.isEmpty ? keys : there).filter { !policy.isOutOfRange($0) }.map { AllowedAdoption($0) }
  }

  /// Takes out contacts whose number is that of a wanted or managed contact in another form: they are adopted for the only entry that
  /// wants the number, if a table shows their values.
  ///
  /// - Parameters:
  ///   - wanted: the wanted contacts; nil if the directory couldn't be read.
  ///   - isThere: whether the PBX is known to have a contact with this number, by the table or the ledger.
  mutating func matchForms(
    _ forms: ContactForms, wanted: [WantedObject]?, isThere: (ObjectKey) -> Bool
  ) {
    let byNumber = Dictionary(grouping: wanted ?? [], by: \.item.number)
    for adoption in adoptions where adoption.key.kind == .contact {
      let text = adoption.key.number
      let numbers = forms.others(than: text)
      guard let number = numbers.first else {
        reportOtherForm(of: text, forms)
        continue
      }
      adoptions.removeAll { $0.key == adoption.key }
      contactsAtMost.removeAll { $0 == text }
      if numbers.contains(where: { isThere(ObjectKey(.contact, $0)) }) {
        doubled += numbers.map { (text, $0) }
        continue
      }
      let form = "\(text) is the directory's \(numbers.joined(separator: " or ")) in another form"
      let claims = byNumber[number] ?? []
      guard let item = adoption.item else {
        problems.append("\(form): give a table with all columns that shows it, \(pbxsyncd) adopt --csv FILE")
        continue
      }
      if renumbered.contains(where: { $0.number == number }) {
        problems.append("\(form), and so is another number of the table: remove one of the two on the PBX")
      } else if numbers.count == 1, claims.count == 1, let claim = claims.first {
        renumbered.append((ManagedObject(item, entry: claim.entry, dn: claim.dn, ownership: .adopted), number))
      } else {
        problems.append(
          "\(form), and "
            + (wanted == nil
              ? "the directory can't be read, so its entry is unknown"
              : claims.count > 1 || numbers.count > 1
                ? "several entries have it: change it on the PBX, or remove it there" : "no entry has it now"))
      }
    }
  }

  /// Reports a number that the PBX was seen to have only in another form.
  private mutating func reportOtherForm(of number: String, _ forms: ContactForms) {
    guard named.contains(number),
      let other = known.first(where: { $0.kind == .contact && forms.others(than: $0.number) == [number] })
    else { return }
    let key = ObjectKey(.contact, number)
    guard adoptions.first(where: { $0.key == key })?.item == nil else { return }
    adoptions.removeAll { $0.key == key }
    contactsAtMost.removeAll { $0 == number }
    problems.append(
      "the PBX has the contact \(number) as \(other.number): give a table with all columns that shows it, \(pbxsyncd) adopt --csv FILE"
    )
  }

  /// Reports numbers that were named one by one, are outside the extension ranges, and aren't a known contact's.
  ///
  /// - Parameter wanted: the wanted objects; nil if the directory couldn't be read.
  mutating func refuseOutOfRange(wanted: Set<ObjectKey>?) {
    for number in contactsAtMost {
      let contact = ObjectKey(.contact, number)
      let isWanted = known.contains(contact) || wanted.map { $0.contains(contact) } ?? true
      if isWanted, adoptions.contains(where: { $0.key == contact }) { continue }
      problems.append(
        "\(number) is outside [numbers] extension_ranges, so it can't be an extension, and no contact in the directory "
          + "has it")
    }
  }

  /// Keeps only the kind that the directory wants, for a number that stands for both kinds.
  mutating func restrict(toWanted: Set<ObjectKey>) {
    let both = Dictionary(grouping: adoptions.filter { named.contains($0.key.number) }, by: \.key.number)
      .filter { $0.value.count > 1 }
    let others = both.values.flatMap { adoptions in
      let keys = adoptions.map(\.key)
      return keys.contains(where: toWanted.contains) ? keys.filter { !toWanted.contains($0) } : []
    }
    adoptions.removeAll { others.contains($0.key) }
  }

  /// The free numbers under which the ledger has an unproven extension.
  var freeUnproven: [String] { free.filter { unproven.contains(ObjectKey(.extension, $0)) } }

  /// The extensions on it: the PBX may not have them, because a table may be of another day or of another PBX.
  var extensions: Set<ObjectKey> { Set(adoptions.filter { $0.key.kind == .extension }.map(\.key)) }

  /// Leaves out extensions that don't exist: one that is created under such a number later is foreign.
  mutating func exclude(free numbers: Set<String>) {
    let gone = Set(extensions.map(\.number)).intersection(numbers)
    // A number without a kind that no contact has stands for the extension.
    adoptions.removeAll {
      gone.contains($0.key.number)
        && ($0.key.kind == .extension || $0.item == nil && named.contains($0.key.number))
    }
    free = gone.map { ObjectKey(.extension, $0) }.sorted().map(\.number)
  }

  /// Numbers without values, but those that the PBX was seen to have.
  ///
  /// - Parameter taken: extensions that the PBX was seen to have.
  func unseen(but taken: Set<String>) -> [String] {
    let extensions = Set(adoptions.filter { $0.key.kind == .extension }.map(\.key.number))
    let keys = adoptions.filter { it in
      it.item == nil
        && (it.key.kind == .extension ? !taken.contains(it.key.number) : !extensions.contains(it.key.number))
    }
    return keys.map(\.key).sorted().map(\.number)
  }

  /// If a table has all columns of a kind, an object with the wanted values is adopted without an update.
  mutating func add(_ table: ExportTable) {
    problems += table.problems
    for row in table.rows {
      if policy.isOutOfRange(row.key) {
        outOfRange.append(row.key.number)
      } else if owned.contains(row.key) || policy.isProtected(row.key.number) {
        passedOver += 1
      } else {
        named.append(row.key.number)
        // The table says more of it.
        if words.contains(row.key.number) { adoptions.removeAll { $0.key == row.key } }
        adoptions.append(AllowedAdoption(row.key, item: row.item))
      }
    }
  }

  /// Leaves out the objects of a table that look like another person's, unless an admin named the number too.
  ///
  /// - Parameter wanted: what the directory wants. Nothing is known of a number that several entries want.
  mutating func excludeStrangers(of table: ExportTable, wanted: [WantedObject]) {
    let wanted = Dictionary(grouping: wanted, by: \.item.key)
    // Contacts in another form get the directory's.
    let numbers = Dictionary(renumbered.map { ($0.object.key, $0.number) }) { first, _ in first }
    let listed = Set(adoptions.map(\.key)).union(numbers.keys)
    for row in table.rows where listed.contains(row.key) && !words.contains(row.key.number) {
      let claims = wanted[ObjectKey(row.key.kind, numbers[row.key] ?? row.key.number)] ?? []
      guard claims.count == 1, !row.sharesName(with: claims[0].item) else { continue }
      strangers.append((row.key, row.shownText, claims[0]))
    }
    let keys = Set(strangers.map(\.key))
    adoptions.removeAll { keys.contains($0.key) }
    renumbered.removeAll { keys.contains($0.object.key) }
  }

  /// The strangers that nothing shows to be managed: from now on they are known to be foreign.
  var foreignStrangers: [ObjectKey] { strangers.map(\.key).filter { !unproven.contains($0) } }

  /// Reports unproven objects that the directory doesn't want. Those of a range are skipped.
  mutating func refuse(_ unwanted: Set<ObjectKey>) {
    for key in unwanted.sorted() {
      guard named.contains(key.number) else {
        self.unwanted.append(key)
        continue
      }
      problems.append(
        "no entry has the number of the unproven \(key): if it is a leaver's, remove it on the PBX; "
          + "then, or if it isn't: \(pbxsyncd) release \(key.number)")
    }
    adoptions.removeAll { unwanted.contains($0.key) }
  }
}

extension ExportTable.Row {
  /// What it shows of the person, as the table writes it.
  fileprivate var shownText: String {
    [.firstName, .lastName, .company, .email].compactMap(text).joined(separator: " ")
  }

  /// A value that isn't empty.
  private func text(_ field: ObjectField) -> String? { fields[field].flatMap { $0.isEmpty ? nil : $0 } }

  /// Whether a word of the names, the company or the address is also the object's. A row without any of these shows nobody.
  fileprivate func sharesName(with item: PBXObject) -> Bool {
    let own = Self.identifyingWords(text)
    let others = Self.identifyingWords { field in item.fields.first { $0.field == field }?.value }
    return own.isEmpty || !own.isDisjoint(with: others)
  }

  private static func identifyingWords(_ value: (ObjectField) -> String?) -> Set<String> {
    let names = [.firstName, .lastName].compactMap(value).flatMap { $0.split { !$0.isLetter && !$0.isNumber } }
    let others = [.company, .email].compactMap(value).filter { !$0.isEmpty }
    return Set(names.map { $0.lowercased() } + others.map { $0.lowercased() })
  }
}
