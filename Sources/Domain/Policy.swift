/// What an admin set about what may be done.
public struct Policy: Hashable, Sendable {
  public var numbers: NumberPolicy
  public var removal: RemovalPolicy
  public var update: ChangeLimits
  public var addition: ChangeLimits
  public var existing: ExistingPolicy
  /// Whether what fails again and again waits for its next try: the daemon's own runs do, an admin's don't. What may mail a person
  /// again waits in both.
  public var backsOff: Bool
  /// When a number that the PBX said was taken is asked for again.
  public var foreignRetry: ForeignRetry
  /// Entries whose values are sent although the PBX has refused them or their next try isn't due: an admin asks for these entries.
  public var retriedEntries: Set<EntryID> = []
  /// What each source of contacts says of them, in the order of the configuration.
  public var phonebook: [PhonebookPolicy]
  /// How many contacts the phonebook may hold; nil for any number.
  public var maxContacts: Int?
  /// What the sources of each kind are called, in the order of the configuration.
  public var sources: [ObjectKind: [String]]

  public init(
    numbers: NumberPolicy = NumberPolicy(), removal: RemovalPolicy = RemovalPolicy(),
    update: ChangeLimits = .update, addition: ChangeLimits = .addition, existing: ExistingPolicy = .report,
    backsOff: Bool = false, foreignRetry: ForeignRetry = .never, phonebook: [PhonebookPolicy] = [],
    maxContacts: Int? = nil, sources: [ObjectKind: [String]] = [:]
  ) {
    self.numbers = numbers
    self.removal = removal
    self.update = update
    self.addition = addition
    self.existing = existing
    self.backsOff = backsOff
    self.foreignRetry = foreignRetry
    self.phonebook = phonebook
    self.maxContacts = maxContacts
    self.sources = sources
  }
}

/// The handling of a foreign object on the PBX that the directory wants.
public enum ExistingPolicy: String, CaseIterable, Sendable {
  /// It stays as it is and is reported.
  case report
  /// It is adopted, with one update.
  case adopt
}

/// When an add is repeated for a number under which the PBX had a foreign extension. The add is harmless: the PBX
/// refuses it while the extension exists.
public enum ForeignRetry: Hashable, Sendable {
  /// For lists of conflicts, and for plans.
  case never
  /// Once a day: the daemon by itself.
  case daily
  /// In each run: an admin asked for it.
  case always

  /// The pause of `daily`, in seconds.
  public static let pause: Timestamp = 86_400

  /// Whether it is time to ask again.
  public func isDue(askedAt: Timestamp, at now: Timestamp) -> Bool {
    switch self {
    case .never: false
    case .daily: now - askedAt >= Self.pause
    case .always: true
    }
  }
}

/// When an object that the directory no longer wants may be removed.
public struct RemovalPolicy: Hashable, Sendable {
  /// How many complete reads must have missed it.
  public var completeReads: Int
  /// How long it must have been missed, in seconds.
  public var after: Timestamp
  /// The most removals of one kind in one run, and in `window` seconds.
  public var maxCount: Int
  /// The same, as a percentage of the managed objects of that kind.
  public var maxPercent: Int
  /// The drop in a source's entries since its last complete read, in percent, that makes a read incomplete; 100 accepts
  /// any.
  public var maxFall: Int
  /// If a larger share of a source's objects would lose a field, in percent, the field stays on the PBX; 100 accepts any.
  public var maxValueFall: Int
  /// The same as a count of objects, because a hidden branch or group may be a small share.
  public var maxValueCount: Int

  /// Several runs within so many seconds share what may be removed unasked, or a mass that leaves one by one would pass.
  public static let window: Timestamp = 86_400

  public init(
    completeReads: Int = 2, after: Timestamp = 86_400, maxCount: Int = 25, maxPercent: Int = 10, maxFall: Int = 50,
    maxValueFall: Int = 50, maxValueCount: Int = 10
  ) {
    self.completeReads = completeReads
    self.after = after
    self.maxCount = maxCount
    self.maxPercent = maxPercent
    self.maxFall = maxFall
    self.maxValueFall = maxValueFall
    self.maxValueCount = maxValueCount
  }

  /// The key and the value of the limit that so many removals exceed; nil if they are allowed.
  ///
  /// - Parameters:
  ///   - count: with those of the last `window` seconds.
  ///   - owned: how many objects of the kind are managed, with the removed ones.
  public func passed(by count: Int, of owned: Int) -> String? {
    if count > maxCount { return "max_count = \(maxCount)" }
    return count * 100 > maxPercent * owned ? "max_percent = \(maxPercent)" : nil
  }

  /// Whether so large a share of those lose something who have it that it is hidden, and not gone.
  public func isHidden(lost: Int, of had: Int) -> Bool {
    had >= ChangeLimits.smallestCrowd && lost * 100 > maxValueFall * had
  }

  /// The limit that is passed where so many of those lose a field who have it: it is hidden then, and not gone. Nil where none is.
  public func valueLimit(lost: Int, of had: Int) -> String? {
    if maxValueFall == 100 { return nil }
    if isHidden(lost: lost, of: had) { return "max_value_fall = \(maxValueFall)" }
    return lost > maxValueCount ? "max_value_count = \(maxValueCount)" : nil
  }

  /// Whether enough complete reads missed it. A disabled account was seen, not missed: it needs no consensus of reads, but has the
  /// same grace.
  public func isConfirmed(_ absence: Absence) -> Bool { absence.reason == .disabled || absence.reads >= completeReads }

