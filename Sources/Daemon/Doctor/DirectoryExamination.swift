import Configuration
import Domain
import HTTP
import Journal
import LDAP
import Ledger
import Mapping
import Platform

extension Examination {
  /// Each server by itself: name, connection, TLS, bind, identity, paging, canaries, and how many entries each source
  /// gives. Takes as long as a complete read of each server.
  mutating func examineDirectory(_ setup: Setup, log: Log) async {
    let server: Server
    do {
      server = try setup.server()
      well(
        "LDAP password",
        setup.configuration.directory.bindPasswordFile ?? server.mechanism.map { "none: SASL \($0.rawValue)" }
          ?? "none: an anonymous bind")
    } catch {
      return ill("LDAP password", "\(error)", remedy: "")
    }
    if let file = setup.configuration.directory.bindPasswordFile { examineCopy(of: file, setup) }
    guard let uris = await uris(of: server) else { return }
    await examineServiceRecords(setup, uris)
    let directory = setup.configuration.directory
    let contact = ClientSettings(
      connectTimeout: directory.connectTimeout, requestTimeout: directory.connectTimeout, caFile: directory.caFile)
    for endpoint in uris.compactMap(Endpoint.init) {
      let uri = endpoint.uri
      let one = server.alone(uri)
      if !endpoint.isSocket {
        guard await examineContact(endpoint, contact, startTLS: directory.startTLS ? one : nil) else { continue }
      }
      do {
        try await examine(try await Connection.open(one), setup, one, log)
        if directory.writer != nil { await examineWriter(uri, setup) }
      } catch let error as LDAPError {
        let line = SearchRequest(entry: "", attributes: []).commandLine(uri: uri, one)
        ill(uri, "\(error)", remedy: "\(error.remedy); \(line)")
      } catch {
        ill(uri, "\(error)", remedy: "")
      }
    }
  }

  /// Where to look, which may be what DNS lists; nil where it lists nothing.
  private mutating func uris(of server: Server) async -> [String]? {
    do throws(LDAPError) {
      let uris = try await server.addresses()
      if server.service != nil { well(server.place, uris.joined(separator: ", ")) }
      return uris
    } catch {
      ill(server.place, "\(error)", remedy: error.remedy)
      return nil
    }
  }

  /// The bind that may write. What it may write is found out only by writing, so it isn't tried.
  private mutating func examineWriter(_ uri: String, _ setup: Setup) async {
    let what = "\(uri), bind of [directory.write]"
    do {
      let writer = try setup.writer().alone(uri)
      _ = try await Connection.open(writer)
      well(what, writer.bindDN)
    } catch {
      ill(what, "\(error)", remedy: "check bind_dn and bind_password_file of [directory.write]")
    }
  }

  /// What DNS says, which isn't what the configuration says: an admin may have forgotten a server.
  private mutating func examineServiceRecords(_ setup: Setup, _ uris: [String]) async {
    let hosts = uris.compactMap { Endpoint($0)?.host.lowercased() }
    for name in Set(setup.bases.compactMap(ServiceRecords.name(ofDN:))).sorted()
    where name != setup.configuration.directory.srv {
      let records = try? await ServiceRecords.byName(name).records.sorted {
        ($0.priority, $0.host) < ($1.priority, $1.host)
      }
      let strangers = records?.filter { !hosts.contains($0.host.lowercased()) }.map(\.authority) ?? []
      let note = strangers.isEmpty ? "" : "; not in [directory] servers: \(strangers.joined(separator: ", "))"
      let listed = records.map { $0.map(\.authority).joined(separator: ", ") + note }
      well("DNS SRV \(name)", listed ?? "none; what [directory] names is all that counts")
    }
  }

  private mutating func examine(
    _ connection: Connection, _ setup: Setup, _ server: Server, _ log: Log
  ) async throws {
    let uri = connection.uri
    let rootDSE = try await connection.rootDSE()
    well(
      "\(uri), connection and bind", rootDSE.isHidden ? "bound; the server shows no root DSE" : rootDSE.product)
    do throws(LDAPError) {
      well("\(uri), immutable id", try await setup.identity(of: connection).name)
    } catch {
      ill("\(uri), immutable id", "\(error)", remedy: error.remedy)
    }
    await examineSchema(connection, setup)
    examinePaging(uri, rootDSE, setup.configuration.directory.pageSize, usable: await connection.pageSize(1))
    if !rootDSE.isHidden { try await examineSameness(connection, setup, server) }
    let marker = try await connection.changeMarker(over: setup.watched)?.text
    well("\(uri), change marker", marker ?? "none: each poll reads completely, so choose a longer poll")
    for dn in setup.configuration.directory.canaries {
      if try await connection.read(dn, attributes: ["1.1"]) == nil {
        ill(
          "\(uri), canary \(dn)", "not seen",
          remedy: "let \(server.identity) read it, or name another entry in [directory] canaries: "
            + SearchRequest(entry: dn, attributes: ["1.1"]).commandLine(uri: uri, server))
      } else {
        well("\(uri), canary \(dn)", "seen")
      }
    }
    examineClock(uri, try await connection.clock())
    let visit = try await Visit(
      setup, connection, server, at: setup.clock.wall, isFirst: true, log: RunLog(log: log))
    let served = await numbersGiven(setup)
    for index in setup.sources.indices { await count(index, setup, visit, served) }
  }

