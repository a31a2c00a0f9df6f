import Domain
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `The form of contacts in the phonebook` {
  private func text(_ keys: String) -> String {
    configuration(
      "contacts",
      """
      [[contacts]]
      base = "dc=a"
      filter = "(a=b)"
      \(keys)
      contact.first_name = "{f}"
      contact.last_name = "{l}"
      contact.numbers = ["{n}", "{m}"]
      """)
  }

  @Test func `is plain by default`() throws {
    let it = try read(text(""))
    #expect(it.contacts.first?.phonebook.rule == PhonebookPolicy())
    #expect(it.contacts.first?.phonebook.labels == [] && it.pbx.maxContacts == nil)
  }

  @Test func `is read`() throws {
    let it = try read(
      text(
        "shared = \"company\"\nalso_users = \"skip\"\ncontact.labels = [\"\", \"\"]\ncontact.company = \"{o}\"\n"
          + "contact.company_first_name = \"Firma\""))
    #expect(
      it.contacts.map(\.phonebook.rule) == [
        PhonebookPolicy(sharing: .company(firstName: "Firma"), skipsUsers: true)
      ])
    #expect(it.contacts.first?.phonebook.labels == ["", ""])
  }

  @Test(arguments: [
    ("shared = ‸\"all\"", "'shared' can't be \"all\""), ("also_users = ‸\"drop\"", "'also_users' can't be \"drop\""),
    ("shared = ‸\"company\"", "needs the company's name; add, say: contact.company"),
    ("contact.labels = ‸[\"\", \"a\", \"b\"]", "'labels' has 3 words for 2 numbers"),
    ("contact.labels = ‸\"a\"", "must be a list, not text"), ("contact.labels = [‸1]", "must be text"),
    ("contact.labels = [‸\"a\\nb\"]", "no line breaks"),
  ])
  func `is refused at its position if it is invalid`(keys: String, complaint: String) {
    let (text, place) = unmarked(text(keys))
    let found = complaints(text)
    #expect(found.count == 1 && found.allSatisfy { $0.hasPrefix(place) && $0.contains(complaint) }, "\(found)")
  }
}
