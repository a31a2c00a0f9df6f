import Configuration
import Domain
import Journal
import LDAP
import Ledger
import Mapping
import Platform

/// One pass over the directory: what it wants, and the proof of how complete the read was.
struct DirectoryReading: Sendable {
  var reading = Reading()
  var record: ReadRecord
  /// From before the first search; nil where the server keeps none.
  var marker: ChangeMarker?

  /// Reads every source from one server, a page at a time; entries are mapped as they arrive and not kept.
  ///
  /// A search that fails gives no data at all: half an answer looks like half of the people having left.
  ///
  /// - Parameter owning: the kinds of which we own objects, so that an empty answer is doubted.
  static func read(
    _ setup: Setup, _ server: Server, owning: Set<Kind>, at now: Seconds, log: RunLog
  ) async throws(LDAPError) -> Self {
    let connection = try await Connection.open(server)
    let rootDSE = try await connection.rootDSE()
    var pass = DirectoryReading(
      record: ReadRecord(
        server: connection.uri,
        vendor: [rootDSE.vendorName, rootDSE.vendorVersion].compactMap(\.self).joined(separator: " "),
        bindDN: server.bindDN, entries: 0, pages: 0, referrals: 0, canaries: 0, incomplete: nil, startedAt: now,
        endedAt: now))
    pass.marker = try await connection.changeMarker(over: setup.bases)
    let identity = try await pass.identity(setup, connection)
    try await pass.lookForCanaries(setup, connection)
    for source in setup.sources {
      let found = try await pass.read(source, setup, server, connection, identity, now, log)
      if found == 0 && owning.contains(source.kind) {
        pass.doubtCompleteness("\(source.base) with \(source.filter) gave no entry at all")
      }
    }
    pass.record.incomplete = pass.reading.incomplete
    pass.record.endedAt = secondsSince1970()
    return pass
  }

  private func identity(_ setup: Setup, _ connection: Connection) async throws(LDAPError) -> IdentityAttribute {
    if let name = setup.configuration.directory.identity, let attribute = IdentityAttribute(rawValue: name) {
      return attribute
    }
    return try await connection.identityAttribute()
  }

  /// A canary that can't be seen tells that this bind sees less than it should.
  private mutating func lookForCanaries(_ setup: Setup, _ connection: Connection) async throws(LDAPError) {
    for dn in setup.configuration.directory.canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        doubtCompleteness("the canary \(dn) wasn't seen")
      } else {
        record.canaries += 1
      }
    }
  }

  private mutating func read(
    _ source: Source, _ setup: Setup, _ server: Server, _ connection: Connection, _ identity: IdentityAttribute,
    _ now: Seconds, _ log: RunLog
  ) async throws(LDAPError) -> Int {
    let request = SearchRequest(
      base: source.base, scope: source.scope, filter: source.filter,
      attributes: source.attributes.union([identity.rawValue]).sorted(),
      pageSize: setup.configuration.directory.pageSize)
    log.searched(
      request.commandLine(uri: connection.uri, bindDN: server.bindDN, startTLS: server.startTLS), source.name)
    let (found, result) = try await connection.search(request, into: reading) { reading, entry in
      reading.take(entry, from: source, identity, now)
    }
    reading = found
    record.entries += result.entries
    record.pages += result.pages
    record.referrals += result.referrals.count
    if let referral = result.referrals.first {
      doubtCompleteness("a part of \(source.base) lies on another server (\(referral)), and referrals aren't followed")
    }
    return result.entries
  }

  private mutating func doubtCompleteness(_ reason: String) {
    if reading.incomplete == nil { reading.incomplete = reason }
  }
}

extension Reading {
  fileprivate mutating func take(
    _ entry: borrowing Entry, from source: Source, _ identity: IdentityAttribute, _ now: Seconds
  ) {
    guard let text = identity.id(of: entry) else {
      problems.append(
        Problem(
          dn: entry.dn, entry: nil, attribute: identity.rawValue, reason: "the entry shows no \(identity.rawValue)",
          remedy: "let the bind identity read \(identity.rawValue)"))
      // An entry that can't be told apart may be anybody's: nobody can be called missing.
      incomplete = incomplete ?? "\(entry.dn) shows no \(identity.rawValue)"
      return
    }
    let id = EntryID(text)
    // In two sources of a kind: the first in the file has it.
    if sighting(of: id, as: source.kind) != nil { return }
    switch source.map(entry, id, now) {
    case .wanted(let wanted, let problems):
      self.wanted += wanted
      self.problems += problems
      // Half mapped is not mapped: what the unusable value stood for must stay.
      note(problems.isEmpty ? .mapped : .unmappable, of: id, as: source.kind)
    case .disabled:
      note(.disabled, of: id, as: source.kind)
    case .unmappable(let problems):
      self.problems += problems
      note(.unmappable, of: id, as: source.kind)
    }
  }
}
