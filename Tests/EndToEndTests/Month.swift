import Foundation
import TestSupport
import Testing

/// A month of a company: its directory, a server that copies it, the PBX and pbxsyncd, with a clock that only the script moves.
///
/// After each run everything is looked at: whatever was asked of the PBX must follow from something that has happened, what had to
/// follow has followed, and the PBX holds what is true.
struct Month {
  let it: Installation
  var company: Company
  /// What was counted.
  private(set) var figures = Figures()

  struct Figures {
    var runs = 0
    var requests = 0
    /// The mails, by their reasons.
    var mails: [String: Int] = [:]
    var deletes = 0
    var approvals = 0
    /// For how long somebody's number wasn't on the PBX, of all people together.
    var secondsWithoutPhone = 0
    /// The same for values that belonged to another person or were outdated.
    var secondsWithOldValues = 0
    var newNumbers = 0
  }

  private let replica: Slapd
  /// The ways to the first server, and from the replica to it.
  private let front, link: AlternatingProxy
  /// Seconds since the month began.
  private var now = 0
  private var phones: [String: Simulator.Extension] = [:]

  static let reader = "cn=pbxsyncd,\(Slapd.suffix)"
  private static let password = "reader-secret"
  private static let filter = "(&(objectClass=inetOrgPerson)(telephoneNumber=*))"
  private static let access = [
    "to attrs=userPassword by anonymous auth by * none", "to * by dn.exact=\"\(reader)\" read by * none",
  ]
  private static let database =
    access.map { "access \($0)\n" }.joined() + "dbnosync\noverlay syncprov"
  private static let minute = 60
  private static let hour = 3600

  init(_ company: Company) async throws {
    self.company = company
    let reader = """
      dn: \(Self.reader)
      objectClass: organizationalRole
      objectClass: simpleSecurityObject
      cn: pbxsyncd
      userPassword: \(Self.password)


      """
    it = try await Installation(
      company.directory + reader, slapd: Self.database, globals: "database config\nrootdn \"cn=admin,\(Slapd.suffix)\"")
    front = try AlternatingProxy(to: [it.slapd.ldapURI])
    link = try AlternatingProxy(to: [it.slapd.ldapURI])
    replica = try await Slapd.start(
      config: Self.database + """

        syncrepl rid=1 provider=\(link.uri) type=refreshAndPersist retry="1 +" searchbase="\(Slapd.suffix)"
          bindmethod=simple binddn="\(it.slapd.rootDN)" credentials="\(it.slapd.password)"
        """, password: it.slapd.password)
    try it.write("ldap-password", Self.password)
    try configure(filter: Self.filter)
  }

  // MARK: - What its admins do

  /// The configuration as shipped, with this filter.
  func configure(filter: String) throws {
    try it.configure(
      servers: [front.uri, replica.ldapURI],
      users: """
        [[users]]
        base = "\(Installation.people)"
        filter = "\(filter)"
        disabled = "(employeeType=left)"
        extension.number = "{telephoneNumber | extension}"
        extension.first_name = "{givenName ?? cn | word 1}"
        extension.last_name = "{sn}"
        extension.email = "{mail}"
        extension.caller_id = '{telephoneNumber | prefer "30 " | e164}'
        """,
      contacts: "", numbers: "ddi = [\"+49 30 9018 1000-4999\"]", pbx: "probe = \"auto\"", removal: "", limits: "")
    try it.write(
      "pbxsyncd.toml",
      it.configuration().replacing("bind_dn = \"\(it.slapd.rootDN)\"", with: "bind_dn = \"\(Self.reader)\""))
  }

  func mistakeInFilter() throws { try configure(filter: Self.filter.dropLast() + "(departmentNumber=7))") }
  func mendFilter() throws { try configure(filter: Self.filter) }

  /// An access rule that hides a department's attributes.
  func mistakeInAccess(to attributes: String, of department: String) async throws {
    let rule = "to dn.subtree=\"ou=\(department),\(Installation.people)\" attrs=\(attributes) by * none"
    try await setAccess([rule] + Self.access)
  }

  func mendAccess() async throws { try await setAccess(Self.access) }

  private func setAccess(_ rules: [String]) async throws {
    let values = rules.enumerated().map { "olcAccess: {\($0)}\($1)\n" }.joined()
    let change = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcAccess\n\(values)\n"
    try await it.slapd.modify(change)
  }

  func stopReplication() { link.setDown(true) }

  func resumeReplication() async throws {
    link.setDown(false)
    try await waitForReplica()
  }

  /// The first server is looked after, and the replica answers.
  func takeFirstServerAway() { front.setDown(true) }
  func bringFirstServerBack() { front.setDown(false) }

  /// Waits until the replica has everything.
  func waitForReplica() async throws {
    let newest = try await it.slapd.value("contextCSN", of: Slapd.suffix)
    try await eventually("the replica") { try await replica.value("contextCSN", of: Slapd.suffix) == newest }
  }

  // MARK: - What happens

  /// The next working day: at ten o'clock all this happens, and a minute later pbxsyncd looks at the directory.
  ///
  /// - Parameter status: what it ends with; 0 says that nothing is left to do.
  @discardableResult
  mutating func day(
    _ events: (inout Company) -> Void = { _ in }, expecting status: Int32? = 0,
    at place: SourceLocation = #_sourceLocation
  ) async throws -> Report {
    let day = now / (24 * Self.hour)
    // The fifth is a Friday.
    let next = figures.runs == 0 ? 0 : day % 7 == 4 ? day + 3 : day + 1
    advance(to: next * 24 * Self.hour + 10 * Self.hour)
    events(&company)
    let change = company.takeLDIF()
    if !change.isEmpty { try await it.slapd.modify(change) }
    advance(by: Self.minute)
    return try await run(expecting: status, at: place)
  }

