import Configuration
import Directory
import Domain
import Executor
import HTTP
import Journal
import LDAP
import Ledger
import Mapping
import Platform
import Sync

extension DoctorReport {
  /// Each server separately: name, connection, TLS, bind, immutable ID, paging, canaries, and the entry count of each
  /// source. Takes as long as a complete read of each server.
  mutating func checkDirectory(_ setup: CompiledConfiguration, log: Log) async {
    let server: ConnectionSettings
    do {
      server = try setup.server()
      pass(
        "LDAP password",
        setup.configuration.directory.bindPasswordFile ?? server.mechanism.map { "none: SASL \($0.rawValue)" }
          ?? "none: an anonymous bind")
    } catch {
      return fail("LDAP password", "\(error)", remedy: "")
    }
    if let file = setup.configuration.directory.bindPasswordFile { checkCopy(of: file, setup) }
    if setup.configuration.directory.canaries.isEmpty {
      warn(
        "canaries", "none: a run can't tell a directory that hides entries from one that deleted them",
        remedy: "name one or two entries that stay for good, such as the switchboard's, in [directory] canaries")
    }
    guard let uris = await uris(of: server) else { return }
    await checkServiceRecords(setup, uris)
    let directory = setup.configuration.directory
    let contact = ClientSettings(
      connectTimeout: directory.connectTimeout, requestTimeout: directory.connectTimeout, caFile: directory.caFile)
    for endpoint in uris.compactMap(Endpoint.init) {
      let uri = endpoint.uri
      let one = server.limited(to: uri)
      if !endpoint.isSocket {
        guard await checkContact(endpoint, contact, startTLS: directory.startTLS ? one : nil) else { continue }
      }
      do {
        try await check(try await Connection.open(one), setup, one, log)
        if directory.writer != nil { await checkWriter(uri, setup) }
      } catch let error as LDAPError {
        let line = SearchRequest(entry: "", attributes: []).commandLine(uri: uri, one)
        fail(uri, "\(error)", remedy: "\(error.remedy); \(line)")
      } catch {
        fail(uri, "\(error)", remedy: "")
      }
    }
  }

  /// The servers to check, from the configuration or DNS; nil if DNS lists none.
  private mutating func uris(of server: ConnectionSettings) async -> [String]? {
    do throws(LDAPError) {
      let uris = try await server.addresses()
      if server.service != nil { pass(server.place, uris.joined(separator: ", ")) }
      return uris
    } catch {
      fail(server.place, "\(error)", remedy: error.remedy)
      return nil
    }
  }

  /// The bind of [directory.write]. Its rights could only be checked by writing, so they aren't.
  private mutating func checkWriter(_ uri: String, _ setup: CompiledConfiguration) async {
    let what = "\(uri), bind of [directory.write]"
    do {
      let writer = try setup.writer().limited(to: uri)
      _ = try await Connection.open(writer)
      pass(what, writer.bindDN)
    } catch {
      fail(what, "\(error)", remedy: "check bind_dn and bind_password_file of [directory.write]")
    }
  }

  /// The servers in DNS, which may be more than in the configuration.
  private mutating func checkServiceRecords(_ setup: CompiledConfiguration, _ uris: [String]) async {
    let hosts = uris.compactMap { Endpoint($0)?.host.lowercased() }
    for name in Set(setup.bases.compactMap(SRVRecords.name(ofDN:))).sorted()
    where name != setup.configuration.directory.srv {
      let records = try? await SRVRecords.byName(name).records.sorted {
        ($0.priority, $0.host) < ($1.priority, $1.host)
      }
      let strangers = records?.filter { !hosts.contains($0.host.lowercased()) }.map(\.authority) ?? []
      let note = strangers.isEmpty ? "" : "; not in [directory] servers: \(strangers.joined(separator: ", "))"
      let listed = records.map { $0.map(\.authority).joined(separator: ", ") + note }
      pass("DNS SRV \(name)", listed ?? "none; only [directory] servers are used")
    }
  }

