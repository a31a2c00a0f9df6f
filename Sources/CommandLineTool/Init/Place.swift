import LDAP
import Mapping

/// The entries right below one entry of the directory, and what they are.
struct Place: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// Their numbers are extensions.
    case people
    /// Their numbers are elsewhere.
    case contacts
    /// The name says that they have left.
    case former
    /// Most aren't persons.
    case accounts
    /// They have numbers, but nothing shows whose.
    case unclear
    /// They have no numbers.
    case unnumbered
  }

  let dn: String
  /// In the sample.
  var entries = 0
  /// Those with a number of a desk phone, and with any number.
  var withDeskNumber = 0
  var withNumber = 0
  var withExtension = 0
  /// Those with an extension and without a given name, if nearly all others have one.
  var strangers = 0
  var withAccount = 0
  var withCompany = 0
  var companies: Set<String> = []

  init(dn: String) { self.dn = dn }

  /// Whether it is an address book, by its entries alone: companies, and no accounts; or by its name, and no accounts.
  var isAddressBook: Bool {
    guard withAccount * 5 < entries else { return false }
    return isNamed(Self.wordsOfContacts) || companies.count >= 3 && withCompany * 10 >= entries * 6
  }

  var isFormer: Bool { isNamed(Self.wordsOfFormer) }

  var kind: Kind {
    if withNumber == 0 { return .unnumbered }
    if isFormer { return .former }
    if isAddressBook { return .contacts }
    if withExtension > 0, withExtension * 10 >= withDeskNumber * 3 {
      return strangers * 2 > withExtension || isNamed(Self.wordsOfAccounts) && strangers * 4 > withExtension
        ? .accounts : .people
    }
    return withCompany * 2 >= entries || isNamed(Self.wordsOfContacts) && withAccount * 2 < entries
      ? .contacts : .unclear
  }

  /// Whether a word is in the name of the place, or of one above it but the domain.
  private func isNamed(_ words: [String]) -> Bool {
    var dn = dn
    while !dn.isEmpty {
      let name = DN(dn).namingValue.lowercased()
      let parts = name.split { !$0.isLetter }.map(String.init)
      if !DN(dn).folded.hasPrefix("dc=")
        && words.contains(where: { parts.contains($0) || $0.count > 5 && name.contains($0) })
      {
        return true
      }
      dn = parentText(of: dn)
    }
    return false
  }

  private static let wordsOfContacts = [
    "partner", "partners", "contact", "contacts", "kontakt", "kontakte", "customers", "kunden", "suppliers",
    "lieferanten", "vendors", "external", "externe", "extern", "addressbook", "adressbuch", "phonebook", "telefonbuch",
    "crm",
  ]
  private static let wordsOfFormer = [
    "former", "ex", "leavers", "left", "alumni", "ehemalige", "ehemaligen", "ausgeschieden", "ausgeschiedene",
    "disabled", "deactivated", "inactive", "inaktiv", "deleted", "archive", "archiv", "terminated", "retired",
    "anciens",
  ]
  private static let wordsOfAccounts = [
    "service", "services", "svc", "system", "systems", "accounts", "functional", "funktion", "resources", "ressourcen",
    "rooms", "raeume", "devices", "geraete", "robots", "shared", "test", "technical", "technisch", "applications",
  ]
}
