import Configuration
import Directory
import Domain
import Foundation
import Journal
import LDAP
import Ledger
import PBXSimulator
import Platform
import Sync
import TestSupport

/// How a host is set up.
struct HostSettings {
  /// How many people may be in the directory.
  var people = 6
  var completeReads = 2
  /// The grace period in days.
  var graceDays = 1
  var maxCount = 2
  var handover = "update"
  var probe = "auto"
  var maxInFlight = 4
  var checks = Settings.Checks.existsFirst
  var batch = Settings.BatchMode.inOrder
  var parameters = "query"
  var shared = "conflict"
  /// Whether some people get their numbers from a pool.
  var hasGuests = false

  func isGuest(_ id: Int) -> Bool { hasGuests && id % 4 == 3 }

  /// More than the guests, some of whose numbers are taken on the PBX.
  var pool: [String] { (0..<people / 4 + 6).map { "\(2001 + $0)" } }
}

/// A host with pbxsyncd, the PBX and the clock; its ledger is on the simulated disk.
final class SimulatedHost {
  let settings: HostSettings
  private let sabotage: Sabotage?
  let directory: SimulatedDirectory
  let network: SimulatedNetwork
  let clock: MovingClock
  /// The configuration in force.
  private(set) var setup: CompiledConfiguration
  private let wide: CompiledConfiguration
  private let narrow: CompiledConfiguration
  private let place: TemporaryFolder
  /// The folder of its files.
  var folder: String { place.path }
  private let log: Log
  private var stateFolder: String { folder + "/state" }
  private var anchor: String { StateFolder.ledgerFile(stateFolder) + "-anchor" }

  init(_ settings: HostSettings, seed: UInt64, sabotage: Sabotage? = nil) throws {
    self.settings = settings
    self.sabotage = sabotage
    SimulatedDisk.format(seed)
    place = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: place.path + "/state", withIntermediateDirectories: true)
    directory = try SimulatedDirectory(socket: place.path + "/ldap")
    clock = MovingClock()
    var pbx = SimulatedPBX(key: "secret", keepsRecords: false, checks: settings.checks)
    pbx.settings.batch = settings.batch
    network = SimulatedNetwork(pbx, hidesLosses: sabotage == .unansweredIsUndone)
    log = Log(sink: NoSink())
    try place.write("pbx-key", "secret")
    let (uri, folder, clock) = (directory.uri, place.path, clock.clock)
    func compiled(_ filter: String) throws -> CompiledConfiguration {
      let file = folder + "/pbxsyncd.toml"
      let spoiled = sabotage?.spoil(settings) ?? settings
      try Data(Self.configuration(spoiled, uri, folder, filter).utf8).write(to: URL(fileURLWithPath: file))
      return try CompiledConfiguration(file: file, clock: clock)
    }
    narrow = try compiled("(&(objectClass=inetOrgPerson)(employeeType=\(SimulatedDirectory.narrow)))")
    wide = try compiled("(objectClass=inetOrgPerson)")
    self.setup = wide
  }

  /// An admin edits the filter of the users: a narrow one takes every second.
  func useFilter(isNarrow: Bool) { setup = isNarrow ? narrow : wide }

  private static func configuration(
    _ settings: HostSettings, _ uri: String, _ folder: String, _ filter: String
  ) -> String {
    """
    [directory]
    servers = ["\(uri)"]
    canaries = ["\(SimulatedDirectory.canary)"]
    identity = "employeeNumber"
    schema = "never"
    page_size = 0
    \(users("people", SimulatedDirectory.people, filter))
    \(users("guests", SimulatedDirectory.guests, "(objectClass=inetOrgPerson)"))
    extension.pool = ["\(settings.pool[0])-\(settings.pool[settings.pool.count - 1])"]
    [[contacts]]
    name = "partners"
    base = "\(SimulatedDirectory.partners)"
    filter = "(objectClass=inetOrgPerson)"
    shared = "\(settings.shared)"
    contact.numbers = ["{telephoneNumber}"]
    contact.first_name = "{givenName}"
    contact.last_name = "{sn}"
    [numbers]
    country = "DE"
    handover = "\(settings.handover)"
    [pbx]
    url = "http://127.0.0.1:1/api.aspx"
    security_key_file = "pbx-key"
    probe = "\(settings.probe)"
    max_in_flight = \(settings.maxInFlight)
    parameters = "\(settings.parameters)"
    retries = 0
    [removal]
    complete_reads = \(settings.completeReads)
    after = "\(settings.graceDays)d"
    max_count = \(settings.maxCount)
    max_percent = 100
    max_fall = 50
    [update]
    max_percent = 100
    [addition]
    max_percent = 100
    [state]
    directory = "\(folder)/state"
    backups = 0
    """
  }

  private static func users(_ name: String, _ base: String, _ filter: String) -> String {
    """
    [[users]]
    name = "\(name)"
    base = "\(base)"
    filter = "\(filter)"
    extension.number = "{telephoneNumber}"
    extension.first_name = "{givenName}"
    extension.last_name = "{sn}"
    extension.email = "{mail}"
    """
  }

  var now: Int64 { clock.clock.wall }

  /// One run of the whole program.
  func run(
    _ trigger: String, readFault: ReadFault?, _ chooseFault: @escaping @Sendable (Int) -> RequestFault?
  ) async -> RunReport {
    if let sabotage { try? await withLedger { try await sabotage.spoil($0) } }
    directory.beginRead(readFault)
    network.begin(chooseFault)
    return await SyncRun(setup, trigger: trigger, log: log, over: network).run()
  }

  /// A run of the daemon for the entries of some people, after notifications.
  func run(
    for people: Set<Int>, _ chooseFault: @escaping @Sendable (Int) -> RequestFault?
  ) async throws -> RunReport {
    directory.beginRead(nil)
    network.begin(chooseFault)
    let lookup = try await EntryLookup(setup, at: nil)
    let present = directory.people
    let notifications = people.sorted().flatMap { id in
      // Of an entry that was created again, its end is notified too.
      let latest = present[id]?.generation ?? 0
      return [latest - 1, latest].filter { $0 >= 0 }.flatMap { generation in
        let person = Person(id: id, generation: generation, isGuest: settings.isGuest(id))
        return [
          ChangeNotification(dn: "uid=p\(id),\(person.branch)", id: person.entryID(.extension)),
          ChangeNotification(dn: "uid=c\(id),\(SimulatedDirectory.partners)", id: person.entryID(.contact)),
        ]
      }
    }
    return await SyncRun(setup, trigger: SyncRun.change, .incremental(notifications, lookup), log: log, over: network)
      .run()
  }

  /// The ledger, for an admin's command.
  func withLedger<Result>(_ body: (Ledger) async throws -> Result) async throws -> Result {
    let lock = try StateFolder.lock(stateFolder)
    defer { withExtendedLifetime(lock) {} }
    return try await body(try await StateFolder.ledger(setup, under: lock))
  }

  /// The anchor's bytes. It isn't on the simulated disk, and after a loss of power may be older.
  var anchorBytes: Data? {
    get { try? Data(contentsOf: URL(fileURLWithPath: anchor)) }
    set { if let newValue { try? newValue.write(to: URL(fileURLWithPath: anchor)) } }
  }
}

/// Nobody reads the journal of a history.
private struct NoSink: Sink {
  func write(_ event: Event) {}
}
