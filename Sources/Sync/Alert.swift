package import Domain
package import Ledger

/// Something that needs a person, as a mail or a webhook tells it: once, once a day while it lasts, and when it is over.
package struct Alert: Hashable, Sendable {
  /// Objects or people that it is about, why, and the next step.
  package struct Item: Hashable, Sendable {
    let lines: [String]
    let remedy: String

    package init(_ lines: [String], remedy: String) {
      self.lines = lines
      self.remedy = remedy
    }
  }

  /// Its subject, the same while it lasts.
  let key: String
  /// Tells it from another one of its key: a held set with other members is told again. Of sets it has the sizes.
  private(set) var detail: String
  /// One line without names of people: the ledger keeps it.
  let title: String
  private(set) var items: [Item]
  /// For how many seconds it must last before an alert is sent: most servers are reachable again within minutes.
  let patience: Timestamp

  package init(
    _ key: String, detail: String = "", _ title: String, _ items: [Item], patience: Timestamp = 0
  ) {
    self.key = key
    self.detail = detail
    self.title = title
    self.items = items
    self.patience = patience
  }

  /// A run that fails for want of a server, or an incomplete read.
  package static let patience: Timestamp = 900
  /// The pause between two alerts of one key, whatever their details.
  static let day: Timestamp = 86_400
  /// The pause if an admin has decided on the one before, so that this is another one.
  static let hour: Timestamp = 3600

  /// Tells a held set from another one, with its size.
  static func detail(ofSet name: String, size: Int) -> String { "\(name)=\(size)" }

  /// The size of the held sets with this detail; 0 if it has none.
  static func size(inDetail detail: String) -> Int {
    detail.split(separator: " ").reduce(0) { sum, part in
      let words = part.split(separator: "=")
      return sum + (words.count == 2 ? Int(words[1]) ?? 0 : 0)
    }
  }

  /// Several findings of one key are one alert.
  static func merged(_ alerts: [Alert]) -> [Alert] {
    var merged: [Alert] = []
    for alert in alerts {
      guard let index = merged.firstIndex(where: { $0.key == alert.key }) else {
        merged.append(alert)
        continue
      }
      merged[index].items += alert.items
      merged[index].detail += " " + alert.detail
    }
    return merged
  }
}

