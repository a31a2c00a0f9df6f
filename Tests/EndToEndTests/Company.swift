import TestSupport

/// A company whose people come, go, marry and move, as a script has them do: who they really are, what its admin saves in the
/// directory for it, and what that must lead to on the PBX.
struct Company {
  struct Employee {
    let uid: String
    var first, last, mail, number, department: String

    var dn: String { "uid=\(uid),ou=\(department),\(Installation.people)" }

    var phone: Simulator.Extension {
      Simulator.Extension(number, first, last, email: mail, callerID: "49309018\(number)")
    }
  }

  /// A request that must be made, once, and why.
  struct Due {
    let request: String
    let mail: String?
    let reason: String
    /// Whether it waits for a grace.
    let waits: Bool
    /// From when on it may be made; nil until a run has seen what it follows from.
    var from: Int?
  }

  static let departments = ["sales", "support", "production", "logistics", "development", "finance"]

  /// Who really works there, by uid.
  private(set) var staff: [String: Employee] = [:]
  var due: [Due] = []
  /// What is to be saved in the directory.
  private var ldif = ""
  /// What happens to somebody happens to nobody else: each has one story in a month.
  private var touched: Set<String> = []
  private var random: SplitMix64
  private var count = 0

  init(of size: Int, seed: UInt64) {
    random = SplitMix64(state: seed)
    for _ in 0..<size { hire("first load") }
  }

  /// LDIF of all its departments and people.
  var directory: String {
    Self.departments.map { "dn: ou=\($0),\(Installation.people)\nobjectClass: organizationalUnit\nou: \($0)\n\n" }
      .joined()
      + staff.values.sorted { $0.uid < $1.uid }.map { Self.entry($0) }.joined()
  }

  mutating func takeLDIF() -> String {
    defer { ldif = "" }
    return ldif
  }

  // MARK: - What happens

  mutating func somebodyJoins(alsoAt other: String = "") {
    ldif += Self.entry(hire("joined"), other: other).ldapAdd
  }

  mutating func somebodyLeaves(from department: String? = nil) {
    let employee = dismiss(pick(in: department))
    remove(employee)
    expect("deleteExt", employee, "left", waits: true)
  }

  /// The entry is kept, and marked.
  mutating func somebodyIsDisabled() {
    let employee = dismiss(pick())
    ldif += replace(employee.dn, "employeeType", "left")
    expect("deleteExt", employee, "left", waits: true)
  }

  /// An employee leaves, and the successor gets the number.
  mutating func somebodyIsReplaced(keepingTheEntry: Bool = false) {
    let earlier = dismiss(pick())
    if keepingTheEntry { ldif += replace(earlier.dn, "employeeType", "left") } else { remove(earlier) }
    ldif += Self.entry(hire("took a number over", number: earlier.number)).ldapAdd
  }

  mutating func somebodyMarries(withNewAddress: Bool = true) {
    var employee = pick()
    employee.last += "-" + one(of: Self.lastNames)
    ldif += replace(employee.dn, "sn", employee.last)
    if withNewAddress {
      employee.mail = "married.\(employee.mail)"
      ldif += replace(employee.dn, "mail", employee.mail)
    }
    change(employee, "married")
  }

  /// Another value, which comes first in every order.
  mutating func somebodyGetsAnAlias() { add("mail", "a.a@example.com", to: pick()) }
  mutating func somebodyGetsASecondNumber() { add("telephoneNumber", "+49 171 3920012", to: pick()) }

  mutating func somebodysNumberIsWrittenOtherwise() {
    let employee = pick()
    ldif += replace(employee.dn, "telephoneNumber", "030 / 9018-\(employee.number)")
  }

  mutating func somebodyMovesToAnotherDepartment() {
    var employee = pick(in: "finance")
    let rdn = "uid=\(employee.uid)"
    let parent = "ou=development,\(Installation.people)"
    ldif += "dn: \(employee.dn)\nchangetype: modrdn\nnewrdn: \(rdn)\ndeleteoldrdn: 0\nnewsuperior: \(parent)\n\n"
    employee.department = "development"
    staff[employee.uid] = employee
  }

  /// The entry is deleted and created again, with another id.
  mutating func somebodyIsRecreated() {
    let employee = pick()
    remove(employee)
    ldif += Self.entry(employee).ldapAdd
  }

  mutating func somebodyGetsAnotherNumber() {
    var employee = pick()
    expect("deleteExt", employee, "got another number", waits: true)
    employee.number = newNumber()
    ldif += replace(employee.dn, "telephoneNumber", "+49 30 9018 \(employee.number)")
    staff[employee.uid] = employee
    expect("addExt", employee, "got another number")
  }

