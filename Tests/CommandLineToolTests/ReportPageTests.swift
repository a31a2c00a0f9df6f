import Domain
import TestSupport
import Testing

@testable import CommandLineTool
@testable import Ledger

private let hostile = #"<script>alert("it's")</script>"#
private let escaped = "&lt;script&gt;alert(&quot;it&#39;s&quot;)&lt;/script&gt;"

@Suite(.timeLimit(.minutes(15))) struct `The people on the report page` {
  private func owned(_ number: String, _ name: String = "Ann", absence: Absence? = nil) -> ManagedObject {
    ManagedObject(
      .extension(Extension(number: number, firstName: name, email: "\(number)@example.com")), entry: EntryID(number),
      dn: "uid=\(number),dc=example", absence: absence)
  }

  @Test func `are sorted by number, extensions first, each with name, mail and entry`() {
    let contact = ManagedObject(
      .contact(Contact(number: "1002", firstName: "Bo", lastName: "Li")), entry: EntryID("c"), dn: "cn=Bo")
    let html = PeopleTable([contact, owned("20001"), owned("1002")], []).html.text
    let rows = html.split(separator: "\n").filter { $0.hasPrefix("<tr ") || $0.hasPrefix("<tr><th>1") }
    #expect(
      rows == [
        #"<tr id="n1002"><th>1002</th><td>Ann</td><td>1002@example.com</td><td>uid=1002,<wbr>dc=example</td></tr>"#,
        #"<tr id="n20001"><th>20001</th><td>Ann</td><td>20001@example.com</td><td>uid=20001,<wbr>dc=example</td></tr>"#,
        "<tr><th>1002</th><td>Bo Li <small>contact</small></td><td></td><td>cn=Bo</td></tr>",
      ])
    #expect(html.contains("2 extensions, 1 contact"))
  }

  @Test func `are visible if they are few, and folded if they are many`() {
    #expect(PeopleTable([owned("1001")], []).html.text.contains(#"<details id="everyone" open>"#))
    let many = PeopleTable((1001...6000).map { owned(String($0)) }, []).html.text
    #expect(many.contains(#"<details id="everyone"><summary>5000 extensions</summary>"#))
    #expect(many.contains(#"<tr id="n6000">"#) && many.utf8.count < 1_000_000)
  }

  @Test func `have a remark beside their names`() {
    let gone = Absence(.missing, since: 0, reads: 1)
    let html = PeopleTable([owned("1001", absence: gone), owned("1002").unproven(.answerLost, since: 0)], []).html.text
    #expect(html.contains("<small>gone from the directory</small>") && html.contains("<small>unproven</small>"))
  }

  @Test func `are text, whatever they are called`() {
    let html = PeopleTable([owned("1001", hostile)], []).html.text
    #expect(html.contains(escaped) && !html.contains("<script>"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A held set on the report page` {
  @Test func `has a section of its own once it is decided on`() {
    let item = PBXObject.extension(Extension(number: "1", firstName: "P"))
    let rejected = HeldSetRecord(
      name: "extensions-update-a", kind: .extension, action: .update, cause: .limit, reason: "too many", since: 0,
      approvedAt: nil, rejectedAt: 5, endedAt: nil, dependents: 0, templates: [], lookup: nil,
      members: [
        HeldSetRecord.Member(
          key: item.key, entry: EntryID("e"), dn: "uid=e", name: "P", registered: "1", before: item, wanted: item)
      ])
    let html = HeldSets(holds: [rejected], drops: [], now: 9).html.text
    #expect(html.contains("Held (0)</h2><p>Nothing is held.</p>"), "\(html)")
    #expect(html.contains("Approved or rejected (1)</h2>"), "\(html)")
    #expect(!HeldSets(holds: [], drops: [], now: 9).html.text.contains("Approved or rejected"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A conflict on the report page` {
  private func item(
    _ dn: String, _ reason: String = "no number", topic: String = "number missing", remedy: String = "give it one",
    ldif: String? = nil
  ) -> ConflictList.Row {
    ConflictList.Row(
      what: "extension 1", topic: topic, dn: dn, number: "1", reason: reason, remedy: remedy, ldif: ldif)
  }

  private func count(_ part: String, in html: HTML) -> Int { html.text.ranges(of: part).count }

  @Test func `is folded by its topic with a count, and has each next step once`() {
    let html = Obstacles(items: (1...44).map { item("uid=\($0)") } + [item("uid=x", topic: "failing")]).html
    #expect(count("<summary>number missing (44)</summary>", in: html) == 1)
    #expect(count("<summary>failing (1)</summary>", in: html) == 1)
    #expect(count("give it one", in: html) == 2)
  }

  @Test func `has its record folded behind the entry that it fixes`() {
    let html = Obstacles(items: [
      item("uid=a", "first", topic: "mail unusable"), item("uid=a", "second", ldif: "dn: uid=a\n"), item("uid=b"),
    ]).html
    #expect(html.text.contains("<summary>mail unusable, number missing (2)</summary>"))
    #expect(html.text.contains("<details><summary>LDIF</summary><pre>dn: uid=a\n</pre></details>"))
    #expect(count("<details", in: html) == 3)
  }

  @Test func `is text, whatever an entry is called`() {
    let html = Obstacles(items: [item(hostile, hostile, topic: hostile, remedy: hostile, ldif: hostile)]).html.text
    #expect(!html.contains("<script>") && html.contains(escaped))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `Held sets on the report page` {
  private func hold(
    members: Int, approvedAt: Timestamp? = nil, rejectedAt: Timestamp? = nil, name: String = "Ann"
  ) -> HeldSetRecord {
    let members = (0..<members).map { index -> HeldSetRecord.Member in
      let item = PBXObject.extension(Extension(number: String(1001 + index), firstName: name))
      return HeldSetRecord.Member(
        key: item.key, entry: EntryID(item.number), dn: "uid=\(item.number),ou=people", name: item.name,
        registered: item.number, before: item, wanted: nil)
    }
    return HeldSetRecord(
      name: "extensions-abc", kind: .extension, action: .removal, cause: .limit, reason: "more than max_count",
      since: 0, approvedAt: approvedAt, rejectedAt: rejectedAt, endedAt: nil, dependents: 0, templates: [],
      lookup: HeldSetRecord.Lookup(asked: members.count, found: 0, at: 0), members: members)
  }

  private func html(_ hold: HeldSetRecord) -> String { HeldSets(holds: [hold], drops: [], now: 100).html.text }

  @Test func `show people, cause and the commands to decide`() {
    let text = html(hold(members: 12))
    for part in [
      "<h3>12 removals of extensions, held since", "<p>more than max_count</p>", "uid=1001,<wbr>ou=people",
      "approve extensions-abc</code>", "reject extensions-abc</code>", "<summary>2 more</summary>",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func `have no commands once decided`() {
    #expect(!html(hold(members: 1, approvedAt: 50)).contains("<code>"))
    let rejected = html(hold(members: 1, rejectedAt: 50))
    #expect(rejected.contains("approve extensions-abc") && !rejected.contains("reject extensions-abc"))
    #expect(HeldSets(holds: [hold(members: 3, approvedAt: 50), hold(members: 2)], drops: [], now: 0).count == 2)
  }

  @Test func `have names as text`() { #expect(!html(hold(members: 1, name: hostile)).contains("<script>")) }
}

@Suite(.timeLimit(.minutes(15))) struct `The number plan on the report page` {
  private func html(_ range: String, _ state: LedgerState, protected: [String] = []) throws -> String {
    let policy = NumberPolicy(
      extensionRanges: [try #require(NumberRange(range))], protected: protected.compactMap { NumberRange($0) },
      rest: 100
    )
    return NumberGrid(plan: NumberPlan(policy, state, at: 1000)).html.text
  }

  private func owned(_ number: String) -> ManagedObject {
    ManagedObject(.extension(Extension(number: number, firstName: "Ann")), entry: EntryID(number), dn: "uid=\(number)")
  }

  @Test func `has the digits of each number behind the first one of its row`() throws {
    var state = LedgerState(owned: [owned("1007")])
    state.formerHolders = [FormerHolder(ObjectKey(.extension, "1012"), entry: EntryID("c"), dn: "uid=c", at: 990)]
    let text = try html("1005-1299", state, protected: ["1200-1209"])
    for part in [
      "<summary>1005–1099: 1 managed, 1 in quarantine, 93 free</summary>",
      #"<b>1000</b><b></b><b></b><b></b><b></b><b></b>"#,
      ##"<a class="managed" href="#n1007" title="1007: managed, Ann">07</a>"##, "<b>1010</b>",
      #"<i class="free">99</i>"#,
      "<li>1012: in quarantine, was uid=c&#39;s</li>", "1100–1199: all free",
      "<summary>1200–1299: 10 protected, 90 free</summary>",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func `has spans with their counts where a cell is ten numbers`() throws {
    let text = try html("20000-59999", LedgerState(owned: ["20001", "20012", "20500"].map(owned)))
    for part in [
      "<summary>20000–20999: 3 managed, 997 free</summary>", "20000–20019: 2 managed, 18 free</li>",
      "20500–20509: 1 managed, 9 free</li>",
      "21000–59999: all free",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func `folds its hundreds where there are many`() throws {
    let few = try html("1000-1999", LedgerState(owned: [owned("1001")]))
    #expect(few.contains("<details open>"))
    let many = try html("1000-4999", LedgerState(owned: (10...49).map { owned("\($0)01") }))
    #expect(!many.contains("<details open>") && many.contains("<summary>4900–4999: 1 managed, 99 free</summary>"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The report page's policy` {
  @Test func `allows only the script with its SHA-256`() async throws {
    let hash = try await ChildProcess.run(
      "bash", ["-c", "openssl dgst -sha256 -binary | base64"], input: HTML.script.text
    ).output.split(separator: "\n").joined()
    #expect(HTML.policy.text.contains("script-src 'sha256-\(hash)'"), "\(hash)")
  }
}