/// What one way tells now, and what it remembers then.
package struct AlertDigest: Hashable, Sendable {
  /// How much a run knows of what is over.
  package enum Scope: Hashable, Sendable {
    /// Whatever it didn't find is over.
    case all
    /// It knows only whether runs fail, and how.
    case failures
  }

  /// What is told for the first time, or with another detail.
  package private(set) var new: [Alert] = []
  /// What lasts.
  package private(set) var lasting: [Lasting] = []
  /// What is over.
  package private(set) var over: [AlertRecord] = []
  /// Whether what lasts is to be told again.
  private var isReminderDue = false
  /// What is remembered if nothing is told.
  package private(set) var records: [AlertRecord] = []
  /// The same once all of this was told.
  package private(set) var recordsOnceTold: [AlertRecord] = []

  /// An alert that was told before.
  package struct Lasting: Hashable, Sendable {
    let alert: Alert
    let since: Timestamp
    /// Whether it was told to be over, and is back.
    let isBack: Bool
  }

  /// Whether runs fail.
  var isFailing: Bool { (new + lasting.map(\.alert)).contains { AlertRecord.Family.failure.has($0.key) } }

  /// Whether there is nothing to tell now.
  package var isEmpty: Bool { new.isEmpty && over.isEmpty && !isReminderDue }

  /// - Parameter now: seconds since 1970.
  package init(_ alerts: [Alert], remembering known: [AlertRecord], _ scope: Scope, at now: Timestamp) {
    // What was over for a day is another one when it returns.
    let remembered = known.filter { $0.lasts || now - ($0.toldAt ?? 0) < Alert.day }
    var known = Dictionary(remembered.map { ($0.key, $0) }) { first, _ in first }
    for alert in Alert.merged(alerts) { add(alert, after: known.removeValue(forKey: alert.key), at: now) }
    for record in known.values.sorted(by: { $0.key < $1.key }) {
      if record.lasts, scope == .all || AlertRecord.Family.failure.has(record.key) {
        end(record, at: now)
      } else {
        records.append(record)
        recordsOnceTold.append(record)
      }
    }
  }

  /// Adds what lasts now.
  ///
  /// - Parameter earlier: what is remembered of it, also if it was over and is back.
  private mutating func add(_ alert: Alert, after earlier: AlertRecord?, at now: Timestamp) {
    var record = AlertRecord(alert.key, detail: alert.detail, title: alert.title, since: now)
    if let earlier {
      let since = earlier.lasts ? earlier.since : max(now, (earlier.overAt ?? 0) + 1)
      record = AlertRecord(
        alert.key, detail: alert.detail, title: alert.title, since: since, toldAt: earlier.toldAt,
        overAt: earlier.overAt, decision: earlier.lasts && earlier.detail == alert.detail ? earlier.decision : nil)
    }
    var told = record
    (told.toldAt, told.overAt) = (now, nil)
    let isMoment = alert.key == AlertRecord.lost && earlier?.lasts == false
    if let earlier, let toldAt = earlier.toldAt {
      let age = now - toldAt
      // What an admin decided on is done with. Otherwise others of the same kind, such as those of entries that get new IDs each hour, are
      // the same alert.
      let pause = earlier.decision == nil ? Alert.day : Alert.hour
      let (before, size) = (Alert.size(inDetail: earlier.detail), Alert.size(inDetail: alert.detail))
      let hasGrown = before > 0 && size * 2 > before * 3
      if earlier.detail != alert.detail, age >= pause || isMoment || hasGrown {
        new.append(alert)
      } else {
        lasting.append(Lasting(alert: alert, since: record.since, isBack: record.overAt != nil))
        // What comes and goes is told with the daily reminder.
        isReminderDue =
          isReminderDue || age >= Alert.day && (record.overAt == nil || now - record.since >= alert.patience)
        if age < pause { told.detail = earlier.detail }
      }
      // Until the others are told, the admin knows of those before and of the decision on them. A set that an admin hasn't decided on
      // may have become smaller or larger: its last title says what is decided on then.
      if earlier.detail != alert.detail {
        (record.detail, record.decision) = (earlier.detail, earlier.decision)
        if earlier.decision != nil { record.title = earlier.title }
      }
    } else if now - record.since >= alert.patience {
      new.append(alert)
    } else {
      told.toldAt = nil
    }
    records.append(record)
    recordsOnceTold.append(told)
  }

  /// Adds what is over, and is known for a day: if it returns, it is the same.
  private mutating func end(_ record: AlertRecord, at now: Timestamp) {
    if record.toldAt == nil { return }
    var ended = record
    ended.overAt = max(now, record.since)
    // An admin knows it as over already.
    if record.overAt != nil || record.key == AlertRecord.lost {
      records.append(ended)
    } else {
      over.append(record)
      records.append(record)
    }
    recordsOnceTold.append(ended)
  }

  /// When the next one is due, of these records; nil if none is.
  package static func nextDue(_ records: [AlertRecord], of alerts: [Alert]) -> Timestamp? {
    let alerts = Dictionary(Alert.merged(alerts).map { ($0.key, $0) }) { first, _ in first }
    return records.filter(\.lasts).compactMap { record in
      guard let toldAt = record.toldAt else { return alerts[record.key].map { record.since + $0.patience } }
      // Others than those that an admin decided on.
      let isOther = record.decision != nil && alerts[record.key].map { $0.detail != record.detail } == true
      return toldAt + (isOther ? Alert.hour : Alert.day)
    }
    .min()
  }
}
