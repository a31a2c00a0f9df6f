import Domain
import LDAP
import Mapping

extension Source {
  /// Attributes that hold the numbers of desks, lifts, doors, fax machines and rooms in the usual schemas.
  package static let usualNumberAttributes = [
    "telephoneNumber", "ipPhone", "otherTelephone", "otherIpPhone", "facsimileTelephoneNumber",
    "otherFacsimileTelephoneNumber", "msRTCSIP-Line",
  ]

  /// The attributes of extension numbers.
  var numberAttributes: Set<String> { Set(fields.filter { $0.field == .number }.flatMap(\.template.attributes)) }
}

extension DirectoryRead {
  /// Reads the extension numbers of all other entries and attributes, wherever they are: those of lifts, doors, fax machines, rooms
  /// and the switchboard belong to no source, and are in use.
  ///
  /// What the bind identity may not read, or the server's limits cut off, is no error: `LintChecks.blindSpot` says it.
  mutating func addNumbersElsewhere(_ sources: [Source], _ context: ReadContext) async {
    let users = sources.filter { $0.kind == .extension }
    guard purpose == .lint, var checks = lintChecks, let dialPlans = users.first?.dialPlans else { return }
    let known = Set(users.flatMap(\.numberAttributes).map { $0.lowercased() })
    let usual = Set(Source.usualNumberAttributes).union(users.flatMap(\.numberAttributes)).sorted()
    let filter = "(|\(usual.map { "(\($0)=*)" }.joined()))"
    let endings = checks.endings
    do throws(LDAPError) {
      let contexts = try await context.connection.rootDSE().contextsOfPeople
      if contexts.isEmpty { checks.blindSpot = "the server shows no naming contexts" }
      for base in contexts {
        let request = SearchRequest(
          base: base, scope: .sub, filter: filter, attributes: usual + [context.identity.name],
          pageSize: context.pageSize)
        context.log(request)
        (checks, _) = try await context.connection.search(request, into: checks) { checks, entry in
          let dn = DN(entry.dn)
          let isRead = users.contains { $0.covers(dn) }
          let id = EntryID(context.identity.id(of: entry) ?? entry.dn)
          for attribute in usual where !isRead || !known.contains(attribute.lowercased()) {
            for value in entry.values(attribute).compactMap(\.text) {
              for number in dialPlans.extensions(in: value, endings) { checks.add(number, of: id) }
            }
          }
        }
      }
    } catch {
      checks.blindSpot = error.detail
    }
    lintChecks = checks
  }
}

extension DialPlans {
  /// The extensions that a value of an entry without a source surely means: by a block of any site, by the beginning of the others'
  /// numbers, or because it is written as an internal number.
  ///
  /// - Parameter endings: the beginnings that the templates cut off, each with the length of what is left.
  fileprivate func extensions(in value: String, _ endings: Set<LintChecks.Ending>) -> Set<String> {
    var found: Set<String> = []
    for number in readings(of: value) {
      if extensionRanges.contains(where: { $0.contains(number) }) { found.insert(number) }
      for ending in endings where number.hasPrefix(ending.beginning) {
        let rest = number.dropFirst(ending.beginning.utf8.count)
        if rest.utf8.count == ending.length { found.insert(String(rest)) }
      }
    }
    if let number = internalNumber(in: value) { found.insert(number) }
    return found
  }
}