  mutating func twoSwapTheirNumbers() {
    var (one, other) = (pick(), pick())
    (one.number, other.number) = (other.number, one.number)
    for employee in [one, other] {
      ldif += replace(employee.dn, "telephoneNumber", "+49 30 9018 \(employee.number)")
      change(employee, "swapped numbers")
    }
  }

  /// An entry is deleted by mistake; `comeBack` creates it again.
  mutating func somebodyIsDeletedByMistake() -> Employee {
    let employee = pick()
    remove(employee)
    return employee
  }

  mutating func comesBack(_ employee: Employee) { ldif += Self.entry(employee).ldapAdd }

  mutating func everybodyGetsAnAddress(in domain: String) {
    for employee in staff.values.sorted(by: { $0.uid < $1.uid }) {
      add("mail", Self.address(employee.mail, in: domain), to: employee)
    }
  }

  /// What the mail domain was is taken off everybody.
  mutating func everybodyLosesTheAddressBeforeThat(in domain: String) {
    for var employee in staff.values.sorted(by: { $0.uid < $1.uid }) {
      employee.mail = Self.address(employee.mail, in: domain)
      ldif += replace(employee.dn, "mail", employee.mail)
      change(employee, "the mail domain was renamed")
    }
  }

  // MARK: - How

  @discardableResult
  private mutating func hire(_ reason: String, number: String? = nil) -> Employee {
    count += 1
    let uid = "p\(count)"
    let employee = Employee(
      uid: uid, first: one(of: Self.firstNames),
      last: one(of: Self.lastNames),
      mail: "\(uid)@example.com", number: number ?? newNumber(),
      department: Self.departments[count % Self.departments.count])
    staff[uid] = employee
    if count > 300 { touched.insert(uid) }
    expect(number == nil ? "addExt" : "updateExt", employee, reason)
    return employee
  }

  private var lastNumber = 999

  private mutating func newNumber() -> String {
    lastNumber += 1
    return String(lastNumber)
  }

  /// An employee whose entry hasn't changed yet. Departments that a mistake hides are spared, unless they are named.
  private mutating func pick(in department: String? = nil) -> Employee {
    let spared = ["sales", "support"]
    let free = staff.values.filter { employee in
      if touched.contains(employee.uid) { return false }
      return department.map { $0 == employee.department } ?? !spared.contains(employee.department)
    }
    let employee = one(of: free.sorted { $0.uid < $1.uid })
    touched.insert(employee.uid)
    return employee
  }

  private mutating func one<Choice>(of choices: [Choice]) -> Choice {
    choices[Int.random(in: choices.indices, using: &random)]
  }

  private mutating func dismiss(_ employee: Employee) -> Employee {
    staff[employee.uid] = nil
    return employee
  }

  private mutating func change(_ employee: Employee, _ reason: String) {
    staff[employee.uid] = employee
    expect("updateExt", employee, reason)
  }

  private mutating func expect(_ action: String, _ employee: Employee, _ reason: String, waits: Bool = false) {
    let mail = action == "deleteExt" ? nil : employee.mail
    due.append(Due(request: "\(action) \(employee.number)", mail: mail, reason: reason, waits: waits))
  }

  private mutating func remove(_ employee: Employee) { ldif += "dn: \(employee.dn)\nchangetype: delete\n\n" }

  private mutating func add(_ attribute: String, _ value: String, to employee: Employee) {
    ldif += "dn: \(employee.dn)\nchangetype: modify\nadd: \(attribute)\n\(attribute): \(value)\n\n"
  }

  private static func address(_ mail: String, in domain: String) -> String {
    mail.prefix { $0 != "@" } + "@" + domain
  }

  private static func entry(_ employee: Employee, other: String = "") -> String {
    """
    dn: \(employee.dn)
    objectClass: inetOrgPerson
    uid: \(employee.uid)
    cn: \(employee.first) \(employee.last)
    givenName: \(employee.first)
    sn: \(employee.last)
    mail: \(employee.mail)
    telephoneNumber: +49 30 9018 \(employee.number)
    departmentNumber: \(employee.number.suffix(1))\(other)


    """
  }

  private static let firstNames = ["Anna", "Bjørn", "Chloé", "Dženan", "Elif", "Fritz", "Gül", "Hanna", "Ivo", "Jörg"]
  private static let lastNames = [
    "Müller", "von der Heide", "O'Neill", "Şahin", "Łęcki", "Berg", "Núñez", "Öz", "Weiß",
  ]
}
