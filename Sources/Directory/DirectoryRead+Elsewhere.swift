import Domain
import LDAP
import Ledger
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
    guard purpose == .lint, var checks = lintChecks else { return }
    do throws(LDAPError) {
      checks = try await numbersElsewhere(sources, context, checks.endings, into: checks) { checks, number, id, _ in
        checks.add(number, of: id)
      }
    } catch {
      checks.blindSpot = error.detail
    }
    lintChecks = checks
  }

  /// Reserves the pools' numbers that entries without a source have, before a pool allocates one. Reads nothing while no entry waits for a
  /// number.
  ///
  /// What the bind identity may not read, or the server's limits cut off, is reported, and the pool allocates all the same.
  mutating func reserveNumbersElsewhere(
    _ sources: [Source], _ context: ReadContext, _ pools: [NumberPool], _ ledger: Ledger
  ) async throws(LedgerError) {
    guard reading.isComplete, !pools.isEmpty, try await ledger.awaitsNumber() else { return }
    let isPooled = { @Sendable (number: String) in pools.contains { $0.contains(number) } }
    do throws(LDAPError) {
      var found: [ReservedNumber] = []
      var endings: Set<LintChecks.Ending> = []
      for source in sources {
        guard let filter = source.unselectedFilter else { continue }
        endings.formUnion(try await self.endings(of: source, context))
        let request = context.request(source, filter: filter)
        context.log(request, of: source.name)
        (found, _) = try await context.connection.search(request, into: found) { found, entry in
          let (id, dn) = (EntryID(context.identity.id(of: entry) ?? entry.dn), entry.dn)
          found += source.numbersReserved(by: entry).filter(isPooled).map { ReservedNumber($0, of: id, dn: dn) }
        }
      }
      found = try await numbersElsewhere(sources, context, endings, into: found) { found, number, id, dn in
        if isPooled(number) { found.append(ReservedNumber(number, of: id, dn: dn)) }
      }
      reading.reserved += found
    } catch {
      reading.problems.append(MappingProblem(unseenNumbers: error.detail, besides: sources.first?.base ?? ""))
    }
  }

  /// Finds all entries that show the number of a wanted extension, in a source or outside all: a room or a lift may have it.
  ///
  /// What the bind identity may not read, or the server's limits cut off, is no error: the report says so.
  mutating func findWantedNumbersElsewhere(
    _ sources: [Source], _ context: ReadContext, _ ledger: Ledger
  ) async throws(LedgerError) {
    guard purpose == .firstLoad, reading.isComplete else { return }
    let wanted = try await ledger.wantedNumbers(of: .extension)
    if wanted.isEmpty { return }
    do throws(LDAPError) {
      var endings: Set<LintChecks.Ending> = []
      for source in sources { endings.formUnion(try await self.endings(of: source, context)) }
      wantedElsewhere = try await numbersElsewhere(sources, context, endings, inSourcesToo: true, into: []) {
        found, number, id, dn in
        if wanted.contains(number) { found.append(ReservedNumber(number, of: id, dn: dn)) }
      }
    } catch {
      elsewhereGap = error.detail
    }
  }

  /// The beginnings that `last` cuts off of the numbers of a source's entries.
  private func endings(of source: Source, _ context: ReadContext) async throws(LDAPError) -> Set<LintChecks.Ending> {
    // Those of contacts' numbers are nobody's extension.
    let cutting = source.fields.filter { source.kind == .extension && $0.field == .number && $0.template.cutsDigits }
    if cutting.isEmpty { return [] }
    let request = context.request(source, filter: source.filter)
    context.log(request, of: source.name)
    return try await context.connection.search(request, into: Set()) { endings, entry in
      let dialPlan = source.dialPlans.dialPlan(for: entry)
      for field in cutting {
        for value in field.trial(of: entry, dialPlan: dialPlan).values {
          LintChecks.Ending(value).map { _ = endings.insert($0) }
        }
      }
    }.0
  }

  /// Adds the extension numbers of all entries and attributes that no source of users reads.
  ///
  /// - Parameters:
  ///   - endings: as for `DialPlans.extensions`.
  ///   - inSourcesToo: whether to add also those that a source of users reads.
  private func numbersElsewhere<State: Sendable>(
    _ sources: [Source], _ context: ReadContext, _ endings: Set<LintChecks.Ending>, inSourcesToo: Bool = false,
    into state: State,
    _ add: @escaping @Sendable (inout State, _ number: String, _ entry: EntryID, _ dn: String) -> Void
  ) async throws(LDAPError) -> State {
    let users = sources.filter { $0.kind == .extension }
    guard let dialPlans = users.first?.dialPlans else { return state }
    let known = Set(users.flatMap(\.numberAttributes).map { $0.lowercased() })
    let usual = Set(Source.usualNumberAttributes).union(users.flatMap(\.numberAttributes)).sorted()
    let filter = "(|\(usual.map { "(\($0)=*)" }.joined()))"
    let contexts = try await context.connection.rootDSE().contextsOfPeople
    if contexts.isEmpty {
      throw LDAPError(.search, .other, code: 0, detail: "the server shows no naming contexts")
    }
    var state = state
    for base in contexts {
      let request = SearchRequest(
        base: base, scope: .sub, filter: filter, attributes: usual + [context.identity.name],
        pageSize: context.pageSize)
      context.log(request, of: "all entries with a number")
      (state, _) = try await context.connection.search(request, into: state) { state, entry in
        let dn = DN(entry.dn)
        let isRead = !inSourcesToo && users.contains { $0.covers(dn) }
        let id = EntryID(context.identity.id(of: entry) ?? entry.dn)
        for attribute in usual where !isRead || !known.contains(attribute.lowercased()) {
          for value in entry.values(attribute).compactMap(\.text) {
            for number in dialPlans.extensions(in: value, endings) { add(&state, number, id, entry.dn) }
          }
        }
      }
    }
    return state
  }
}

extension MappingProblem {
  fileprivate init(unseenNumbers detail: String, besides base: String) {
    self.init(
      dn: base, entry: nil,
      reason:
        "an entry needs a number from a pool, and the numbers of entries outside the sources, such as rooms, can't be read: \(detail)",
      remedy: "Let the bind identity read them, or add numbers that must not be allocated to [numbers] protected.")
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
