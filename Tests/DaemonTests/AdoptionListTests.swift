import Domain
import Reconcile
import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(15))) struct `A list of what may be adopted` {
  private func list(_ memory: Memory = Memory()) -> AdoptionList { AdoptionList(NumberPolicy(), memory) }

  private func texts(_ list: AdoptionList) -> [String] { list.adoptions.map { "\($0.key)" }.sorted() }

  private func unproven(_ item: Item) -> Owned {
    Owned(item, entry: EntryID("a"), dn: "uid=a").unproven(.ledgerRestored, since: 1)
  }

  @Test func `allows a number as what it is known to be, and else as what the directory wants`() {
    var memory = Memory(owned: [unproven(.extension(Extension(number: "1001", firstName: "Ann")))])
    memory.knownForeign = [KnownForeign(Key(.contact, "49301"), since: 1)]
    var it = list(memory)
    for word in ["1001", "49301", "1002", "1003"] { it.add(word: word) }
    it.keep(wanted: [Key(.extension, "1002"), Key(.contact, "1001")])
    #expect(texts(it) == ["contact 1003", "contact 49301", "extension 1001", "extension 1002", "extension 1003"])
  }

  @Test func `leaves both where the directory wants both`() {
    var it = list()
    it.add(word: "1002")
    it.keep(wanted: Set(Kind.allCases.map { Key($0, "1002") }))
    #expect(texts(it) == ["contact 1002", "extension 1002"])
  }

  @Test func `has the unproven contacts of a range too`() {
    let contacts = ["1001", "2001"].map { unproven(.contact(Contact(number: $0, firstName: "A", lastName: "B"))) }
    var it = list(Memory(owned: contacts))
    it.add(word: "1001-1002")
    #expect(texts(it) == ["contact 1001", "extension 1001", "extension 1002"])
  }

  @Test func `names a contact that a table has twice, and doesn't have it`() throws {
    var it = list()
    let table = ExportTable(try CSV(Array("PhoneNumber,FirstName\n1,a\n2,b\n1,a\n1,c\n".utf8)))
    it.add(table)
    #expect(texts(it) == ["contact 2"] && it.faults == [])
    #expect(table.repeatedText.contains("contact 1 on lines 2, 4, 5"))
    let evidence = table.evidence(in: [])
    #expect(evidence.objects.count == 1 && evidence.unclear == [Key(.contact, "1")])
  }
}
