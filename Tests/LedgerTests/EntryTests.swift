import Domain
import TestSupport
import Testing

@testable import Ledger

/// Named after their numbers, as the objects of the samples.
private let people = SourcePlace(.extension, 0)
private let partners = SourcePlace(.contact, 0)

private func ledger(in folder: borrowing TemporaryFolder) async throws -> Ledger {
  let ledger = try Ledger(path: folder.ledger)
  try await ledger.beginRead(with: [people: 1, partners: 2], policy: 3)
  return ledger
}

private func entry(_ item: PBXObject, dn: String? = nil, open: OpenFields? = nil) -> MappedEntry {
  let owned = item.owned()
  var mapped = MappedEntry(owned.entry, dn: dn ?? owned.dn, kind: item.kind, source: 0, .mapped)
  mapped.wanted = [WantedObject(item, entry: owned.entry, dn: mapped.dn, open: open)]
  return mapped
}

private func record(_ mapped: MappedEntry, digest: UInt64? = 5) -> EntryRecord {
  EntryRecord(mapped, digest: digest, settings: mapped.kind == .extension ? 1 : 2)
}

extension Ledger {
  fileprivate func near(_ entries: Set<EntryID>? = nil, linksUsers: Bool = false) throws -> Neighbourhood {
    let scope = entries.map(Neighbourhood.Scope.entries) ?? .known(leaving: [])
    return try #require(try neighbourhood(of: scope, linksUsers: linksUsers, at: now()))
  }

  /// Ends a part with all that is affected.
  fileprivate func settle() throws {
    _ = try near()
    try endPart(unsettled: [], freed: [])
  }

  fileprivate func nearby(_ entries: Set<EntryID>? = nil, linksUsers: Bool = false) throws -> [String] {
    try near(entries, linksUsers: linksUsers).entries.map(\.mapped.entry.text)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An entry of the directory` {
  @Test func `is given back as it was stored`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    let open = OpenFields(choices: [.email: ["a,b:c", ""], .number: ["1815"]], kept: [.lastName])
    var stored = record(entry(ada, open: open))
    stored.mapped.site = "Berlin"
    stored.mapped.problems = [
      MappingProblem(
        dn: "uid=1815", entry: EntryID("entry-1815"), attribute: "mail", value: "x", reason: "isn't right",
        remedy: "fix it", keptField: .email)
    ]
    stored.expiresAt = 77
    stored.excludedLine = 3
    stored.attributes = "cn"
    var disabled = record(MappedEntry(EntryID("x"), dn: "uid=x", kind: .extension, source: 0, .disabled))
    disabled.mapped.reserved = ["1", "2"]
    disabled.mapped.partial = .extension(Extension(number: "", firstName: "Ada", email: "ada@example.com"))
    _ = try await ledger.store([stored, disabled, record(entry(bob))], in: 1)
    #expect(try await ledger.problems() == stored.mapped.problems)
    stored.mapped.problems = []
    #expect(try await ledger.near().entries == [stored, disabled, record(entry(bob))])
    #expect(try await ledger.sites() == ["Berlin"])
    #expect(try await ledger.excludedLines(of: people) == [3])
  }

  @Test func `is affected once another no longer wants its number`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var other = MappedEntry(EntryID("other"), dn: "uid=other", kind: .contact, source: 0, .mapped)
    other.wanted = [WantedObject(bob, entry: other.entry, dn: other.dn)]
    _ = try await ledger.store([record(entry(bob)), record(other, digest: 6)], in: 1)
    try await ledger.settle()
    #expect(try await ledger.nearby() == [])
    _ = try await ledger.removeMissing(from: 2, unseen: [5], at: 50)
    #expect(try await ledger.nearby() == ["other"])
  }

  @Test func `isn't affected by a read that finds it as it was, and by one that finds another`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    _ = try await ledger.store([record(entry(ada))], in: 1)
    try await ledger.settle()
    _ = try await ledger.store([record(entry(ada), digest: 6)], in: 2)
    #expect(try await ledger.nearby() == [])
    #expect(try await ledger.digests(at: 0).known == [6])
    var renamed = entry(ada)
    renamed.sighting = .disabled
    _ = try await ledger.store([record(renamed)], in: 3)
    #expect(try await ledger.nearby() == ["entry-1815"])
  }