  /// - Parameter usable: what is left of pages at this server; 0 for none.
  private mutating func examinePaging(_ uri: String, _ rootDSE: RootDSE, _ wanted: Int, usable: Int) {
    let alone = "each search has one answer, which the server's size limit must let pass"
    if wanted == 0 {
      well("\(uri), paging", "not used (page_size = 0): \(alone)")
    } else if usable == 0 {
      well("\(uri), paging", "not offered: \(alone)")
    } else {
      well("\(uri), paging", rootDSE.supportedControls.isEmpty ? "not known; tried at each read" : "offered")
    }
  }

  /// Whether the server knows every attribute that the configuration names.
  private mutating func examineSchema(_ connection: Connection, _ setup: Setup) async {
    let what = "\(connection.uri), attributes"
    do throws(LDAPError) {
      try await setup.translate(at: connection)
      let isShown = try await setup.schema(at: connection) != nil
      let names = Set(setup.namedAttributes.map { $0.name.lowercased() })
      well(
        what,
        isShown
          ? "the server knows all \(names.count) that the configuration names"
          : "the server doesn't show which it knows, so the first run says which of them nobody has")
    } catch {
      ill(what, error.detail, remedy: error.remedy)
    }
  }

  /// Those who have an extension, or were given a number, by the ledger; none where it can't be read, which is a finding of its own.
  private func numbersGiven(_ setup: Setup) async -> Set<EntryID> {
    guard let ledger = try? State.ledgerToRead(setup.configuration.state.directory),
      let memory = try? await ledger.memory()
    else { return [] }
    return Set(
      memory.owned.filter { $0.key.kind == .extension }.map(\.entry) + memory.allocations.map(\.entry))
  }

  /// Says how many would get their first number from a pool: many do where the numbers of the directory are hidden.
  private mutating func examine(
    _ new: [Numberless], of found: Haul, _ source: Source, _ limits: ChangeLimits, at uri: String
  ) {
    guard let pool = new.first?.pool else { return }
    let people = new.count + found.reading.wanted.count
    let what = "\(uri), pool of \"\(source.name)\""
    let attributes = source.numberSetting.map { $0.template.attributes.sorted().joined(separator: " or ") } ?? ""
    let detail =
      "\(new.count) of \(counted(people, "person", "people")) would get a number from the pool \(pool.rangesText)"
    if attributes.isEmpty || new.count <= limits.maxCount && new.count * 2 <= people {
      well(what, detail)
    } else {
      doubt(
        what, "\(detail), for they show no \(attributes)",
        remedy:
          "if they have numbers in the directory, let the bind identity read \(attributes), or name the attribute that has "
          + "them in extension.number")
    }
  }

  /// Reads a source as a run does, and says what a run would make of it.
  ///
  /// - Parameter served: those who have a number already.
  private mutating func count(_ index: Int, _ setup: Setup, _ visit: Visit, _ served: Set<EntryID>) async {
    let sources = setup.sources
    let (source, connection) = (sources[index], visit.connection)
    let what = "\(connection.uri), source \"\(source.name)\""
    guard let sieve = await sieve(of: source, among: sources, connection, visit.pageSize, visit.server) else { return }
    let request = visit.request(sieve)
    let line = request.commandLine(uri: connection.uri, visit.server)
    do {
      var haul = Haul(Reading())
      haul.looksForAttributes = true
      haul.looksForFruitlessFields = true
      haul.begin(source, at: visit.now)
      let (found, result) = try await connection.search(request, into: haul) { it, entry in
        it.take(entry, through: sieve, index, visit)
      }
      let problems = found.reading.problems
      if let referral = try await connection.missingPart(of: result) {
        ill(what, "a part of it lies on another server: \(referral)", remedy: "search there with a source of its own")
      } else if found.entries == 0 {
        ill(what, "no entries", remedy: "check base, filter and access: \(line)")
      } else if let doubt = found.reading.incomplete {
        ill(what, doubt, remedy: problems.first.map { "\($0.remedy); \(line)" } ?? line)
      } else if found.reading.isFruitless, let problem = problems.first {
        ill(
          what, "none of \(counted(found.entries, "entry", "entries")) comes to anything: \(problem.text)",
          remedy: "\(problem.remedy); \(pbxsyncd) lint lists them all")
      } else {
        let all = result.entries == found.entries ? "" : ", of \(result.entries) that its base and filter give"
        let bad = problems.isEmpty ? "" : "; \(counted(problems.count, "problem")) (pbxsyncd lint)"
        let unseen = found.unseen.isEmpty ? "" : "; none of them has \(found.unseen.sorted().joined(separator: ", "))"
        let fruitless = found.fruitless?.problems(of: source).map { "; \($0.reason)" }.joined() ?? ""
        let values = found.values.map { "; \($0.text)" } ?? ""
        let count = "\(counted(found.entries, "entry", "entries")) in \(counted(result.pages, "page"))\(all)"
        let idle = sieve.exclusions.idleText(found.listed)
        well(what, "\(count)\(bad)\(unseen)\(fruitless)\(values)\(idle)")
      }
      let new = found.reading.numberless.filter { !served.contains($0.entry) }
      examine(new, of: found, source, setup.configuration.addition, at: connection.uri)
    } catch {
      ill(what, "\(error)", remedy: "\(error.remedy); \(line)")
    }
  }
}

extension Reading {
  /// Whether nothing is wanted by it, though there are entries.
  fileprivate var isFruitless: Bool { wanted.isEmpty && numberless.isEmpty && count(.disabled, as: .extension) == 0 }
}
