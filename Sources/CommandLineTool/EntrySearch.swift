import Directory
import Domain
import LDAP
import Ledger
import Mapping
import Platform
import Sync
import Text

// Who is meant by a number, a DN, a uid, a mail address or an ID.

/// The one entry that an admin means, in the directory or, if it left, in the ledger.
struct EntryMatch {
  let dn: String
  /// nil if the directory doesn't show it.
  let id: EntryID?

  /// - Parameters:
  ///   - who: a number, a DN, a name, a uid, a mail address or an ID.
  ///   - ledger: knows the entries of the last read, and earlier values.
  /// - Throws: `RunError` if no entry is meant, or several are; `LDAPError`, `LedgerError`.
  init(_ who: String, _ setup: CompiledConfiguration, _ lookup: EntryLookup, _ ledger: Ledger) async throws {
    let words = setup.sources.first.map { [who] + $0.dialPlans.readings(of: who).subtracting([who]).sorted() } ?? [who]
    var search = Search(setup, lookup)
    for dn in try await lookup.names(of: words, with: [], in: Set(setup.bases)) { try await search.add(dn) }
    for (entry, dn) in try await ledger.entries(meantBy: who, words) { try await search.add(entry, dn) }
    if search.present.isEmpty {
      for known in try await ledger.knownEntries() where known.isKnown(as: who) {
        try await search.add(known.entry, known.dn)
      }
    }
    let matches = search.present.isEmpty ? search.gone : search.present
    guard let match = matches.first else {
      let people = try await ledger.state().objects.map { ($0.item.name, $0.dn) }
      let question = questionOfNearMiss(to: who, among: people)
      throw RunError(
        refusing:
          "nothing is known of \(who): no source has an entry with this number, DN, full name, uid, mail address "
          + "or ID",
        remedy: "\(question)check the spelling, or whether the entry is below a base of the configuration")
    }
    guard matches.count == 1 else {
      throw RunError(
        refusing: "\(who) may be several: " + matches.map(\.text).listed(to: 20, by: "; "),
        remedy: "name one of them by its DN or ID")
    }
    self = match
  }

  private init(dn: String, id: EntryID?) { (self.dn, self.id) = (dn, id) }

  private var text: String { dn + (id.map { " (\($0))" } ?? "") }

  /// The entries found so far, each once.
  private struct Search {
    private let setup: CompiledConfiguration
    private let lookup: EntryLookup
    private(set) var present: [EntryMatch] = []
    /// Those that the directory no longer shows.
    private(set) var gone: [EntryMatch] = []

    init(_ setup: CompiledConfiguration, _ lookup: EntryLookup) { (self.setup, self.lookup) = (setup, lookup) }

    /// Takes an entry of the directory.
    mutating func add(_ dn: String) async throws(LDAPError) {
      if present.contains(where: { DN($0.dn) == DN(dn) }) { return }
      guard let entry = try await lookup.read(dn, for: []) else { return }
      present.append(EntryMatch(dn: entry.dn, id: lookup.identity.id(of: entry).map(EntryID.init)))
    }

    /// Takes an entry of the ledger, which may have another DN by now.
    mutating func add(_ entry: EntryID, _ dn: String) async throws(LDAPError) {
      if (present + gone).contains(where: { $0.id == entry }) { return }
      if let dn = try await lookup.name(of: entry, setup) {
        try await add(dn)
      } else {
        gone.append(EntryMatch(dn: dn, id: entry))
      }
    }
  }
}

/// Asks whether the nearest DN or name was meant, at the beginning of a remedy; empty if none is near.
func questionOfNearMiss(to word: String, among people: [(name: String, dn: String)]) -> String {
  nearMiss(to: word, among: people).map { "did you mean \($0)? Otherwise " } ?? ""
}

/// The DN or name nearest to a word that nobody has.
func nearMiss(to word: String, among people: [(name: String, dn: String)]) -> String? {
  var names: [String: String] = [:]
  for (name, dn) in people {
    let parts = [name, DN(dn).namingValue] + name.split(separator: " ").map(String.init)
    for part in parts where part.count > 2 { names[part.lowercased()] = names[part.lowercased()] ?? dn }
  }
  let near = isNumber(word) ? nil : nearest(to: word.lowercased(), among: Array(names.keys))
  guard let near, let dn = names[near] else { return nil }
  return near == DN(dn).namingValue.lowercased() ? dn : "\(near) (\(dn))"
}

extension Ledger {
  /// The entries that have or want something now by which they may be meant, with their DNs.
  fileprivate func entries(
    meantBy who: String, _ words: [String]
  ) throws(LedgerError) -> [(entry: EntryID, dn: String)] {
    let (state, word, name) = (try state(), who.lowercased(), DN(who))
    var found = state.objects.filter {
      $0.item.mentions(who) || DN($0.dn) == name || DN($0.dn).namingValue.lowercased() == word
    }.map { ($0.entry, $0.dn) }
    found += state.allocations.filter { $0.number == who }.map { ($0.entry, $0.dn) }
    for number in words where isNumber(number) { found += try claimants(of: number).map { ($0.entry, $0.dn) } }
    // IDs of text syntax are compared without case, and stored in lower case.
    for id in Set([who, word]) { found += try rows(of: EntryID(id)).map { ($0.entry, $0.dn) } }
    return found
  }
}

extension PBXObject {
  func mentions(_ word: String) -> Bool {
    // A caller ID is sent without the plus sign.
    let bare = word.hasPrefix("+") ? String(word.dropFirst()) : word
    let small = word.lowercased()
    return fields.contains { $0.value.lowercased() == small || $0.value == bare } || name.lowercased() == small
  }
}

extension EntryLookup {
  /// The DNs of the matching entries, each once: known ones, those with the word in an identifying attribute, and the DN itself.
  ///
  /// - Parameter includesNames: whether a first name or a surname is enough, which several people may have.
  func names(
    of words: [String], with known: [String], in bases: Set<String>, includesNames: Bool = false
  ) async throws -> [String] {
    let who = words[0]
    // The directory compares telephone numbers without spaces and hyphens (telephoneNumberMatch, RFC 4517).
    let attributes = ["uid", "mail", "cn", "sAMAccountName", "userPrincipalName", "telephoneNumber", "mobile"]
    let others = includesNames ? ["givenName", "sn", "displayName"] : []
    let terms = (attributes + others).map { ($0, who) } + words.dropFirst().map { ("telephoneNumber", $0) }
    let filter = "(|" + terms.map { "(\($0)=\(filterText($1)))" }.joined() + ")"
    var names = known
    for base in bases.sorted() {
      let request = SearchRequest(base: base, scope: .sub, filter: filter, attributes: ["1.1"], pageSize: 0)
      names = try await connection.search(request, into: names) { names, entry in names.append(entry.dn) }.0
    }
    if who.contains("="), let entry = try await connection.read(who, attributes: ["1.1"]) { names.append(entry.dn) }
    var seen: Set<DN> = []
    return names.filter { seen.insert(DN($0)).inserted }
  }
}
