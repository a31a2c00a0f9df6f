import Domain
import Ledger
import Testing

@testable import Directory

@Suite(.timeLimit(.minutes(15))) struct `A read of the directory is compared with the last complete one` {
  private static func record(entries: Int = 100, filter: String = "f", marker: String = "") -> ReadReport {
    var record = ReadReport(server: "ldap://a", bindDN: "cn=reader", startedAt: 0)
    var search = SearchReport(
      source: "users", query: .init(kind: .extension, base: "ou=people", scope: "sub", filterHash: filter))
    search.entries = entries
    record.searches = [search]
    record.marker = marker
    return record
  }

  private func baseline(_ last: ReadReport?, owned: Int = 100) -> ReadBaseline {
    ReadBaseline(objectCounts: owned == 0 ? [:] : [.extension: owned], lastComplete: last)
  }

  /// Entries before and now, `max_fall`, and whether the drop is accepted.
  @Test(arguments: [
    (100, 100, 50, true), (100, 50, 50, true), (100, 49, 50, false), (100, 1, 100, true), (100, 90, 5, false),
    (19, 1, 50, true), (20, 1, 50, false), (100, 0, 100, false), (2, 0, 50, false), (100, 5000, 50, true),
    (1000, 500, 50, true), (1000, 499, 50, false),
  ])
  func `and a large drop makes the read incomplete`(before: Int, now: Int, maxFall: Int, isAccepted: Bool) {
    let drop = baseline(Self.record(entries: before)).drop(
      to: Self.record(entries: now).searches[0], RemovalPolicy(maxFall: maxFall))
    #expect(drop == (isAccepted ? nil : before))
  }

  @Test func `and an empty result makes the read incomplete while objects are managed, even the first time`() {
    let empty = Self.record(entries: 0).searches[0]
    #expect(baseline(nil, owned: 7).drop(to: empty, RemovalPolicy()) == 7)
    #expect(baseline(nil, owned: 1).drop(to: empty, RemovalPolicy()) == 1)
    #expect(baseline(nil, owned: 0).drop(to: empty, RemovalPolicy()) == nil)
  }

  @Test func `and an accepted fall is`() {
    let fallen = Self.record(entries: 3).searches[0]
    let baseline = ReadBaseline(
      objectCounts: [.extension: 100], lastComplete: Self.record(), acceptedDrops: [fallen.query: 3])
    #expect(baseline.drop(to: fallen, RemovalPolicy()) == nil)
  }

  /// Changed search settings, and their description.
  private static let views: [(ReadReport, String)] = {
    func changed(_ change: (inout ReadReport) -> Void, _ said: String) -> (ReadReport, String) {
      var record = record()
      change(&record)
      return (record, said)
    }
    return [
      changed({ $0.bindDN = "cn=other" }, "read as \"cn=other\", and was as \"cn=reader\""),
      changed({ $0.server = "ldap://b" }, "another directory server answers: ldap://b, not ldap://a"),
      changed({ $0.vendor = "OpenLDAP" }, "another directory server answers: ldap://a is OpenLDAP, and was"),
      changed({ $0.invocationID = "1" }, "the database of ldap://a was restored or recreated"),
      changed({ $0.searches[0].query.filterHash = "g" }, "the filter of \"users\" has changed"),
      changed({ $0.searches[0].query.base = "o=x" }, "the base of \"users\" was ou=people and is now o=x"),
      changed({ $0.searches[0].query.scope = "one" }, "the scope of \"users\" was sub and is now one"),
      changed({ $0.searches = [] }, "the source \"users\" isn't what it was or is gone"),
    ]
  }()

  @Test(arguments: views)
  private func `and changed search settings are named`(now: ReadReport, said: String) {
    #expect(baseline(Self.record()).searchChanges(of: now).map(\.text).first?.contains(said) == true)
  }

  @Test func `and the same view is the same, also with one more source`() {
    var now = Self.record()
    now.searches.append(
      SearchReport(source: "new", query: .init(kind: .contact, base: "o", scope: "sub", filterHash: "f")))
    #expect(baseline(Self.record()).searchChanges(of: now) == [])
    #expect(baseline(nil).searchChanges(of: now) == [])
  }

  @Test func `and another spelling of a name is no change`() {
    var (before, now) = (Self.record(), Self.record())
    before.searches[0].query.base = "OU=People, dc=example,dc=com"
    before.bindDN = "CN=Reader, dc=example,dc=com"
    let baseline = baseline(before)
    now.searches[0].query.base = baseline.spelling(ofBase: "ou=people,DC=example,dc=com")
    now.bindDN = "cn=reader,dc=example,dc=com"
    #expect(baseline.searchChanges(of: now) == [])
    now.searches[0].query.base = baseline.spelling(ofBase: "ou=person,dc=example,dc=com")
    #expect(baseline.searchChanges(of: now).count == 1)
  }

  /// What the server called itself before and calls itself now.
  @Test(arguments: [
    ("dc1", "dc1", false, ""),
    ("dc1", "dc2", true, "dc2, not dc1 (one name for several: name each in [directory] servers)"),
    ("", "ldap1:389", false, ""), ("ldap1:389", "", false, ""), ("", "", false, ""),
  ])
  func `and another server by the same address is noticed, and one that says its name at last is the same`(
    before: String, name: String, isAnother: Bool, said: String
  ) {
    var (last, now) = (Self.record(), Self.record())
    (last.name, now.name) = (before, name)
    let baseline = baseline(last)
    #expect(baseline.isAnother(now) == isAnother)
    let texts = baseline.searchChanges(of: now).map(\.text)
    #expect(isAnother ? texts == ["another directory server answers: \(said)"] : texts == [])
    now.server = "ldap://b"
    #expect(!baseline.isAnother(now))
  }

  @Test func `and a server that was read before is no change`() {
    var other = Self.record()
    other.server = "ldap://b"
    var known = baseline(Self.record())
    #expect(known.searchChanges(of: other).count == 1)
    known.knownServers = [other.identity]
    #expect(known.searchChanges(of: other) == [])
  }

  @Test func `and each change is reported with its old and its new text`() {
    var (before, now) = (Self.record(filter: "f"), Self.record(filter: "g"))
    before.searches[0].asked = "filter (a=b)\nnumber {tel}"
    now.searches[0].asked = "filter (a=c)\nnumber {tel}"
    #expect(
      baseline(before).searchChanges(of: now).map(\.text) == ["the filter of \"users\" was (a=b) and is now (a=c)"])
    now = before
    now.searches[0].asked = "filter (a=b)\nnumber {mobile}"
    #expect(
      baseline(before).searchChanges(of: now).map(\.text) == [
        "the template of the number of \"users\" was {tel} and is now {mobile}"
      ])
    before.searches[0].asked += "\nrules country DE, ddi 1XXX"
    now.searches[0].asked = "filter (a=b)\nnumber {tel}\nrules country DE, ddi 2XXX"
    #expect(
      baseline(before).searchChanges(of: now).map(\.text) == [
        "how the numbers of \"users\" are read was country DE, ddi 1XXX and is now country DE, ddi 2XXX"
      ])
    before.searches[0].asked = "filter (a=b)\nnumber {tel}"
    #expect(baseline(before).searchChanges(of: now) == [], "of them nothing was noted")
    before.searches[0].asked = ""
    #expect(baseline(before).searchChanges(of: now) == [], "what an earlier version asked isn't known")
  }

  @Test func `and a directory that went back in time is reported once`() {
    func marker(_ second: Int) -> String { "dc=x 2026010100000\(second).000000Z#000000#000#000000" }
    let now = Self.record(marker: marker(1))
    var baseline = baseline(Self.record(marker: marker(2)))
    baseline.markers = [marker(2)]
    #expect(baseline.searchChanges(of: now).map(\.text).first?.hasPrefix("the directory went back in time") == true)
    baseline.lastComplete = now
    #expect(baseline.searchChanges(of: now) == [])
    baseline.earlierMarker = marker(3)
    #expect(baseline.searchChanges(of: now).count == 1)
  }

  /// The contextCSNs before and now, and whether the server lags behind.
  @Test(arguments: [
    ("", "dc=x 20260101000000.000000Z#000000#000#000000", false),
    ("dc=x 20260101000000.000000Z#000000#000#000000", "", false),
    ("dc=x 20260101000000.000001Z#000000#001#000000", "dc=x 20260101000000.000000Z#000000#001#000000", true),
    ("dc=x 20260101000000.000000Z#000001#001#000000", "dc=x 20260101000000.000000Z#000000#001#000000", true),
    ("dc=x 20260101000000.000000Z#000000#001#000000", "dc=x 20260101000001.000000Z#000000#001#000000", false),
    // Each provider by itself: it is no lag to have seen another one's last change alone.
    ("dc=x 20260101000000.000001Z#000000#001#000000", "dc=x 20260101000000.000000Z#000000#002#000000", false),
    (
      "dc=x 20260101000000.000001Z#000000#001#000000; dc=x 20260101000000.000009Z#000000#002#000000",
      "dc=x 20260101000000.000002Z#000000#001#000000; dc=x 20260101000000.000008Z#000000#002#000000", true
    ),
    ("nonsense", "dc=x nonsense", false),
  ])
  func `and another server that lags behind is reported`(before: String, now: String, lags: Bool) {
    var other = Self.record(marker: now)
    other.server = "ldap://b"
    var baseline = baseline(Self.record())
    // The last of them isn't the newest where a server has crashed.
    baseline.markers = ["dc=x 20250101000000.000000Z#000000#001#000000", before]
    #expect((baseline.lag(of: other) != nil) == lags)
    #expect(
      baseline.lag(of: Self.record(marker: now))?.mayBeSame != false,
      "a server doesn't lag behind itself, but others may have its name")
    #expect((baseline.lag(of: other)?.mayBeSame == false) == lags)
  }

  /// The entries that had objects, how many of these no source shows, and how many entries the source has left of 100.
  @Test(arguments: [
    (before: 100, now: 40, owners: 100, missing: 0, maxFall: 50, isExplained: true), (100, 40, 100, 50, 50, true),
    (100, 40, 100, 51, 50, false), (100, 60, 100, 90, 50, true), (100, 60, 100, 90, 39, false),
    // A few people, and a source without a limit, need one entry that is still there.
    (5, 0, 5, 5, 50, false), (5, 0, 5, 4, 50, true), (19, 0, 19, 18, 50, true), (20, 0, 20, 19, 50, false),
    (100, 0, 100, 99, 100, true), (100, 0, 200, 150, 100, false),
    (1000, 400, 1000, 500, 50, true), (1000, 400, 1000, 501, 50, false),
  ])
  func `and a drop is explained by entries that other sources show`(
    before: Int, now: Int, owners: Int, missing: Int, maxFall: Int, isExplained: Bool
  ) {
    let entries = (0..<owners).map { EntryID("\($0)") }
    var reading = ReadResult()
    for entry in entries.dropFirst(missing) { reading.record(.mapped, of: entry, as: .extension) }
    #expect(
      baseline(nil).isExplained(
        Self.record(entries: now).searches[0], from: before, owners: Set(entries), by: reading,
        RemovalPolicy(maxFall: maxFall)) == isExplained)
  }

  @Test func `and a server that is behind a notification certainly lags`() {
    func marker(_ second: Int) -> String { "dc=x 2026010100000\(second).000000Z#000000#001#000000" }
    let now = Self.record(marker: marker(1))
    var baseline = baseline(Self.record())
    baseline.markers = [marker(2)]
    #expect(baseline.lag(of: now)?.mayBeSame == true)
    baseline.reachedMarker = marker(3)
    let lag = baseline.lag(of: now)
    #expect(lag?.mayBeSame == false && lag?.text.contains("of 20260101000001") == true)
    baseline.reachedMarker = marker(1)
    baseline.markers = []
    #expect(baseline.lag(of: now) == nil)
    // Before the first complete read nothing shows that it is another one.
    #expect(ReadBaseline(markers: [marker(2)]).lag(of: now)?.mayBeSame == true)
  }

  @Test func `and a change concerns each kind that had a source or has objects`() {
    func kinds(_ objects: [ObjectKind: Int], _ change: (inout ReadReport) -> Void) -> [ObjectKind: Bool] {
      var now = Self.record()
      change(&now)
      let changes = ReadBaseline(objectCounts: objects, lastComplete: Self.record()).searchChanges(of: now)
      return Dictionary(uniqueKeysWithValues: changes.map { ($0.kind, $0.isEdit) })
    }
    let server = { (report: inout ReadReport) in report.server = "ldap://b" }
    let bind = { (report: inout ReadReport) in report.bindDN = "" }
    #expect(kinds([:], server) == [.extension: false])
    #expect(kinds([.contact: 1], server) == [.extension: false, .contact: false])
    // An admin's edit may have been made to hide somebody; another server may be a copy.
    #expect(kinds([.contact: 1], bind) == [.extension: true, .contact: true])
    let both = kinds([.contact: 1]) { report in
      report.searches[0].query.filterHash = "g"
      report.server = "ldap://b"
    }
    #expect(both == [.extension: true, .contact: false])
  }

  @Test func `and a source is compared with the new one of its name, or with any`() {
    func said(_ sources: [(String, base: String)]) -> [String] {
      var now = Self.record()
      now.searches = sources.map { name, base in
        SearchReport(source: name, query: .init(kind: .extension, base: base, scope: "sub", filterHash: "f"))
      }
      return baseline(Self.record()).searchChanges(of: now).map(\.text)
    }
    func moved(_ base: String) -> String { "the base of \"users\" was ou=people and is now \(base)" }
    #expect(said([("other", "o=a"), ("users", "o=b")]) == [moved("o=b")])
    #expect(said([("other", "o=a")]) == [moved("o=a")])
    #expect(said([("other", "o=a"), ("renamed", "ou=people")]) == [])
    // A contact's source says nothing of the users.
    var contacts = Self.record()
    contacts.searches[0].query.kind = .contact
    #expect(
      baseline(Self.record()).searchChanges(of: contacts).map(\.text) == [
        "the source \"users\" isn't what it was or is gone"
      ])
  }

  @Test(arguments: [
    ("filter f\npool 1-9", "filter f\npool 1-8", "the pool of \"users\" was 1-9 and is now 1-8"),
    ("filter f\npool 1-9", "filter f", "the pool of \"users\" was 1-9 and is now none"),
    ("filter f", "filter f\npool 1-9", nil), ("filter f\nrules DE", "filter f\nrules DE", nil),
    ("filter f", "filter f\ndisabled x", "the check for disabled accounts of \"users\" was none and is now x"),
    ("filter f\ndisabled x", "filter f\ndisabled x", nil), ("filter f\nnumber {a}", "", nil), ("odd", "odd", nil),
    ("filter f", "filter f\nnumber {a}", "the template of the number of \"users\" was none and is now {a}"),
  ])
  func `and of the same entries another number or state is a change`(old: String, new: String, said: String?) {
    var (before, now) = (Self.record(), Self.record())
    (before.searches[0].asked, now.searches[0].asked) = (old, new)
    #expect(baseline(before).searchChanges(of: now).map(\.text) == [said].compactMap(\.self))
  }

  @Test(arguments: [
    ("f", "f group=g", "filter f", "filter f\ngroup cn=a", "the group of \"users\" was none and is now cn=a"),
    ("f group=g", "f group=h", "group cn=a", "", "the group of \"users\" has changed"),
    (
      "f exclude=g", "f", "filter f\nexclude (a=b)", "filter f",
      "the exclude filter of \"users\" was (a=b) and is now none"
    ),
    ("f list=g", "f list=h", "filter f", "filter f", "the exclusion list of \"users\" has changed"),
  ])
  func `and what narrows a source is named with its text, if that is known`(
    earlier: String, later: String, old: String, new: String, said: String
  ) {
    var (before, now) = (Self.record(filter: earlier), Self.record(filter: later))
    (before.searches[0].asked, now.searches[0].asked) = (old, new)
    #expect(baseline(before).searchChanges(of: now).map(\.text) == [said])
  }

  @Test func `and a vendor that is no longer shown is another server`() {
    var before = Self.record()
    before.vendor = "OpenLDAP"
    #expect(
      baseline(before).searchChanges(of: Self.record()).map(\.text) == [
        "another directory server answers: ldap://a no longer shows its vendor, and was OpenLDAP"
      ])
    var another = before
    another.server = "ldap://b"
    #expect(
      baseline(before).searchChanges(of: another).map(\.text) == [
        "another directory server answers: ldap://b, not ldap://a"
      ])
  }

  @Test func `and templates that have changed are named by field`() {
    var (before, now) = (Self.record(), Self.record())
    before.searches[0].asked = "filter f\nnumber {a}\nfirst_name {givenName}"
    now.searches[0].asked = "filter f\nnumber {a}\nfirst_name {cn}\nemail {mail}"
    let expected = [
      TemplateChange(of: .firstName, in: "users", from: "{givenName}", to: "{cn}"),
      TemplateChange(of: .email, in: "users", from: "none", to: "{mail}"),
    ]
    #expect(baseline(before).templateChanges(of: now) == [.extension: expected])
    #expect(baseline(now).templateChanges(of: now) == [:] && baseline(nil).templateChanges(of: now) == [:])
    before.searches[0].source = "others"
    #expect(baseline(before).templateChanges(of: now) == [.extension: expected], "the same entries under another name")
    before.searches[0].query.filterHash = "g"
    #expect(baseline(before).templateChanges(of: now) == [:])
    before = now
    before.searches[0].asked = ""
    #expect(baseline(before).templateChanges(of: now) == [:] && baseline(now).templateChanges(of: before) == [:])
    before = now
    before.searches[0].query.kind = .contact
    #expect(baseline(before).templateChanges(of: now) == [:])
  }

  @Test func `and templates are those of the same query, also where two sources have one name`() {
    func record(_ second: String, filter: String = "g") -> ReadReport {
      var record = Self.record()
      record.searches.append(Self.record(filter: filter).searches[0])
      (record.searches[0].asked, record.searches[1].asked) = ("number {a}", "number \(second)")
      return record
    }
    let baseline = baseline(record("{b}"))
    #expect(baseline.templateChanges(of: record("{b}")) == [:])
    let change = TemplateChange(of: .number, in: "users", from: "{b}", to: "{c}")
    #expect(baseline.templateChanges(of: record("{c}")) == [.extension: [change]])
    #expect(baseline.templateChanges(of: record("{c}", filter: "h")) == [.extension: [change]])
  }

  @Test func `and the counts of a source's values hold for the same search`() {
    var last = Self.record()
    last.searches[0].values = ValueCounts([.email: 3], at: 5)
    let baseline = baseline(last)
    #expect(baseline.values(of: Self.record().searches[0]) == ValueCounts([.email: 3], at: 5))
    #expect(baseline.values(of: Self.record(filter: "g").searches[0]) == nil)
    var renamed = Self.record().searches[0]
    renamed.source = "others"
    #expect(baseline.values(of: renamed) == nil)
  }
}
