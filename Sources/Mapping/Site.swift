public import Domain
public import LDAP

/// A site with its own dial plan, and its entries.
public struct Site: Sendable {
  public enum Rule: Sendable, Hashable {
    /// This entry and all below it.
    case below(base: String)
    /// Entries with this value in the attribute, without regard to case and spaces.
    case valued(attribute: String, value: String)
  }

  public let name: String
  public let membership: Rule
  let dialPlan: DialPlan
  /// The base, or the value, normalized for comparison.
  private let base: DN
  private let value: String

  public init(_ name: String, _ membership: Rule, dialPlan: DialPlan) {
    self.name = name
    self.membership = membership
    self.dialPlan = dialPlan
    (base, value) =
      switch membership {
      case .below(let base): (DN(base), "")
      case .valued(_, let value): (DN(""), fieldText(value).lowercased())
      }
  }

  func has(_ entry: borrowing Entry, named dn: DN) -> Bool {
    switch membership {
    case .below: return base.covers(dn)
    case .valued(let attribute, _):
      return entry.values(attribute).contains { $0.text.map { fieldText($0).lowercased() } == value }
    }
  }
}

/// The dial plan of each entry: that of its site, or the one for entries without a site.
public struct DialPlans: Sendable {
  private let general: DialPlan
  public let sites: [Site]

  /// - Parameter sites: the first one that an entry matches is used.
  public init(_ general: DialPlan, sites: [Site] = []) {
    self.general = general
    self.sites = sites
  }

  public func dialPlan(for entry: borrowing Entry) -> DialPlan { site(of: entry)?.dialPlan ?? general }

  /// nil if none has the entry.
  public func site(of entry: borrowing Entry) -> Site? {
    if sites.isEmpty { return nil }
    let dn = DN(entry.dn)
    for site in sites where site.has(entry, named: dn) { return site }
    return nil
  }

  /// The possible meanings of a requested number, at any site: the whole number without its `+`, and the extension that it reaches.
  public func readings(of text: String) -> Set<String> {
    ([general] + sites.map(\.dialPlan)).reduce(into: []) { readings, dialPlan in
      if let number = try? dialPlan.e164(of: text) { readings.insert(String(number.dropFirst())) }
      if let number = try? dialPlan.extension(of: text) { readings.insert(number) }
    }
  }

  /// The phone numbers that the PBX's text for a contact may mean at the sites, with `+` and country code. A text without a `+` or a 0 in
  /// front begins with its country code if that makes a number.
  public func phoneNumbers(of text: String) -> Set<String> {
    if !text.hasPrefix("+"), !text.hasPrefix("0"), let number = general.form(of: "+\(text)").e164 { return [number] }
    return Set(([general] + sites.map(\.dialPlan)).compactMap { $0.form(of: text).e164 })
  }

  /// A text that is nothing but an internal number.
  public func internalNumber(in text: String) -> String? {
    let form = general.form(of: text)
    return form.style == .internal ? form.internalNumber : nil
  }

  /// The numbers that are dialled in an emergency at any site, because one PBX serves them all.
  public var emergencyNumbers: EmergencyNumbers {
    let dialPlans = [general] + sites.map(\.dialPlan)
    return EmergencyNumbers(of: Set(dialPlans.map(\.country)), but: Set(general.emergencyExtensions)) { number in
      dialPlans.contains { $0.isEmergency(number) }
    }
  }

  /// The attributes that `rules` uses.
  var attributes: [String] {
    sites.compactMap { if case .valued(let attribute, _) = $0.membership { attribute } else { nil } }
  }

  /// The extensions of the DDI blocks of all sites, the lowest first.
  public var extensionRanges: [NumberRange] {
    let blocks = ([general] + sites.map(\.dialPlan)).flatMap(\.ddiBlocks.blocks)
    return Set(blocks.map(\.inside)).sorted {
      ($0.first.utf8.count, $0.first, $0.last) < ($1.first.utf8.count, $1.first, $1.last)
    }
  }

  /// Whether an extension number is in a block of another site and in none of this dial plan.
  public func isOfOtherSite(_ number: String, than dialPlan: DialPlan) -> Bool {
    !dialPlan.ddiBlocks.hasExtension(number)
      && ([general] + sites.map(\.dialPlan)).contains { $0.ddiBlocks.hasExtension(number) }
  }

  /// The only site whose blocks have all extensions of a range; nil if there is none, or several.
  public func site(of range: NumberRange) -> String? {
    func has(_ dialPlan: DialPlan) -> Bool {
      dialPlan.ddiBlocks.blocks.contains { $0.inside.contains(range.first) && $0.inside.contains(range.last) }
    }
    let found = sites.filter { $0.dialPlan.ddiPlace != general.ddiPlace && has($0.dialPlan) }
    return found.count == 1 ? found[0].name : nil
  }

  /// Whether any site has DDI blocks.
  public var hasDDIBlocks: Bool { !general.ddiBlocks.isEmpty || sites.contains { !$0.dialPlan.ddiBlocks.isEmpty } }
}
