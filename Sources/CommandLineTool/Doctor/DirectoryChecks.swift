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
  /// Each server by itself: name, connection, TLS, bind, identity, paging, canaries, and how many entries each source
  /// gives. Takes as long as a complete read of each server.
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

  /// Where to look, which may be what DNS lists; nil where it lists nothing.
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

  /// The bind that may write. What it may write is found out only by writing, so it isn't tried.
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

  /// What DNS says, which isn't what the configuration says: an admin may have forgotten a server.
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
      pass("DNS SRV \(name)", listed ?? "none; what [directory] names is all that counts")
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
      pass("\(uri), immutable id", try await setup.identity(of: connection).name)
    } catch {
      fail("\(uri), immutable id", "\(error)", remedy: error.remedy)
    }
    await checkSchema(connection, setup)
    checkPaging(uri, rootDSE, setup.configuration.directory.pageSize, usable: await connection.pageSize(1))
    if !rootDSE.isHidden { try await checkSameness(connection, setup, server) }
    let marker = try await connection.changeMarker(over: setup.watched)?.text
    pass("\(uri), change marker", marker ?? "none: each poll reads completely, so choose a longer poll")
    for dn in setup.configuration.directory.canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        fail(
          "\(uri), canary \(dn)", "not seen",
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

  /// - Parameter usable: what is left of pages at this server; 0 for none.
  private mutating func checkPaging(_ uri: String, _ rootDSE: RootDSE, _ wanted: Int, usable: Int) {
    let alone = "each search has one answer, which the server's size limit must let pass"
    if wanted == 0 {
      pass("\(uri), paging", "not used (page_size = 0): \(alone)")
    } else if usable == 0 {
      pass("\(uri), paging", "not offered: \(alone)")
    } else {
      pass("\(uri), paging", rootDSE.supportedControls.isEmpty ? "not known; tried at each read" : "offered")
    }
  }

  /// Whether the server knows every attribute that the configuration names.
  private mutating func checkSchema(_ connection: Connection, _ setup: CompiledConfiguration) async {
    let what = "\(connection.uri), attributes"
    do throws(LDAPError) {
      try await setup.translate(at: connection)
      let isShown = try await setup.schema(at: connection) != nil
      let names = Set(setup.namedAttributes.map { $0.name.lowercased() })
      pass(
        what,
        isShown
          ? "the server knows all \(names.count) that the configuration names"
          : "the server doesn't show which it knows, so the first run says which of them nobody has")
    } catch {
      fail(what, error.detail, remedy: error.remedy)
    }
  }

  /// Those who have an extension, or were given a number, by the ledger; none where it can't be read, which is a finding of its own.
  private func numbersGiven(_ setup: CompiledConfiguration) async -> Set<EntryID> {
    guard let ledger = try? StateFolder.ledgerToRead(setup.configuration.state.directory),
      let state = try? await ledger.state()
    else { return [] }
    return Set(
      state.objects.filter { $0.key.kind == .extension }.map(\.entry) + state.allocations.map(\.entry))
  }

  /// Says how many would get their first number from a pool: many do where the numbers of the directory are hidden.
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
      inDoubtCall(
        what, "\(detail), for they show no \(attributes)",
        remedy:
          "if they have numbers in the directory, let the bind identity read \(attributes), or name the attribute that has "
          + "them in extension.number")
    }
  }

  /// Reads a source as a run does, and says what a run would make of it.
  ///
  /// - Parameter served: those who have a number already.
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
        fail(what, "a part of it lies on another server: \(referral)", remedy: "search there with a source of its own")
      } else if found.entries == 0 {
        fail(what, "no entries", remedy: "check base, filter and access: \(line)")
      } else if let inDoubtCall = found.reading.incomplete {
        fail(what, inDoubtCall, remedy: problems.first.map { "\($0.remedy); \(line)" } ?? line)
      } else if found.reading.foundNothing, let problem = problems.first {
        fail(
          what, "none of \(counted(found.entries, "entry", "entries")) comes to anything: \(problem.text)",
          remedy: "\(problem.remedy); \(pbxsyncd) lint lists them all")
      } else {
        let all = result.entries == found.entries ? "" : ", of \(result.entries) that its base and filter give"
        let bad = problems.isEmpty ? "" : "; \(counted(problems.count, "problem")) (pbxsyncd lint)"
        let unseen = found.unseen.isEmpty ? "" : "; none of them has \(found.unseen.sorted().joined(separator: ", "))"
        let fruitless = found.fruitless?.problems(of: source).map { "; \($0.reason)" }.joined() ?? ""
        let values = found.values.map { "; \($0.text)" } ?? ""
        let count = "\(counted(found.entries, "entry", "entries")) in \(counted(result.pages, "page"))\(all)"
        let idle = selector.exclusions.idleText(found.listed)
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
  /// Whether nothing is wanted by it, though there are entries.
  fileprivate var foundNothing: Bool { wanted.isEmpty && unnumbered.isEmpty && count(.disabled, as: .extension) == 0 }
}
