/// A server's notification that an entry was added, has changed or is gone.
///
/// It only names the entry; a read of the entry shows its present values.
public struct ChangeNotification: Hashable, Sendable {
  /// The entry's present or last DN; empty if the server sent only its ID.
  public let dn: String
  /// Its immutable ID; nil if the server didn't send it.
  public let id: String?
  /// Whether the notification is of its removal.
  public let isGone: Bool
  /// Whether it is a group, whose members may have changed without a change of their own.
  public let isGroup: Bool

  public init(dn: String, id: String?, isGone: Bool = false, isGroup: Bool = false) {
    self.dn = dn
    self.id = id
    self.isGone = isGone
    self.isGroup = isGroup
  }
}

/// The notifications since the last batch.
public struct NotificationBatch: Hashable, Sendable {
  /// The largest batch: a full read costs less than reading more entries one by one.
  public static let most = 500

  /// At most `most`, however many the server sends.
  public private(set) var notifications: [ChangeNotification] = []
  /// Whether there were more, which were dropped: a complete read must follow.
  public private(set) var isTooMuch = false
  /// Whether the server can't report removals since the last subscription, so that a complete read must follow.
  public var missesRemovals = false

  public init() {}

  mutating func record(_ notification: ChangeNotification) {
    if isTooMuch { return }
    notifications.append(notification)
    bound()
  }

  /// Adds a later batch.
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
