import Domain
import HTTP
import Text

@testable import CallControl
@testable import CommandLineTool
@testable import Configuration
@testable import Directory
@testable import LDAP
@testable import Mapping
@testable import Sync

private func dialPlan() -> DialPlan {
  guard let dialPlan = DialPlan(country: "DE", plus: false) else { fatalError("there is no such country") }
  return dialPlan
}

private let german = dialPlan()
private let person = Entry(
  dn: "uid=ann,ou=people,dc=example,dc=com",
  attributes: [
    ("telephoneNumber", [AttributeValue("+49 30 9018 1001")]), ("givenName", [AttributeValue("Ann-Sophie")]),
    ("cn", [AttributeValue("Ann B.")]),
    ("sn", [AttributeValue("Müller")]), ("mail", [AttributeValue("ann@example.com")]),
  ])

/// The template's text; read ones are rendered.
func parseTemplate(_ bytes: [UInt8]) {
  do throws(TemplateError) {
    let template = try Template(String(decoding: bytes, as: UTF8.self))
    for field in ObjectField.allCases {
      _ = template.trial(of: person, dialPlan: german, names: NamePolicy(), field, of: .extension)
    }
  } catch {
    precondition(!error.message.isEmpty && error.column > 0)
  }
}

/// The first byte picks the HTTP status and where in the rest the key is put, as an error page would quote it.
func parseReply(_ bytes: [UInt8]) {
  let key = SecurityKey(secret)
  let first = Int(bytes.first ?? 0)
  var body = Array(bytes.dropFirst())
  body.insert(contentsOf: Array(secret.utf8), at: first * body.count / 256)
  let calls: [Call] = [
    .addExtension(Extension(number: "1", firstName: "A")), .deleteContact(number: "2"),
    .updateContact(Contact(number: "1", firstName: "a", lastName: "b"), registeredNumber: "2"),
  ]
  let request = APIRequest(calls[first % calls.count], CallProtocol())
  let answer = request.result(
    of: Response(status: [200, 400, 500][first % 3], contentType: "", body: body), redactor: SecretRedactor(key))
  expectNoSecret(in: "\(answer.status) \(answer.errorCode) \(answer.message)")
  precondition(answer.status != .accepted || body.count > 10)
}

/// The file's text, behind a password that somebody wrote into it by mistake.
func parseConfiguration(_ bytes: [UInt8]) {
  let mistake = Array("[directory]\nbind_password = \"\(secret)\"\n".utf8)
  for file in [bytes, mistake + bytes] {
    do throws(ConfigurationError) {
      let configuration = try Configuration(file, file: "F", credentialsDirectory: nil, stateDirectory: nil)
      _ = try Directory.Source.all(configuration)
    } catch {
      expectNoSecret(in: error.description)
      precondition(!error.findings.isEmpty)
    }
  }
}

/// An answer of DNS; and the same bytes as a DN, as a filter, and as a list of exclusions.
func parseNames(_ bytes: [UInt8]) {
  for record in serviceRecords(inAnswer: bytes[...]) ?? [] { precondition(!record.host.isEmpty) }
  let text = String(decoding: bytes, as: UTF8.self)
  let name = DN(text)
  precondition(DN(name.folded).folded == name.folded, "\(name.folded) isn't folded")
  var names = DNSet()
  names.insert(name)
  precondition(names.contains(name))
  for part in comparisons(in: text) { precondition(part.hasPrefix("(") && part.hasSuffix(")")) }
  _ = ExclusionList(text.split(separator: "\n").map(String.init)).unmatched([0])
}

/// Values of attributes as a directory may hold them: each line of the input is one, and its first byte picks whose.
func mapValues(_ bytes: [UInt8]) {
  let names = [
    "telephoneNumber", "givenName", "sn", "mail", "cn", "userAccountControl", "accountExpires", "shadowExpire",
    "mobile",
    "o", "objectGUID", "entryUUID",
  ]
  var values: [String: [AttributeValue]] = [:]
  var dn = "uid=x"
  for line in bytes.split(separator: UInt8(ascii: "\n")) {
    guard let first = line.first else { continue }
    let value = AttributeValue(bytes: Array(line.dropFirst()))
    if first == 0xFF {
      dn = value.text ?? dn
    } else {
      values[names[Int(first) % names.count], default: []].append(value)
    }
  }
  let entry = Entry(dn: dn, attributes: values.map { ($0, $1) })
  for attribute in [IdentityAttribute.objectGUID, .entryUUID] { _ = attribute.id(of: entry) }
  for source in sources {
    switch source.map(entry, EntryID("x"), 1_780_000_000) {
    case .wanted(let wanted, _): precondition(!wanted.isEmpty && wanted.allSatisfy { !$0.item.number.isEmpty })
    case .unmappable(_, let problems): precondition(problems.allSatisfy { !$0.reason.isEmpty })
    case .unnumbered, .disabled: break
    }
  }
  _ = DN(dn).parent
}

