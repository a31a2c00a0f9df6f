import Domain
import Journal
import LDAP
import Ledger
import Mapping
import Platform
import TestSupport
import Testing

@testable import Directory

/// A directory with two branches, and a ledger into which it is read.
private final class Branches: Sendable {
  let slapd: Slapd
  let ledger: Ledger
  private let lock: LockFile
  private let folder: TemporaryFolder

  init(_ entries: String, config: String = "") async throws {
    folder = try TemporaryFolder()
    let branches = """
      dn: dc=example,dc=com
      objectClass: dcObject
      objectClass: organization
      dc: example
      o: Example

      dn: ou=people,dc=example,dc=com
      objectClass: organizationalUnit
      ou: people

      dn: ou=others,dc=example,dc=com
      objectClass: organizationalUnit
      ou: others


      """
    slapd = try await Slapd.start(ldif: branches + entries, config: config)
    lock = try LockFile(path: folder.path + "/lock")
    ledger = try Ledger(path: folder.path + "/ledger.sqlite", under: lock)
    try folder.write("password", slapd.password)
  }

  static let people = source("people")

  static func source(_ branch: String, filter: String = "(objectClass=inetOrgPerson)", _ more: String = "") -> String {
    """
    [[users]]
    name = "\(branch)"
    base = "ou=\(branch),dc=example,dc=com"
    filter = "\(filter)"
    extension.number = "{telephoneNumber}"
    extension.first_name = "{givenName}"
    extension.last_name = "{sn}"
    \(more)

    """
  }

  func read(
    _ sources: String = people, directory: String = "", numbers: String = "", after baseline: ReadBaseline = .init(),
    for purpose: DirectoryRead.Purpose = .run
  ) async throws -> DirectoryRead {
    let file = try folder.write(
      "pbxsyncd.toml",
      """
      [directory]
      servers = ["\(slapd.ldapURI)"]
      bind_dn = "\(slapd.rootDN)"
      bind_password_file = "password"
      \(directory)
      \(sources)
      [numbers]
      country = "DE"
      extension_ranges = ["1000-1999"]
      \(numbers)
      [pbx]
      url = "http://127.0.0.1/"
      security_key_file = "password"
      """)
    let setup = try CompiledConfiguration(file: file)
    return try await DirectoryRead(
      setup, into: ledger, after: baseline, at: 1000, for: purpose, log: RunLog(log: Log(sink: Nothing())))
  }

  private struct Nothing: Sink {
    func write(_ event: Event) {}
  }
}

private func entry(
  _ name: String, _ number: String?, in branch: String = "people", class objectClass: String = "inetOrgPerson"
) -> String {
  """
  dn: \(objectClass == "device" ? "cn" : "uid")=\(name),ou=\(branch),dc=example,dc=com
  objectClass: \(objectClass)
  \(objectClass == "device" ? "objectClass: extensibleObject" : "uid: \(name)\nsn: \(name)\ngivenName: \(name)")
  cn: \(name)
  \(number.map { "telephoneNumber: \($0)\n" } ?? "")

  """
}