  /// The same day, some hours later.
  @discardableResult
  mutating func later(
    hours: Int, expecting status: Int32? = 0, at place: SourceLocation = #_sourceLocation
  ) async throws -> Report {
    advance(by: hours * Self.hour)
    return try await run(expecting: status, at: place)
  }

  /// What is held is let go where all of it follows from what has happened, and is made a minute later.
  mutating func adminApproves(_ report: Report, at place: SourceLocation = #_sourceLocation) async throws {
    let isRight = report.held.filter { set in
      set.objects.allSatisfy { object in
        company.due.contains { $0.request == "\(set.request) \(object.number)" }
      }
    }
    #expect(!isRight.isEmpty, "\(report.held.map(\.limit))", sourceLocation: place)
    for set in isRight {
      let said = try await it.run(["approve", set.name], clock: clock)
      #expect(said.exitStatus == 0, "\(said.errors)", sourceLocation: place)
      let requests = Set(set.objects.map { "\(set.request) \($0.number)" })
      for index in company.due.indices where requests.contains(company.due[index].request) {
        company.due[index].from = now
      }
      figures.approvals += 1
    }
    advance(by: Self.minute)
    try await run(at: place)
  }

  private var clock: String { "wall+\(now),boottime+\(now)" }

  private mutating func advance(to time: Int) { advance(by: time - now) }

  /// Lets time pass, and counts who had no phone meanwhile.
  private mutating func advance(by seconds: Int) {
    precondition(seconds >= 0)
    // Before the first load nobody had one.
    if figures.runs > 0 {
      for employee in company.staff.values {
        let phone = phones[employee.number]
        if phone == nil { figures.secondsWithoutPhone += seconds }
        if let phone, phone != employee.phone { figures.secondsWithOldValues += seconds }
      }
    }
    now += seconds
  }

  @discardableResult
  private mutating func run(expecting status: Int32? = 0, at place: SourceLocation) async throws -> Report {
    try await it.pbx.resetLog()
    let finished = try await it.run(["--sync-now", "--json"], clock: clock)
    let day = "day \(now / (24 * Self.hour) + 1)"
    if let status {
      #expect(finished.exitStatus == status, "\(day): \(finished.output)\(finished.errors)", sourceLocation: place)
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(finished.output.utf8))
    figures.runs += 1
    let state = try await it.pbx.state()
    phones = Dictionary(state.extensions.map { ($0.number, $0) }) { first, _ in first }
    figures.requests += state.requests

    if report.complete {
      for index in company.due.indices where company.due[index].from == nil {
        company.due[index].from = company.due[index].waits ? now + 24 * Self.hour : now
      }
    }
    var mails: [String] = []
    for request in try await made() {
      guard let index = company.due.firstIndex(where: { $0.request == request && ($0.from ?? .max) <= now }) else {
        Issue.record("\(day): \(request) follows from nothing", sourceLocation: place)
        continue
      }
      let due = company.due.remove(at: index)
      if request.hasPrefix("deleteExt") { figures.deletes += 1 }
      if request.hasPrefix("addExt"), figures.runs > 1 { figures.newNumbers += 1 }
      if let mail = due.mail {
        mails.append(mail)
        figures.mails[due.reason, default: 0] += 1
      }
    }
    #expect(state.mails.sorted() == mails.sorted(), "\(day)", sourceLocation: place)
    if status == 0 {
      let overdue = company.due.filter { ($0.from ?? .max) <= now }.map { "\($0.request): \($0.reason)" }
      #expect(overdue == [], "\(day)", sourceLocation: place)
    }
    compare(day, place)
    return report
  }

  /// What the PBX was asked to change, and did.
  private func made() async throws -> [String] {
    try await it.pbx.log().filter { $0.answer?["status"] != nil }.flatMap { call in
      call.items.map { "\(call.action) \($0["ExtentionNumber"] ?? "?")" }
    }
  }

  /// The PBX holds what is true, but for what is still to be done.
  private func compare(_ day: String, _ place: SourceLocation) {
    let open = Set(company.due.map { $0.request.split(separator: " ")[1] })
    let truth = Dictionary(uniqueKeysWithValues: company.staff.values.map { ($0.number, $0.phone) })
    for number in Set(truth.keys).union(phones.keys) where !open.contains(number[...]) {
      #expect(phones[number] == truth[number], "\(day)", sourceLocation: place)
    }
  }
}

extension Report.Held {
  /// The action by which its changes are asked for.
  fileprivate var request: String {
    switch action {
    case "addition": "addExt"
    case "update": "updateExt"
    default: "deleteExt"
    }
  }
}

extension Month.Figures: CustomStringConvertible {
  var description: String {
    let reasons = mails.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($1) \($0)" }.joined(separator: ", ")
    return
      "\(runs) runs, \(requests) requests, \(mails.values.reduce(0, +)) mails (\(reasons)), \(deletes) deletes, "
      + "\(approvals) approvals, \(secondsWithoutPhone) seconds without a phone for \(newNumbers) new numbers, "
      + "\(secondsWithOldValues) seconds with old values"
  }
}
