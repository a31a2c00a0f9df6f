/// A source's rules for its contacts in the phonebook.
public struct PhonebookPolicy: Hashable, Sendable {
  /// The handling of a number that several entries have.
  public enum Sharing: Hashable, Sendable {
    /// One entry has it, and the others have a conflict.
    case conflict
    /// One stands for all, with its own values.
    case first
    /// The company stands for all of its people, under this first name.
    case company(firstName: String)
  }

  public var sharing: Sharing
  /// Whether those who have an extension, or whose number is that of one, are left out.
  public var skipsUsers: Bool

  public init(sharing: Sharing = .conflict, skipsUsers: Bool = false) {
    self.sharing = sharing
    self.skipsUsers = skipsUsers
  }
}

extension Contact {
  /// The same number under the company's name, as a phonebook that wants two names has it; nil where none is known.
  public func ofCompany(firstName: String) -> Contact? {
    company.isEmpty ? nil : Contact(number: number, firstName: firstName, lastName: company, company: company)
  }
}

/// Contacts that aren't added because the phonebook may hold no more.
public struct PhonebookOverflow: Hashable, Sendable {
  /// `[pbx] max_contacts`.
  public let limit: Int
  /// How many are there, or on their way.
  public let present: Int
  public let wantedObjects: [WantedObject]

  public init(limit: Int, present: Int, wantedObjects: [WantedObject]) {
    self.limit = limit
    self.present = present
    self.wantedObjects = wantedObjects
  }

  /// Both, where they are of one plan.
  public func joined(to other: PhonebookOverflow?) -> PhonebookOverflow {
    PhonebookOverflow(limit: limit, present: present, wantedObjects: (other?.wantedObjects ?? []) + wantedObjects)
  }
}
