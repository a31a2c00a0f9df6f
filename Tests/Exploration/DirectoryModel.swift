package import Domain

/// The directory: its entries, the admin's search settings, and an earlier state that a lagging server still shows.
package struct DirectoryModel: Hashable {
  /// One entry of the directory.
  package struct Person: Hashable {
    package var isDisabled = false
    /// The extension number that it shows; nil if it shows none.
    package var number: String?
    /// Which of its names it has.
    package var name = 0
    /// Its phone number as a contact; nil if the contacts' source doesn't select it.
    package var contact: String?
  }

  /// The entries `a` and `b`; nil if absent.
  package var people: [Person?] = [nil, nil]
  /// The search settings: 0 selects everybody, 1 and 2 hide the first and the second entry.
  package var search = 0
  /// The people before the last edit, as a server shows them that lags behind.
  package var earlier: [Person?] = [nil, nil]

  package static let entries = [EntryID("a"), EntryID("b")]

  package static func dn(_ index: Int) -> String { "uid=\(entries[index]),dc=example,dc=com" }

  /// The extension that an entry wants. The first entry has a mail address. The name with index 2 is one that the PBX refuses.
  package static func user(_ index: Int, _ person: Person) -> Extension? {
    person.number.map { number in
      Extension(
        number: number, firstName: name(index, person), lastName: "L", email: index == 0 ? "a@example.com" : "")
    }
  }

  package static func contact(_ index: Int, _ person: Person) -> Contact? {
    person.contact.map { Contact(number: $0, firstName: name(index, person), lastName: "L") }
  }

  private static func name(_ index: Int, _ person: Person) -> String {
    person.name == 2 ? PBXModel.refusedName : "\(entries[index])\(person.name)"
  }

  /// Whether the search settings select an entry.
  package func selects(_ index: Int) -> Bool { search != index + 1 }
}

/// A read of the directory.
package enum ReadKind: Hashable {
  case complete
  /// The read misses an entry, and is reported as incomplete.
  case incomplete(missing: Int)
  /// A server that lags behind answers completely, with the people before the last edit.
  case lagging

  package var isComplete: Bool { if case .incomplete = self { false } else { true } }
}

extension DirectoryModel {
  /// The result of a read (Directory/DirectoryRead.swift), as a plan gets it.
  ///
  /// - Parameters:
  ///   - kinds: the kinds of objects that sources map.
  ///   - known: the search settings of the last complete read.
  package func read(_ read: ReadKind, _ kinds: Set<ObjectKind>, since known: Int?) -> ReadResult {
    var result = ReadResult()
    if case .incomplete = read { result.markIncomplete(because: "a page was lost") }
    if let known, known != search {
      result.searchChanges = kinds.sorted().map {
        SearchChange(
          id: "\(known) to \(search) of \($0.rawValue)", "the filter has changed", of: $0, at: LedgerModel.now)
      }
    }
    for (index, person) in (read == .lagging ? earlier : people).enumerated() where selects(index) {
      guard let person, read != .incomplete(missing: index) else { continue }
      for kind in kinds { result.add(index, person, kind) }
    }
    return result
  }
}

extension ReadResult {
  fileprivate mutating func add(_ index: Int, _ person: DirectoryModel.Person, _ kind: ObjectKind) {
    let (entry, dn) = (DirectoryModel.entries[index], DirectoryModel.dn(index))
    let item: PBXObject?
    switch kind {
    case .extension: item = DirectoryModel.user(index, person).map { .extension($0) }
    case .contact:
      item = DirectoryModel.contact(index, person).map { .contact($0) }
      if item == nil { return }
    }
    if person.isDisabled { return record(.disabled, of: entry, as: kind, dn: dn) }
    guard let item else { return record(.withoutNumber, of: entry, as: kind, dn: dn) }
    wanted.append(WantedObject(item, entry: entry, dn: dn))
    record(.mapped, of: entry, as: kind, dn: dn)
  }
}
