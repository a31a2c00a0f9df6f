/// What a server says of an entry without being asked: that it has come, has changed or is gone.
///
/// No more than a hint. What holds is what a read of the entry shows then.
public struct ChangeNotification: Hashable, Sendable {
  /// Where the entry is now, or was last; empty where the server told no more than its id.
  public let dn: String
  /// Its immutable id; nil where the server didn't tell it.
  public let id: String?
  /// Whether it is said to be gone.
  public let isGone: Bool
  /// Whether it is a group, whose members may have become others without a change of their own.
  public let isGroup: Bool

  public init(dn: String, id: String?, isGone: Bool = false, isGroup: Bool = false) {
    self.dn = dn
    self.id = id
    self.isGone = isGone
    self.isGroup = isGroup
  }
}

/// What has been heard since the last time.
public struct NotificationBatch: Hashable, Sendable {
  /// To read the whole directory costs less than to read so many entries one by one.
  public static let most = 500

  /// No more than `most`, whatever the server tells.
  public private(set) var notifications: [ChangeNotification] = []
  /// Whether there were more, which nobody has kept: only a complete read tells what they were about.
  public private(set) var isTooMuch = false
  /// Whether the server can't say which entries have gone since it was listened to last, so that only a complete read
  /// tells.
  public var missesRemovals = false

  public init() {}

  mutating func record(_ notification: ChangeNotification) {
    if isTooMuch { return }
    notifications.append(notification)
    bound()
  }

  /// What was heard after it, too.
  public mutating func append(_ later: NotificationBatch) {
    missesRemovals = missesRemovals || later.missesRemovals
    isTooMuch = isTooMuch || later.isTooMuch
    notifications += later.notifications
    bound()
  }

  private mutating func bound() {
    if isTooMuch || notifications.count > Self.most { (notifications, isTooMuch) = ([], true) }
  }
}

extension Entry {
  /// Whether its members are in it: the classes of RFC 4519, RFC 2307, Active Directory and 389 Directory Server.
  var isGroup: Bool {
    let groups: Set<String> = [
      "group", "groupofnames", "groupofuniquenames", "groupofmembers", "groupofurls", "posixgroup", "nsroledefinition",
    ]
    return values("objectClass").contains { $0.text.map { groups.contains($0.lowercased()) } ?? false }
  }
}