  private mutating func check(
    _ connection: Connection, _ setup: CompiledConfiguration, _ server: ConnectionSettings, _ log: Log
  ) async throws {
    let uri = connection.uri
    let rootDSE = try await connection.rootDSE()
    pass(
      "\(uri), connection and bind", rootDSE.isHidden ? "bound; the server shows no root DSE" : rootDSE.product)
    do throws(LDAPError) {
      pass("\(uri), immutable ID", try await setup.identity(of: connection).name)
    } catch {
      fail("\(uri), immutable ID", "\(error)", remedy: error.remedy)
    }
    await checkSchema(connection, setup)
    checkPaging(uri, rootDSE, setup.configuration.directory.pageSize, usable: await connection.pageSize(1))
    if !rootDSE.isHidden { try await checkSameness(connection, setup, server) }
    let marker = try await connection.changeMarker(over: setup.watched)?.text
    pass("\(uri), change marker", marker ?? "none: each poll is a complete read, so choose a longer poll")
    for dn in setup.configuration.directory.canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        fail(
          "\(uri), canary \(dn)", "not found",
          remedy: "let \(server.identity) read it, or name another entry in [directory] canaries: "
            + SearchRequest(entry: dn, attributes: ["1.1"]).commandLine(uri: uri, server))
      } else {
        pass("\(uri), canary \(dn)", "seen")
      }
    }
    checkClock(uri, try await connection.clock())
    let context = try await ReadContext(
      setup, connection, server, at: setup.clock.wall, isFirst: true, log: RunLog(log: log))
    let served = await numbersGiven(setup)
    for index in setup.sources.indices { await count(index, setup, context, served) }
  }

  /// - Parameter usable: the page size at this server; 0 for no paging.
  private mutating func checkPaging(_ uri: String, _ rootDSE: RootDSE, _ wanted: Int, usable: Int) {
    let alone = "each search has one answer, which the server's size limit must allow"
    if wanted == 0 {
      pass("\(uri), paging", "not used (page_size = 0): \(alone)")
    } else if usable == 0 {
      pass("\(uri), paging", "not available: \(alone)")
    } else {
      pass("\(uri), paging", rootDSE.supportedControls.isEmpty ? "unknown; tried at each read" : "available")
    }
  }

  /// Checks that the server's schema has every attribute of the configuration.
  private mutating func checkSchema(_ connection: Connection, _ setup: CompiledConfiguration) async {
    let what = "\(connection.uri), attributes"
    do throws(LDAPError) {
      try await setup.translate(at: connection)
      let isShown = try await setup.schema(at: connection) != nil
      let names = Set(setup.namedAttributes.map { $0.name.lowercased() })
      pass(
        what,
        isShown
          ? "the server's schema has all \(names.count) of the configuration"
          : "the server's schema isn't readable; the first run reports attributes that no entry has")
    } catch {
      fail(what, error.detail, remedy: error.remedy)
    }
  }

  /// Entries with an extension or an allocated number in the ledger; none if it can't be read, which is a separate finding.
  private func numbersGiven(_ setup: CompiledConfiguration) async -> Set<EntryID> {
    guard let ledger = try? StateFolder.ledgerToRead(setup.configuration.state.directory),
      let state = try? await ledger.state()
    else { return [] }
    return Set(
      state.objects.filter { $0.key.kind == .extension }.map(\.entry) + state.allocations.map(\.entry))
  }

  /// Counts the entries that would get their first number from a pool: many do if the directory hides the numbers.
  private mutating func check(
    _ new: [UnnumberedUser], of found: ReadAccumulator, _ source: Source, _ limits: ChangeLimits, at uri: String
  ) {
    guard let pool = new.first?.pool else { return }
    let people = new.count + found.reading.wanted.count
    let what = "\(uri), pool of \"\(source.name)\""
    let attributes = source.numberSetting.map { $0.template.attributes.sorted().joined(separator: " or ") } ?? ""
    let detail =
      "\(new.count) of \(counted(people, "person", "people")) would get a number from the pool \(pool.rangesText)"
    if attributes.isEmpty || new.count <= limits.maxCount && new.count * 2 <= people {
      pass(what, detail)
    } else {
      warn(
        what, "\(detail), because they have no \(attributes)",
        remedy:
          "if they have numbers in the directory, give the bind identity the right to read \(attributes), or name the right "
          + "attribute in extension.number")
    }
  }

  /// Reads a source as a run does, and reports the result of its mapping.
  ///
  /// - Parameter served: entries that have a number already.
  private mutating func count(
    _ index: Int, _ setup: CompiledConfiguration, _ context: ReadContext, _ served: Set<EntryID>
  ) async {
    let sources = setup.sources
    let (source, connection) = (sources[index], context.connection)
    let what = "\(connection.uri), source \"\(source.name)\""
    guard let selector = await selector(of: source, among: sources, connection, context.pageSize, context.server) else {
      return
    }
    let request = context.request(selector)
    let line = request.commandLine(uri: connection.uri, context.server)
    do {
      var accumulator = ReadAccumulator(ReadResult())
      accumulator.looksForAttributes = true
      accumulator.looksForFruitlessFields = true
      accumulator.begin(source, at: context.now)
      let (found, result) = try await connection.search(request, into: accumulator) { it, entry in
        it.add(entry, through: selector, index, context)
      }
      let problems = found.reading.problems
      if let referral = try await connection.missingPart(of: result) {
        fail(what, "a part of it is on another server: \(referral)", remedy: "add a source that searches there")
      } else if found.entries == 0 {
        fail(what, "no entries", remedy: "check base, filter and access: \(line)")
      } else if let reason = found.reading.incomplete {
        fail(what, reason, remedy: problems.first.map { "\($0.remedy); \(line)" } ?? line)
      } else if found.reading.foundNothing, let problem = problems.first {
        fail(
          what, "none of \(counted(found.entries, "entry", "entries")) results in an object: \(problem.text)",
          remedy: "\(problem.remedy); \(pbxsyncd) lint lists them all")
      } else {
        let all = result.entries == found.entries ? "" : ", of \(result.entries) that match its base and filter"
        let bad = problems.isEmpty ? "" : "; \(counted(problems.count, "problem")) (pbxsyncd lint)"
        let unseen = found.unseen.isEmpty ? "" : "; none of them has \(found.unseen.sorted().joined(separator: ", "))"
        let fruitless = found.fruitless?.problems(of: source).map { "; \($0.reason)" }.joined() ?? ""
        let values = found.values.map { "; \($0.text)" } ?? ""
        let count = "\(counted(found.entries, "entry", "entries")) in \(counted(result.pages, "page"))\(all)"
        let idle = selector.exclusions.unmatchedText(found.listed)
        pass(what, "\(count)\(bad)\(unseen)\(fruitless)\(values)\(idle)")
      }
      let new = found.reading.unnumbered.filter { !served.contains($0.entry) }
      check(new, of: found, source, setup.configuration.addition, at: connection.uri)
    } catch {
      fail(what, "\(error)", remedy: "\(error.remedy); \(line)")
    }
  }
}

extension ReadResult {
  /// Whether it has entries and no wanted object.
  fileprivate var foundNothing: Bool { wanted.isEmpty && unnumbered.isEmpty && count(.disabled, as: .extension) == 0 }
}