@Suite(.timeLimit(.minutes(15))) struct `A read of all entries` {
  private static let two = entry("ada", "1001") + entry("bob", "1002")

  @Test func `is complete, with the counts of its searches and of what has changed`() async throws {
    let directory = try await Branches(Self.two, config: "overlay syncprov")
    let first = try await directory.read()
    #expect(first.reading.isComplete && first.failure == nil && first.record.incomplete == nil)
    #expect(first.record.searches.map(\.entries) == [2] && first.record.pages > 0 && first.record.referrals == 0)
    #expect(first.record.searches[0].values?.entries == [.number: 2, .firstName: 2, .lastName: 2])
    #expect(first.record.searches[0].asked.contains("number {telephoneNumber}"))
    #expect(first.record.server == directory.slapd.ldapURI && first.record.vendor == "OpenLDAP")
    #expect(first.record.bindDN == directory.slapd.rootDN && first.record.marker == first.marker?.text)
    #expect(first.marker != nil && (1000...1060).contains(first.record.endedAt))
    #expect(first.changed == 2 && first.disabled == 0 && first.mappedAllEntries && !first.foundNobody)
    #expect(first.lintChecks == nil && first.wantedElsewhere.isEmpty && first.reading.problems.isEmpty)
    let second = try await directory.read(after: ReadBaseline(lastComplete: first.record))
    #expect(second.changed == 0 && !second.mappedAllEntries && second.reading.searchChanges.isEmpty)
    #expect(second.record.searches.map(\.values) == first.record.searches.map(\.values))
    try await directory.slapd.modify("dn: uid=bob,ou=people,dc=example,dc=com\nchangetype: delete\n\n")
    let third = try await directory.read(after: ReadBaseline(lastComplete: first.record))
    #expect(third.changed == 1 && third.record.searches.map(\.entries) == [1])
  }

  @Test func `is incomplete if a canary isn't seen`() async throws {
    let directory = try await Branches(Self.two)
    let canaries = ["uid=ada,ou=people,dc=example,dc=com", "uid=eve,ou=people,dc=example,dc=com"]
    for (count, incomplete) in [(1, nil), (2, "the canary \(canaries[1]) wasn't seen")] {
      let list = canaries.prefix(count).map { "\"\($0)\"" }.joined(separator: ", ")
      let read = try await directory.read(directory: "canaries = [\(list)]")
      #expect(read.record.incomplete == incomplete && read.record.canaries == 1 && read.record.canariesWanted == count)
    }
  }

  @Test func `that fails has no entries, and the search that failed`() async throws {
    let directory = try await Branches(Self.two)
    let read = try await directory.read(Branches.people + Branches.source("gone"))
    #expect(read.failure?.detail.contains("source \"gone\"") == true && read.reading.entries.isEmpty)
    #expect(read.record.searches.map(\.resultCode) == [0, 32])
    #expect(read.record.incomplete == read.failure.map { "\($0)" })
  }

  @Test func `is incomplete if a part lies on another server`() async throws {
    let referral = """
      dn: ou=far,ou=people,dc=example,dc=com
      objectClass: referral
      objectClass: extensibleObject
      ou: far
      ref: ldap://far.example.com/ou=far,ou=people,dc=example,dc=com


      """
    let read = try await Branches(Self.two + referral).read()
    #expect(read.record.incomplete?.contains("lies on another server") == true && read.record.referrals == 1)
    #expect(read.record.searches.map(\.entries) == [2])
  }

  @Test func `is incomplete after a drop, unless other sources show the entries`() async throws {
    let directory = try await Branches(Self.two + entry("eve", "1003", in: "others"))
    let sources = Branches.people + Branches.source("others")
    var last = try await directory.read(sources).record
    last.searches[0].entries = 40
    var owners: Set<EntryID> = []
    for dn in ["uid=ada,ou=people", "uid=bob,ou=people", "uid=eve,ou=others"] {
      owners.insert(EntryID(try #require(try await directory.slapd.value("entryUUID", of: "\(dn),\(Slapd.suffix)"))))
    }
    var baseline = ReadBaseline(objectCounts: [.extension: 40], lastComplete: last)
    let read = try await directory.read(sources, after: baseline)
    #expect(read.record.searches.map(\.previousEntries) == [40, nil])
    #expect(read.record.incomplete?.contains("gave 2 entries and 40 before") == true)
    #expect(read.record.incomplete?.hasSuffix("approve \(read.record.searches[0].dropName ?? "-")") == true)
    baseline.entries = { [owners] _ in owners }
    #expect(try await directory.read(sources, after: baseline).reading.isComplete)
    baseline.entries = { _ in Set((1...60).map { EntryID("\($0)") }) }
    #expect(try await !directory.read(sources, after: baseline).reading.isComplete)
  }

  @Test func `that finds nobody says so, and an empty branch beside others is fine`() async throws {
    let directory = try await Branches(Self.two)
    let empty = try await directory.read(Branches.source("others"))
    #expect(empty.foundNobody && empty.reading.isComplete)
    #expect(empty.reading.problems.map(\.reason).first?.contains("\"others\" finds no entry by the filter") == true)
    let beside = try await directory.read(Branches.people + Branches.source("others"))
    #expect(!beside.foundNobody && beside.reading.problems.isEmpty)
    let filtered = try await directory.read(
      Branches.source("people", filter: "(uid=nobody)") + Branches.source("others", filter: "(ou=others)"))
    #expect(filtered.foundNobody && filtered.reading.problems.count == 1)
  }

  @Test func `names sites without entries, exclusions of nobody, and disabled accounts`() async throws {
    let directory = try await Branches(Self.two + entry("eve", "1003"))
    let site = { (name: String) in "[[sites]]\nname = \"\(name)\"\nbase = \"ou=\(name),dc=example,dc=com\"\n" }
    let read = try await directory.read(
      Branches.source(
        "people", "exclude_list = [\"uid=x,ou=people,dc=example,dc=com\"]\ndisabled = \"(uid=eve)\""),
      numbers: site("people") + site("others"))
    #expect(read.vacantSites.map(\.name) == ["others"] && read.disabled == 1)
    #expect(read.unmatched.map(\.line) == ["uid=x,ou=people,dc=example,dc=com"])
  }

  @Test func `notes changed templates and search settings`() async throws {
    let directory = try await Branches(Self.two)
    let last = try await directory.read().record
    let read = try await directory.read(
      Branches.source("people").replacing("{givenName}", with: "{cn}"), after: ReadBaseline(lastComplete: last))
    #expect(read.templateChanges[.extension]?.map(\.field) == [.firstName] && read.reading.searchChanges.isEmpty)
    let narrowed = try await directory.read(
      Branches.source("people", filter: "(uid=ada)"), after: ReadBaseline(lastComplete: last))
    #expect(narrowed.reading.searchChanges.map(\.kind) == [.extension])
  }

  @Test func `reserves for a pool the numbers of all other entries, once somebody waits for one`() async throws {
    let others =
      entry("room", "1050", in: "others", class: "device") + entry("far", "2050", in: "others", class: "device")
      + entry("guest", "1060") + entry("left", "1070")
    let directory = try await Branches(Self.two + others)
    let pool = "exclude = \"(uid=left)\"\nextension.pool = [\"1050-1099\"]"
    let sources = Branches.source("people", filter: "(!(uid=guest))", pool)
    let read = try await directory.read(sources)
    #expect(read.reading.isComplete && Set(read.reading.reserved.map(\.number)) == ["1070"], "nobody waits")
    try await directory.slapd.modify("dn: uid=bob,ou=people,dc=example,dc=com\ndelete: telephoneNumber\n\n")
    #expect(Set(try await directory.read(sources).reading.reserved.map(\.number)) == ["1050", "1060", "1070"])
    #expect(try await directory.read().reading.reserved.isEmpty, "without a pool")
    #expect(try await directory.read(sources, for: .inquiry).reading.reserved.contains { $0.number == "1070" })
  }

  @Test func `of a first load shows which other entries have a wanted number`() async throws {
    let directory = try await Branches(
      Self.two + entry("room", "1001", in: "others", class: "device")
        + entry("lift", "1009", in: "others", class: "device"))
    let read = try await directory.read(for: .firstLoad)
    #expect(read.elsewhereGap == nil)
    #expect(
      Set(read.wantedElsewhere.map(\.dn)) == [
        "uid=ada,ou=people,dc=example,dc=com", "uid=bob,ou=people,dc=example,dc=com",
        "cn=room,ou=others,dc=example,dc=com",
      ])
    #expect(try await directory.read().wantedElsewhere.isEmpty)
    #expect(try await directory.read(for: .lint).lintChecks != nil)
  }

  @Test func `isn't made from a server that lags behind`() async throws {
    let directory = try await Branches(Self.two, config: "overlay syncprov")
    let marker = try #require(try await directory.read().marker?.text)
    let later = marker.replacing(/[0-9]{14}/, with: "29990101000000")
    let lagging = try await directory.read(after: ReadBaseline(reachedMarker: later))
    #expect(lagging.failure?.kind == .outdated && lagging.record.incomplete?.contains("lags behind") == true)
    let crashed = try await directory.read(after: ReadBaseline(markers: [later]))
    #expect(crashed.reading.isComplete, "it may be the same server, whose marker may go back")
  }
}
