import Domain
import Synchronization
import TestSupport

/// What an answer of the directory lacks, without an error.
enum ReadFault: Hashable, Sendable {
  /// The search ends with this result code.
  case result(Int)
  /// The connection ends in the middle.
  case cut
  /// These users aren't shown, as if they weren't there.
  case hides(Set<Int>)
  /// The canary isn't shown.
  case hidesCanary
  /// A part lies on another server.
  case referral
}

/// The directory: its people, and the server that shows them.
final class SimulatedDirectory: Sendable {
  /// What the test and the server's threads share.
  private final class Shared: Sendable {
    let state = Mutex(State())
  }

  fileprivate struct State {
    var people: [Int: Person] = [:]
    var fault: ReadFault?
    /// The IDs that each branch has shown.
    var shown: [String: Set<Int>] = [:]
  }

  static let people = "ou=people,dc=example,dc=org"
  static let guests = "ou=guests,dc=example,dc=org"
  static let partners = "ou=partners,dc=example,dc=org"
  /// What the narrow filter compares an attribute with.
  static let narrow = "even"
  static let canary = "cn=canary,dc=example,dc=org"

  private let shared: Shared
  private let server: ScriptedDirectory
  var uri: String { server.uri }

  /// - Parameter socket: the path of its socket.
  init(socket: String) throws {
    let shared = Shared()
    server = try ScriptedDirectory(at: socket) { search in shared.state.withLock { $0.answer(search) } }
    self.shared = shared
  }

  /// The people as they are, by their IDs.
  var people: [Int: Person] {
    get { shared.state.withLock(\.people) }
    set { shared.state.withLock { $0.people = newValue } }
  }

  /// Begins a read, with a fault or none.
  func beginRead(_ fault: ReadFault?) {
    shared.state.withLock { state in
      state.fault = fault
      state.shown = [:]
    }
  }

  /// The people as the read has shown them; nil unless each branch was read to its end.
  var shown: Set<Person>? {
    shared.state.withLock { state in
      guard let people = state.shown[Self.people], let guests = state.shown[Self.guests],
        let contacts = state.shown[Self.partners]
      else { return nil }
      let users = people.union(guests)
      return Set(
        state.people.values.filter { users.contains($0.id) || contacts.contains($0.id) }.map { person in
          var person = person
          if !users.contains(person.id) { person.forgetUser() }
          if !contacts.contains(person.id) { person.contact = nil }
          return person
        })
    }
  }
}

extension SimulatedDirectory.State {
  mutating func answer(_ search: ScriptedDirectory.Search) -> [ScriptedDirectory.Answer] {
    switch search.base {
    case "":
      return [
        .entry("", ["objectClass": ["top"], "namingContexts": ["dc=example,dc=org"], "vendorName": ["Simulated"]])
      ]
    case "dc=example,dc=org":
      return []
    case SimulatedDirectory.canary:
      return fault == .hidesCanary ? [] : [.entry(search.base, ["cn": ["canary"]])]
    case SimulatedDirectory.people, SimulatedDirectory.guests, SimulatedDirectory.partners:
      // A question about the base itself.
      if search.attributes == ["objectClass"] { return [.entry(search.base, ["objectClass": ["organizationalUnit"]])] }
      return entries(search)
    default: return single(search)
    }
  }

  /// One entry by its DN.
  private func single(_ search: ScriptedDirectory.Search) -> [ScriptedDirectory.Answer] {
    let name = search.base.prefix { $0 != "," }.dropFirst("uid=".count)
    guard let id = Int(name.dropFirst()), let person = people[id], search.selects(person) else { return [.result(32)] }
    if name.hasPrefix("p") { return search.base.hasSuffix(person.branch) ? [person.entry] : [.result(32)] }
    return person.contact == nil ? [.result(32)] : [person.contactEntry]
  }

  private mutating func entries(_ search: ScriptedDirectory.Search) -> [ScriptedDirectory.Answer] {
    var all = people.values.sorted { $0.id < $1.id }
    let isOfUsers = search.base != SimulatedDirectory.partners
    all.removeAll { isOfUsers ? $0.branch != search.base || !search.selects($0) : $0.contact == nil }
    // A search by an ID.
    if let value = search.filterValues.first(where: { Person.id(ofEntry: $0) != nil }) {
      all.removeAll { value != $0.entryID(isOfUsers ? .extension : .contact) }
      return all.map { isOfUsers ? $0.entry : $0.contactEntry }
    }
    if case .hides(let hidden) = fault, isOfUsers { all.removeAll { hidden.contains($0.id) } }
    var answers = all.map { isOfUsers ? $0.entry : $0.contactEntry }
    switch fault {
    case .result(let code):
      return answers.prefix(answers.count / 2) + [.result(code)]
    case .cut: return answers.prefix(answers.count / 2) + [.close]
    case .referral: answers.append(.reference("ldap://elsewhere.example.org/ou=more,\(search.base)"))
    case .hides, .hidesCanary, nil: break
    }
    shown[search.base] = Set(all.map(\.id))
    return answers
  }
}

extension ScriptedDirectory.Search {
  /// Whether its filter selects a user: a narrow one takes every second.
  fileprivate func selects(_ person: Person) -> Bool {
    !filterValues.contains(SimulatedDirectory.narrow) || person.id.isMultiple(of: 2)
  }
}

extension Person {
  fileprivate var entry: ScriptedDirectory.Answer {
    var values = [
      "objectClass": ["inetOrgPerson"], "employeeNumber": [entryID(.extension)], "givenName": ["P\(id)"],
      "sn": [lastName], "mail": [mail],
    ]
    if let number { values["telephoneNumber"] = [number] }
    if isDisabled { values["nsAccountLock"] = ["TRUE"] }
    return .entry("uid=p\(id),\(branch)", values)
  }

  fileprivate var contactEntry: ScriptedDirectory.Answer {
    .entry(
      "uid=c\(id),\(SimulatedDirectory.partners)",
      [
        "objectClass": ["inetOrgPerson"], "employeeNumber": [entryID(.contact)], "givenName": ["C\(id)"],
        "sn": [lastName],
        "telephoneNumber": [contact ?? ""],
      ])
  }
}
