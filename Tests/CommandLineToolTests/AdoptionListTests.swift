import Domain
import Reconcile
import Testing

@testable import CommandLineTool

@Suite(.timeLimit(.minutes(15))) struct `A list of what may be adopted` {
  private func list(_ state: LedgerState = LedgerState()) -> AdoptionList { AdoptionList(NumberPolicy(), state) }

  private func texts(_ list: AdoptionList) -> [String] { list.adoptions.map { "\($0.key)" }.sorted() }

  private func unproven(_ item: PBXObject) -> ManagedObject {
    ManagedObject(item, entry: EntryID("a"), dn: "uid=a").unproven(.ledgerRestored, since: 1)
  }

  @Test func `permits a number as its known kind, otherwise as the kind that the directory wants`() {
    var state = LedgerState(owned: [unproven(.extension(Extension(number: "1001", firstName: "Ann")))])
    state.knownForeign = [KnownForeign(ObjectKey(.contact, "49301"), since: 1)]
    var it = list(state)
    for word in ["1001", "49301", "1002", "1003"] { it.add(word: word) }
    it.restrict(toWanted: [ObjectKey(.extension, "1002"), ObjectKey(.contact, "1001")])
    #expect(texts(it) == ["contact 1003", "contact 49301", "extension 1001", "extension 1002", "extension 1003"])
  }

  @Test func `permits both kinds if the directory wants both`() {
    var it = list()
    it.add(word: "1002")
    it.restrict(toWanted: Set(ObjectKind.allCases.map { ObjectKey($0, "1002") }))
    #expect(texts(it) == ["contact 1002", "extension 1002"])
  }

  @Test func `leaves out unproven objects of a range that no entry has, and refuses those that are named`() {
    let lost = unproven(.extension(Extension(number: "1001", firstName: "Ann")))
    var it = list(LedgerState(owned: [lost]))
    it.add(word: "1000-1002")
    it.refuse([lost.key])
    #expect(texts(it) == ["extension 1000", "extension 1002"] && it.problems == [])
    #expect(it.unwanted == [lost.key] && it.passedOver == 0, "it is neither managed nor protected nor out of range")
    it.add(word: "1001")
    it.refuse([lost.key])
    #expect(it.problems.count == 1)
  }

  @Test func `has the unproven contacts of a range too`() {
    let contacts = ["1001", "2001"].map { unproven(.contact(Contact(number: $0, firstName: "A", lastName: "B"))) }
    var it = list(LedgerState(owned: contacts))
    it.add(word: "1001-1002")
    #expect(texts(it) == ["contact 1001", "extension 1001", "extension 1002"])
  }

  @Test
  func `treats a number outside the extension ranges as a wanted contact's, and refuses others`() {
    let policy = NumberPolicy(extensionRanges: [NumberRange("100-199")].compactMap(\.self))
    func list(wanted: Set<ObjectKey>?) -> AdoptionList {
      var it = AdoptionList(policy, owned: [])
      it.add(word: "300")
      it.refuseOutOfRange(wanted: wanted)
      return it
    }
    #expect(list(wanted: []).problems.count == 1)
    #expect(list(wanted: [ObjectKey(.extension, "300")]).problems.count == 1)
    for wanted in [[ObjectKey(.contact, "300")], nil] as [Set<ObjectKey>?] {
      let it = list(wanted: wanted)
      #expect(it.problems == [] && texts(it) == ["contact 300"] && it.outOfRange == [])
    }
  }

  /// The values would be sent as corrections, each with a mail.
  @Test(arguments: ["4.9309E+11", "4,9309E+11", "+49309", "0049309", "", "Zentrale", "E"])
  func `refuses a table whose caller IDs a spreadsheet has rounded`(callerID: String) throws {
    let text = "ExtentionNumber;FirstName;OutboundCallerID\n1001;Ada;\(callerID)\n"
    let table = ExportTable(try CSV(Array(text.utf8)))
    #expect(table.problems.map { $0.contains("line 2") } == (callerID.contains("+11") ? [true] : []))
  }

  @Test func `reports a contact that a table has twice, and leaves it out`() throws {
    var it = list()
    let table = ExportTable(try CSV(Array("PhoneNumber,FirstName\n1,a\n2,b\n1,a\n1,c\n".utf8)))
    it.add(table)
    #expect(texts(it) == ["contact 2"] && it.problems == [])
    #expect(table.repeatedText.contains("contact 1 on lines 2, 4, 5"))
    let evidence = table.evidence(in: [])
    #expect(evidence.objects.count == 1 && evidence.unclear == [ObjectKey(.contact, "1")])
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A table from a PBX` {
  private func said(_ text: String) throws -> String {
    ExportTable(try CSV(Array(text.utf8))).missingText(consequence: "so it costs more")
  }

  @Test func `reports missing columns, and the ones that may be meant`() throws {
    let text = try said("ExtentionNumber,Fist Name,Last Name,Company,OutboundCallerID\n1,a,b,c,d\n")
    #expect(text.contains("lacks the columns FirstName, EmailAddress, so it costs more"), "\(text)")
    #expect(text.contains("is \"Fist Name\" meant for FirstName?"), "\(text)")
    #expect(!text.contains("\"Company\""), "\(text)")
    #expect(try said("PhoneNumber,FirstName,LastName\n1,a,b\n").contains("lacks the column CompanyName, so"))
    #expect(try said("PhoneNumber,First Name,Last Name,CompanyName,Notes\n1,a,b,c,d\n") == "")
  }
}