private let sources: [Directory.Source] = {
  let text = """
    [directory]
    servers = ["ldap://localhost"]
    [[users]]
    base = "o=x"
    filter = "(cn=*)"
    extension.number = "{telephoneNumber | digits | last 4}"
    extension.first_name = "{givenName ?? cn | word 1}"
    extension.last_name = "{sn | ascii}"
    extension.email = "{mail}"
    extension.caller_id = "{telephoneNumber | e164}"
    [[contacts]]
    base = "o=x"
    filter = "(cn=*)"
    contact.numbers = ["{telephoneNumber}", "{mobile | national}", "{telephoneNumber | extension}"]
    contact.first_name = "{givenName}"
    contact.last_name = "{sn ?? o}"
    contact.company = "{o}"
    [numbers]
    country = "DE"
    area = "30"
    ddi = ["+49 30 9018 0000-4999"]
    [[sites]]
    name = "below"
    base = "ou=below,o=x"
    country = "US"
    area = "212"
    [[sites]]
    name = "valued"
    attribute = "o"
    value = "Wien"
    country = "AT"
    [names]
    transliterate = "cyrillic"
    first_name = { characters = 9, bytes = 12 }
    last_name = { bytes = 3 }
    [pbx]
    url = "http://localhost/api"
    security_key_file = "key"
    """
  do {
    let configuration = try Configuration(Array(text.utf8), file: "/F", credentialsDirectory: nil, stateDirectory: nil)
    return try Directory.Source.all(configuration)
  } catch {
    fatalError("\(error)")
  }
}()

/// A table of objects to adopt.
func parseTable(_ bytes: [UInt8]) {
  guard let table = (try? CSV(bytes)).map(ExportTable.init) else { return }
  let policy = NumberPolicy(protected: [NumberRange("8000-8999")].compactMap(\.self))
  var list = AdoptionList(policy, owned: [ObjectKey(.extension, "1001")])
  list.add(table)
  precondition(!list.adoptions.contains { policy.isProtected($0.key.number) })
  precondition(!list.adoptions.contains { $0.key == ObjectKey(.extension, "1001") })
}

/// A plan file unchanged, and with a new checksum so that its content is parsed too.
func parsePlan(_ bytes: [UInt8]) {
  _ = try? PlanFile(parsing: bytes)
  let body = PlanFile.heading + "\n" + String(decoding: bytes, as: UTF8.self) + "\n"
  _ = try? PlanFile(parsing: Array((body + "checksum: \(digest(body))\n").utf8))
}

/// A configuration and an edited one, with a zero byte between them, as `plan --with` compares them.
func parseEdit(_ bytes: [UInt8]) {
  let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
  do throws(ConfigurationError) {
    let old = try Configuration.keys(in: parts[0], file: "F")
    let new = try Configuration.keys(in: parts[parts.count - 1], file: "F")
    let effect = ConfigurationEffect(
      from: old, to: new, today: Plan(), edited: editedPlan,
      sections: [
        ConfigurationEffect.Section(path: "users[0]", kind: .extension) { $0.hasSuffix("ou=a") },
        ConfigurationEffect.Section(path: "contacts[0]", kind: .contact) { _ in true },
      ])
    precondition(old != new || effect.changedKeys.isEmpty)
    precondition(Set(effect.groups.map(\.key)).isSubset(of: effect.changedKeys))
    // Each change has one cause or an unknown one.
    let groups = effect.groups.map(\.group) + [effect.undetermined?.group].compactMap(\.self)
    precondition(groups.reduce(0) { $0 + $1.updates + $1.additions } == editedPlan.changes.count)
    precondition(!effect.text.isEmpty)
  } catch {
    precondition(!error.findings.isEmpty)
  }
}

private let editedPlan: Plan = {
  var plan = Plan()
  let before = Extension(number: "1", firstName: "A", lastName: "B", callerID: "1")
  let after = Extension(number: "1", firstName: "A", lastName: "C", callerID: "1")
  plan.changes = [
    Change(
      .updateExtension(after), before: ManagedObject(.extension(before), entry: EntryID("1"), dn: "uid=1,ou=a"),
      entry: EntryID("1"), dn: "uid=1,ou=a", cause: .changed),
    Change(
      .addContact(Contact(number: "2", firstName: "A", lastName: "B")), entry: EntryID("2"), dn: "uid=2,ou=b",
      cause: .new),
  ]
  return plan
}()
