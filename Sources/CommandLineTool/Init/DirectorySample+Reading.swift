import Directory
import LDAP
import Platform
import Synchronization

extension DirectorySample {
  /// Reads the directory, a page at a time. Takes as long as the server needs for all entries of people.
  ///
  /// A limit of the server ends the reading of a naming context: what came until then counts, and `gaps` says so.
  ///
  /// - Parameter progress: receives the number of entries now and then.
  init(of connection: Connection, progress: @escaping @Sendable (Int) -> Void) async throws(LDAPError) {
    let rootDSE = try await connection.rootDSE()
    self.init()
    family = rootDSE.family
    product = rootDSE.product
    contexts = rootDSE.contextsOfPeople
    identity = try? await connection.identityAttribute()
    if let schema = try? await connection.schema() {
      numberAttributes = Self.usualNumberAttributes.filter(schema.knows)
      let known = Set(numberAttributes.map { $0.lowercased() })
      numberAttributes += schema.attributes(where: Self.mayHoldNumbers).filter { !known.contains($0.lowercased()) }
        .prefix(40)
    }
    if rootDSE.limitsAttributes { numberAttributes = ["telephoneNumber"] }

    var failures: [LDAPError] = []
    for context in contexts {
      do throws(LDAPError) {
        let before = count
        do throws(LDAPError) {
          try await read(context, at: connection, isFrugal: rootDSE.limitsAttributes, progress)
        } catch  where error.kind == .limitExceeded && count == before {
          // The limit is less than a page.
          try await read(context, at: connection, isFrugal: rootDSE.limitsAttributes, pageSize: 20, progress)
        }
      } catch {
        if [.unreachable, .cutOff, .timedOut, .cancelled].contains(error.kind) { throw error }
        failures.append(error)
        if error.kind == .limitExceeded {
          gaps.append("the server's limits cut \(context) short: \(error.remedy)")
        } else {
          gaps.append("\(context) can't be read: \(error.detail)")
        }
      }
    }
    if count == 0, let failure = failures.first { throw failure }
    if count > 0 {
      await readGroups(at: connection)
      if !rootDSE.limitsAttributes { await readOthers(at: connection) }
    }
  }

  /// Holds a survey while a search fills it, so that entries before an error aren't lost.
  private final class Collector: Sendable {
    /// Guards the survey; the search's own queue is its only user until the search has ended.
    let survey: Mutex<DirectorySample>

    init(_ survey: DirectorySample) { self.survey = Mutex(survey) }
  }

  private mutating func read(
    _ context: String, at connection: Connection, isFrugal: Bool, pageSize: Int = 500,
    _ progress: @escaping @Sendable (Int) -> Void
  ) async throws(LDAPError) {
    let attributes = isFrugal ? Array(self.attributes.prefix(15)) : self.attributes
    let request = SearchRequest(base: context, scope: .sub, filter: filter, attributes: attributes, pageSize: pageSize)
    let collector = Collector(self)
    // It is copied once, and grows only there.
    self = DirectorySample()
    defer { self = collector.survey.withLock { $0 } }
    _ = try await connection.search(request, into: 0) { seen, entry in
      let count = collector.survey.withLock { survey in
        survey.add(entry)
        return survey.count
      }
      seen += 1
      if seen.isMultiple(of: 1000) { progress(count) }
    }
  }

  /// Reads the entries with a number that are neither people nor contacts. Those that the account may not read aren't seen.
  private mutating func readOthers(at connection: Connection) async {
    let attributes = numberAttributes + Self.faxAttributes
    // Every server knows this class: the negation of an unknown one would match nothing.
    let filter = "(&(|\(attributes.map { "(\($0)=*)" }.joined()))(!(objectClass=person)))"
    for context in contexts {
      let request = SearchRequest(
        base: context, scope: .sub, filter: filter, attributes: ["objectClass", "cn"] + attributes, pageSize: 500)
      let found = try? await connection.search(request, into: others) { entries, entry in
        if entries.count < Self.sampleSize { entries.append(copy entry) }
      }
      others = found?.0 ?? others
    }
  }

  /// Finds groups that are about phones by their names, and reads their members. Without the right to read groups there are none.
  private mutating func readGroups(at connection: Connection) async {
    let filter =
      "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)(objectClass=posixGroup)(objectClass=group))"
    for context in contexts {
      let request = SearchRequest(base: context, scope: .sub, filter: filter, attributes: ["cn"], pageSize: 500)
      let found = try? await connection.search(request, into: [String]()) { groups, entry in
        if groups.count < 5, Self.isAboutPhones(DN(entry.dn).namingValue) { groups.append(entry.dn) }
      }.0
      for dn in found ?? [] {
        let members = try? await connection.members(
          of: [dn], pageSize: 500, mayContain: { _ in true }, willSearch: { _ in })
        if let members { groups.append(PhoneGroup(dn: dn, members: members)) }
      }
    }
  }
}
