import Domain
import Reconcile
import Testing

private func wantedObject(
  _ number: String, email: String = "", choices: [ObjectField: [String]] = [:], kept: Set<ObjectField> = []
) -> WantedObject {
  WantedObject(
    person("a", number, email: email), entry: EntryID("a"), dn: dn("a"), open: OpenFields(choices: choices, kept: kept))
}

private func planning(_ wantedObject: WantedObject, owning owned: [PBXObject], absent: [PBXObject] = []) -> Case {
  var it = Case()
  it.reading.wanted = [wantedObject]
  it.reading.record(.mapped, of: EntryID("a"), as: wantedObject.item.kind)
  for item in owned { it.own(item, "a") }
  for item in absent { it.own(item, "a", absence: Absence(.renumbered, since: 1, reads: 1)) }
  return it
}

@Suite(.timeLimit(.minutes(15))) struct `A value in use` {
  let addresses = [ObjectField.email: ["a@old.example.com", "z@example.com"]]

  @Test func `stays as long as the directory lists it`() {
    let second = wantedObject("1001", choices: [.number: ["1001", "1002"]])
    #expect(planning(second, owning: [person("a", "1002")]).plan == Plan())
    let alias = wantedObject("1001", email: "a@old.example.com", choices: addresses)
    #expect(planning(alias, owning: [person("a", "1001", email: "z@example.com")]).plan == Plan())
  }

  @Test func `is replaced by the first value if the directory no longer lists it`() {
    let alias = wantedObject("1001", email: "a@old.example.com", choices: addresses)
    let plan = planning(alias, owning: [person("a", "1001", email: "gone@example.com")]).plan
    #expect(plan.changes.map { $0.fields.map(\.new) } == [["a@old.example.com"]])
  }

  @Test func `is the one that isn't leaving`() {
    let second = wantedObject("1001", choices: [.number: ["1001", "1002"]])
    let plan = planning(second, owning: [person("a", "1002")], absent: [person("a", "1001")]).plan
    #expect(plan.calls == ["delete extension 1001"])
  }

  @Test func `may be that of an add whose answer was lost`() {
    var it = planning(wantedObject("1001", choices: [.number: ["1001", "1002"]]), owning: [])
    it.inDoubtCall(.add(person("a", "1002")), "a")
    #expect(it.plan.calls == ["add extension 1002 a"])
  }

  @Test func `isn't that of somebody else`() {
    var it = planning(wantedObject("1001", choices: [.number: ["1001", "1002"]]), owning: [])
    it.own(person("b", "1002"), "b")
    it.want(person("b", "1002"), "b")
    #expect(it.plan.calls == ["add extension 1001 a"])
  }

  @Test func `keeps the others from the pools`() {
    var it = planning(wantedObject("200", choices: [.number: ["200", "201"]]), owning: [])
    it.wantAny("n")
    #expect(it.plan.calls == ["add extension 200 a", "add extension 202 n"])
  }

  @Test func `goes along where the number changes`() {
    let alias = wantedObject("1003", email: "a@old.example.com", choices: addresses)
    let plan = planning(alias, owning: [person("a", "1001", email: "z@example.com")]).plan
    #expect(plan.changes.first?.call.item == person("a", "1003", email: "z@example.com"))
  }

  @Test func `holds for each of a contact's numbers`() {
    var it = Case()
    for (number, choices) in [("1", ["1", "2"]), ("3", ["3", "4"])] {
      it.reading.wanted.append(
        WantedObject(
          contact("a", number), entry: EntryID("a"), dn: dn("a"), open: OpenFields(choices: [.number: choices])))
    }
    it.reading.record(.mapped, of: EntryID("a"), as: .contact)
    for number in ["2", "4"] { it.own(contact("a", number), "a") }
    #expect(it.plan == Plan())
  }

  @Test func `is found for a change that the directory reported of`() {
    let it = planning(wantedObject("1001", choices: [.number: ["1001", "1002"]]), owning: [person("a", "1002")])
    let delta = it.incrementalPlan()
    #expect(delta.plan.changes.isEmpty && delta.remainder == nil)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A field that can't be used` {
  @Test func `stays as it is on the PBX, and is empty where there is nothing`() {
    let broken = wantedObject("1001", kept: [.email])
    #expect(planning(broken, owning: [person("a", "1001", email: "a@example.com")]).plan == Plan())
    #expect(planning(broken, owning: []).plan.changes.first?.call.item == person("a", "1001"))
  }

  @Test func `goes along to another number, and is never that of the number's last holder`() {
    var it = planning(wantedObject("1002", kept: [.email]), owning: [person("a", "1001", email: "a@example.com")])
    #expect(it.plan.changes.first?.call.item == person("a", "1002", email: "a@example.com"))
    it = planning(wantedObject("1002", kept: [.email]), owning: [])
    it.own(person("b", "1002", email: "b@example.com"), "b")
    it.want(person("b", "1003", email: "b@example.com"), "b")
    #expect(it.plan.changes.first { $0.call.key.number == "1002" }?.call.item == person("a", "1002"))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `The domain of an e-mail address` {
  @Test func `is the same in any case`() {
    var it = Case()
    it.want(person("a", "1001", email: "A.b@example.com"), "a")
    it.own(person("a", "1001", email: "A.b@EXAMPLE.com"), "a")
    #expect(it.plan == Plan())
    it = Case()
    it.want(person("a", "1001", email: "a.b@example.com"), "a")
    it.own(person("a", "1001", email: "A.b@example.com"), "a")
    #expect(it.plan.calls == ["update extension 1001 a"])
  }
}