  @Test func `is recognised by its digest until its account expires or the search settings change`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var expiring = record(entry(ada), digest: .max)
    expiring.expiresAt = 100
    _ = try await ledger.store([expiring, record(entry(bob), digest: nil)], in: 1)
    #expect(try await ledger.digests(at: 99).known == [.max])
    #expect(try await ledger.digests(at: 99).others == 1)
    #expect(try await ledger.digests(at: 100).known == [])
    try await ledger.beginRead(with: [people: 9, partners: 2], policy: 3)
    #expect(try await ledger.digests(at: 99).known == [])
    #expect(try await ledger.nearby() == ["entry-+4930901"], "what other settings showed doesn't count")
  }

  @Test func `is affected by other rules`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    _ = try await ledger.store([record(entry(ada))], in: 1)
    try await ledger.settle()
    try await ledger.beginRead(with: [people: 1, partners: 2], policy: 3)
    #expect(try await ledger.nearby() == [])
    try await ledger.beginRead(with: [people: 1, partners: 2], policy: 4)
    #expect(try await ledger.nearby() == ["entry-1815"])
  }

  @Test func `is taken out where a complete read doesn't show it, and is affected by that`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    _ = try await ledger.store([record(entry(ada), digest: 2), record(entry(bob), digest: 4)], in: 1)
    let run = try await ledger.beginRun()
    try await ledger.settle(.add(ada), .holds(ada.owned(), replacing: nil), in: run)
    try await ledger.settle()
    #expect(try await ledger.removeMissing(from: 2, unseen: [2], at: 0) == 1)
    let near = try await ledger.near()
    #expect(near.entries == [] && near.state.objects == [ada.owned()])
    #expect(try await ledger.digests(at: 0).known == [4])
  }

  @Test func `keeps its wanted objects in their order`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var mapped = entry(bob)
    mapped.wanted = ["9", "1"].map {
      WantedObject(.contact(Contact(number: $0, firstName: "B", lastName: "")), entry: mapped.entry, dn: mapped.dn)
    }
    _ = try await ledger.store([record(mapped)], in: 1)
    #expect(try await ledger.near().entries.first?.mapped.wanted.map(\.item.number) == ["9", "1"])
  }

  /// Half an answer says of nobody that they are gone, nor that they are there.
  @Test func `doesn't count where an incomplete read didn't show it, until it is read again`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    _ = try await ledger.store([record(entry(ada), digest: 2), record(entry(bob), digest: 4)], in: 1)
    try await ledger.markMissingUncertain(from: 2, unseen: [2], at: 0)
    #expect(try await ledger.nearby() == ["entry-+4930901"])
    #expect(try await ledger.digests(at: 0).known == [4])
    try await ledger.settle()
    _ = try await ledger.store([record(entry(ada), digest: 2)], in: 3)
    #expect(try await ledger.nearby() == ["entry-1815"])
  }

  @Test func `has no problems where another source has it`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    try await ledger.beginRead(with: [people: 1, SourcePlace(.extension, 1): 1], policy: 3)
    var second = MappedEntry(ada.owned().entry, dn: "uid=1815", kind: .extension, source: 1, .unmappable)
    second.problems = [MappingProblem(dn: "uid=1815", entry: second.entry, reason: "isn't right", remedy: "")]
    _ = try await ledger.store([record(entry(ada)), EntryRecord(second, digest: 7, settings: 1)], in: 1)
    #expect(try await ledger.problems() == [])
    try await ledger.markUncertain(second.entry, in: [people])
    #expect(try await ledger.problems() == second.problems, "whether the other has it is no longer known")
  }

  @Test func `is known under two names where it came under both`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    #expect(try await ledger.store([record(entry(ada))], in: 1).renamed == [])
    #expect(try await ledger.store([record(entry(ada, dn: "uid=copy"))], in: 2).renamed == [EntryID("entry-1815")])
    let rows = try await ledger.rows(of: EntryID("entry-1815"))
    #expect(rows.map(\.dn) == ["uid=1815", "uid=copy"] && rows.map(\.read) == [1, 2])
    try await ledger.updateNames(removing: [rows[0]], rereading: [rows[1]], in: 2)
    #expect(try await ledger.rows(of: EntryID("entry-1815")).map(\.digest) == [nil])
    try await ledger.markMissingUncertain(from: 2, unseen: [], at: 0)
    #expect(try await ledger.nearby() == ["entry-1815"], "it came in that read")
  }

  @Test func `is counted by the fields that it has values for`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var (first, second) = (record(entry(ada)), record(entry(bob)))
    (first.fields, second.fields) = ([.number, .email], [.number])
    _ = try await ledger.store([first, second], in: 1)
    let counts = try await ledger.fieldCounts(of: people)
    #expect(counts[.email] == 1 && counts[.number] == 1 && counts[.callerID] == 0)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The neighbourhood of an entry` {
  private func extensions(_ numbers: [String: [String]]) -> [EntryRecord] {
    numbers.sorted { $0.key < $1.key }.map { name, numbers in
      var mapped = MappedEntry(EntryID(name), dn: "uid=\(name)", kind: .extension, source: 0, .mapped)
      mapped.wanted = numbers.map {
        WantedObject(.extension(Extension(number: $0, firstName: name)), entry: EntryID(name), dn: mapped.dn)
      }
      return record(mapped)
    }
  }

  @Test func `is all that is linked to it by numbers, and nothing else`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    _ = try await ledger.store(
      extensions(["a": ["1", "2"], "b": ["2", "3"], "c": ["3"], "d": ["4"], "e": ["9"]]), in: 1)
    try await ledger.apply(
      [.seen(ManagedObject(.extension(Extension(number: "3", firstName: "d")), entry: EntryID("d"), dn: ""))], at: 1)
    try await ledger.settle()
    #expect(try await ledger.nearby([EntryID("a")]) == ["a", "b", "c", "d"])
    #expect(try await ledger.near([EntryID("a")]).state.objects.map(\.entry.text) == ["d"])
    #expect(try await ledger.nearby([EntryID("e")]) == ["e"])
    #expect(try await ledger.nearby() == [])
  }

  @Test func `has the contacts with an extension's number or caller id where these are left out`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    let (number, callerID) = ("+1815", "441815")
    let contacts = [number, callerID].map { PBXObject.contact(Contact(number: $0, firstName: "x", lastName: "")) }
    _ = try await ledger.store([record(entry(ada))] + contacts.map { record(entry($0)) }, in: 1)
    let all: Set = ["entry-1815", "entry-+1815", "entry-441815"]
    for each in all {
      #expect(Set(try await ledger.nearby([EntryID(each)], linksUsers: true)) == all)
      #expect(try await ledger.nearby([EntryID(each)]) == [each])
    }
  }

  @Test(arguments: ["absent", "unproven", "in doubt", "refused", "without number", "lost"])
  func `is planned as long as something isn't settled`(what: String) async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var mapped = entry(ada)
    if what == "without number" { (mapped.wanted, mapped.sighting) = ([], .withoutNumber) }
    _ = try await ledger.store([record(mapped)], in: 1)
    let run = try await ledger.beginRun()
    switch what {
    case "absent": try await ledger.apply([.seen(ada.owned(absence: Absence(.disabled, since: 1, reads: 1)))], at: 1)
    case "unproven": try await ledger.apply([.seen(restored(ada, at: 1))], at: 1)
    case "in doubt": _ = try await ledger.recordIntents([Call.add(ada).intent], in: run)
    case "refused":
      let refusal = Refusal(ada, entry: ada.owned().entry, answer: CallResult(.refused), since: 5)
      try await ledger.settle(.add(ada), .refused(refusal), in: run)
    case "without number": try await ledger.apply([.seen(ada.owned())], at: 1)
    default:
      try await ledger.apply([.seen(ada.owned())], at: 1)
      try await ledger.record(losses: [ada.key], at: 1)
    }
    try await ledger.settle()
    #expect(try await ledger.nearby() == ["entry-1815"])
  }

  @Test func `is planned after any process has changed an object of it`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    _ = try await ledger.store([record(entry(ada))], in: 1)
    for update in [LedgerUpdate.seen(ada.owned()), .release(ada.owned()), .foreign(ada.key), .foreignGone(ada.key)] {
      try await ledger.settle()
      #expect(try await ledger.nearby() == [])
      try await ledger.apply([update], at: 1)
      #expect(try await ledger.nearby() == ["entry-1815"], "\(update)")
    }
  }

  @Test func `has the numbers of a pool that others have or want`() async throws {
    let folder = try TemporaryFolder()
    let ledger = try await ledger(in: folder)
    var leftOut = MappedEntry(EntryID("o"), dn: "uid=o", kind: .extension, source: 0)
    leftOut.reserved = ["201", "999"]
    var choosing = extensions(["x": ["30"]])[0]
    choosing.mapped.wanted = choosing.mapped.wanted.map { wanted in
      WantedObject(
        wanted.item, entry: wanted.entry, dn: wanted.dn, open: OpenFields(choices: [.number: ["30", "203"]]))
    }
    let others = [record(leftOut), choosing]
    _ = try await ledger.store(extensions(["a": ["200"], "b": ["20"], "c": ["300"]]) + others, in: 1)
    try await ledger.apply(
      [.seen(ManagedObject(.extension(Extension(number: "202", firstName: "d")), entry: EntryID("d"), dn: ""))], at: 1)
    try await ledger.settle()
    var near = try await ledger.near([EntryID("b")])
    let ranges = try #require(NumberRange("200-299"))
    try await ledger.addNumbers(in: [ranges], to: &near)
    #expect(near.reserved.map(\.number).sorted() == ["200", "201", "202", "203"])
  }
}
