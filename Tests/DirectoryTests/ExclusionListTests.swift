import Configuration
import Domain
import LDAP
import Ledger
import Mapping
import Testing
import Text

@testable import Directory

@Suite(.timeLimit(.minutes(15))) struct `A list of exclusions` {
  private let list = ExclusionList([
    "uid=boss, OU=People,dc=x", "5D4E9D6A-0001-4D0C-9A2A-000000000001", "uid=gone,dc=x", "UID=Gone, dc=x",
  ])

  @Test(arguments: [
    ("uid=BOSS,ou=people,dc=x", nil, 0), ("uid=a,dc=x", "5d4e9d6a-0001-4d0c-9a2a-000000000001", 1),
    ("uid=a,dc=x", "other", nil), ("uid=a,dc=x", nil, nil),
    ("uid=gone,dc=x", "5d4e9d6a-0001-4d0c-9a2a-000000000001", 2),
  ])
  func `names an entry by its DN or its id`(dn: String, id: String?, place: Int?) {
    #expect(list.line(of: dn, id) == place)
  }

  @Test func `tells which of its lines name nobody`() {
    #expect(list.unmatched([0, 1]) == ["uid=gone,dc=x"])
    #expect(list.unmatched([0, 1, 2]) == [])
  }

  @Test func `says in one clause how many of its lines name nobody, and the first of them`() {
    #expect(list.unmatchedText([0, 1]) == "; 1 exclusion names none of its entries: uid=gone,dc=x")
    let many = ExclusionList((1...5).map { "uid=\($0)" })
    #expect(many.unmatchedText([1]) == "; 4 exclusions name none of its entries: uid=1; uid=3; uid=4 and 1 more")
    #expect(many.unmatchedText(Set(0..<5)) == "")
  }

  @Test func `is the same in another order and another spelling`() {
    #expect(ExclusionList(["uid=a", "UID=b"]).digest == ExclusionList(["uid=b", "uid=A"]).digest)
    #expect(ExclusionList(["uid=a"]).digest != ExclusionList(["uid=b"]).digest)
    #expect(ExclusionList([]).digest == nil)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `What narrows a source` {
  private static func source(_ selection: Configuration.Selection, filter: String = "(uid=*)") throws -> Source {
    let rules = try #require(DialPlan(country: "DE", plus: false))
    return Source(
      kind: .extension, position: 0, name: "users", base: "dc=x", scope: .sub, filter: filter, selection: selection,
      attributes: [],
      fields: [], dialPlans: DialPlans(rules)
    ) { _, _, _ in .disabled }
  }

  private static func record(_ selection: Configuration.Selection, _ list: [String] = []) throws -> ReadReport {
    var record = ReadReport(server: "ldap://a", bindDN: "cn=reader", startedAt: 0)
    record.searches = [SearchReport(source: "users", query: try source(selection).query(ExclusionList(list)))]
    return record
  }

  @Test(arguments: [
    (Configuration.Selection(groups: ["cn=a"]), [], "the group of \"users\" has changed"),
    (Configuration.Selection(exclude: "(a=b)"), [], "the exclude filter of \"users\" has changed"),
    (Configuration.Selection(), ["uid=a"], "the exclusion list of \"users\" has changed"),
  ])
  func `is one of the search settings, and a change of it is named`(
    selection: Configuration.Selection, list: [String], said: String
  ) throws {
    let (plain, narrowed) = (try Self.record(.init()), try Self.record(selection, list))
    for (before, now) in [(plain, narrowed), (narrowed, plain)] {
      #expect(ReadBaseline(lastComplete: before).searchChanges(of: now).map(\.text) == [said])
    }
    #expect(ReadBaseline(lastComplete: narrowed).searchChanges(of: try Self.record(selection, list)) == [])
  }

  @Test func `leaves the view of one that isn't narrowed as it was`() throws {
    #expect(try Self.record(.init()).searches[0].query.filterHash == digest("(uid=*)"))
  }

  @Test(arguments: [
    ("(uid=*)", Configuration.Selection(), false), ("(MemberOf=cn=a)", .init(), true), ("(nsrole=cn=a)", .init(), true),
    ("(uid=*)", .init(groups: ["cn=a"]), true), ("(uid=*)", .init(exclude: "(memberOf=cn=a)"), true),
    ("(uid=*)", .init(exclude: "(uid=a)", excluded: ["uid=b"]), false),
  ])
  func `may depend on groups, which change by themselves`(
    filter: String, selection: Configuration.Selection, depends: Bool
  ) throws {
    #expect(try Self.source(selection, filter: filter).dependsOnGroups == depends)
  }
}