  /// How much of the grace is left, in seconds.
  public func grace(of absence: Absence, at now: Timestamp) -> Timestamp { max(0, absence.since + after - now) }
}

/// How many updates or additions of one kind are made unasked.
public struct ChangeLimits: Hashable, Sendable {
  /// The most of one kind in one run, and in `window` seconds.
  public var maxCount: Int
  /// The same, as a share in percent of what we own of that kind; 100 for any share.
  public var maxPercent: Int

  /// Below so many objects of a kind a percentage says nothing: two marriages in an office of five aren't a mass.
  public static let smallestCrowd = 10
  /// Several runs within so many seconds share what may be done unasked, or a mass that comes entry by entry would pass.
  public static let window: Timestamp = 600

  public static let update = ChangeLimits(maxCount: 100, maxPercent: 20)
  public static let addition = ChangeLimits(maxCount: 100, maxPercent: 50)

  public init(maxCount: Int, maxPercent: Int) {
    self.maxCount = maxCount
    self.maxPercent = maxPercent
  }

  /// The key and the value of the limit that so many changes exceed; nil if they are allowed.
  ///
  /// - Parameter owned: how many objects of the kind are managed.
  public func passed(by count: Int, of owned: Int) -> String? {
    if count > maxCount { return "max_count = \(maxCount)" }
    if maxPercent < 100, owned >= Self.smallestCrowd, count * 100 > maxPercent * owned {
      return "max_percent = \(maxPercent)"
    }
    return nil
  }
}

/// Which numbers may be used at all.
public struct NumberPolicy: Hashable, Sendable {
  /// The allowed numbers of extensions; empty allows all.
  public var extensionRanges: [NumberRange]
  /// Extensions and contacts that never change, even if an entry claims them.
  public var protected: [NumberRange]
  /// Numbers that no new extension gets.
  public var emergency = EmergencyNumbers()
  /// The quarantine of a removed extension's number, in seconds, before another entry gets it.
  public var rest: Timestamp
  /// The handling of an object whose holder is gone and whose number another entry has by now.
  public var handover: Handover

  public enum Handover: String, Hashable, Sendable, CaseIterable {
    /// It stays in service and gets the next one's values.
    case update
    /// It is removed as any other, and the next one gets a new one.
    case recreate
  }

  public init(
    extensionRanges: [NumberRange] = [], protected: [NumberRange] = [], rest: Timestamp = 0,
    handover: Handover = .update
  ) {
    self.extensionRanges = extensionRanges
    self.protected = protected
    self.rest = rest
    self.handover = handover
  }

  public func isProtected(_ number: String) -> Bool { protected.contains { $0.contains(number) } }

  /// Whether an extension with this number would receive emergency calls.
  public func isEmergency(_ number: String) -> Bool { emergency.contains(number) }

  public func isOutOfRange(_ key: ObjectKey) -> Bool {
    key.kind == .extension && !extensionRanges.isEmpty && !extensionRanges.contains { $0.contains(key.number) }
  }
}

/// The numbers that are dialled in an emergency where the PBX is. Those that an admin uses as extensions aren't among them.
public struct EmergencyNumbers: Hashable, Sendable {
  private let countries: Set<String>
  private let extensions: Set<NumberRange>
  private let isDialled: @Sendable (_ number: String) -> Bool

  /// No numbers.
  public init() { self.init(of: [], but: []) { _ in false } }

  /// - Parameters:
  ///   - countries: the countries of all sites.
  ///   - extensions: numbers that may be extensions.
  ///   - isDialled: decides by both.
  public init(
    of countries: Set<String>, but extensions: Set<NumberRange>, where isDialled: @escaping @Sendable (String) -> Bool
  ) {
    self.countries = countries
    self.extensions = extensions
    self.isDialled = isDialled
  }

  func contains(_ number: String) -> Bool { isDialled(number) }

  public static func == (left: Self, right: Self) -> Bool {
    left.countries == right.countries && left.extensions == right.extensions
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(countries)
    hasher.combine(extensions)
  }
}

/// Numbers of one length from `first` to `last`, both included.
public struct NumberRange: Hashable, Sendable, CustomStringConvertible {
  public let first: String
  public let last: String

  /// Reads `1000-1999` or a single `1000`; nil where the ends aren't digits of one length in rising order.
  public init?(_ text: String) {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { part in
      String(part).trimmingBlanks
    }
    guard let first = ends.first, let last = ends.last, ends.count <= 2,
      first.utf8.count == last.utf8.count, !first.isEmpty,
      (first + last).utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      first <= last
    else { return nil }
    self.first = first
    self.last = last
  }

  public func contains(_ number: String) -> Bool {
    number.utf8.count == first.utf8.count && first <= number && number <= last
  }

  /// Whether some number is in both.
  public func overlaps(_ other: NumberRange) -> Bool {
    first.utf8.count == other.first.utf8.count && first <= other.last && other.first <= last
  }

  /// A number as this range writes it, with zeros in front where it has fewer digits.
  public func text(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, first.utf8.count - digits.utf8.count)) + digits
  }

  /// The next number of the range, of as many digits; nil after the last.
  public func number(after number: String) -> String? {
    if number == last { return nil }
    var digits = Array(number.utf8)
    for index in digits.indices.reversed() {
      if digits[index] != UInt8(ascii: "9") {
        digits[index] += 1
        break
      }
      digits[index] = UInt8(ascii: "0")
    }
    return String(decoding: digits, as: UTF8.self)
  }

  public var description: String { first == last ? first : "\(first)-\(last)" }
}

extension String {
  fileprivate var trimmingBlanks: String {
    var rest = self[...]
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
