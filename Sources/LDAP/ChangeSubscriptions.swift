import CLDAP

/// The endless searches of a connection, one for each naming context.
struct ChangeSubscriptions {
  let way: NotificationMechanism
  let identity: IdentityAttribute
  let family: RootDSE.Family
  /// The last seen USN, for the USN query.
  var changeNumber: Int64?
  /// By message ID, or by a local number if there is no endless search.
  var contexts: [Int32: String] = [:]
  /// Contexts whose initial refresh is complete.
  var refreshed: Set<Int32> = []
  /// Contexts without a cookie; their initial refresh lists existing entries, not changes.
  var unknown: Set<Int32> = []
  var position: SyncCookies
  var heard = NotificationBatch()

  /// Whether the initial refresh of all contexts is complete.
  var isCurrent: Bool { way != .contentSync || refreshed.count == contexts.count }
}

extension ChangeSubscriptions {
  mutating func handle(_ entry: Entry, _ controls: [String: [UInt8]], from search: Int32) {
    switch way {
    case .contentSync:
      guard
        case .entry(let change, let uuid, let cookie)? = controls[ContentSync.state].flatMap(SyncState.init(control:))
      else { return }
      retainCookie(cookie, search)
      if change == .present || (unknown.contains(search) && !refreshed.contains(search)) { return }
      record(entry, id: identity.id(ofSync: uuid, from: family), isGone: change == .delete)
    case .notification, .changeNumbers:
      record(entry, id: identity.id(of: entry), isGone: entry.first("isDeleted")?.text?.lowercased() == "true")
    case .persistentSearch:
      record(entry, id: identity.id(of: entry), isGone: isDeletion(controls[LDAP_CONTROL_PERSIST_ENTRY_CHANGE_NOTICE]))
    }
  }

  mutating func handle(_ state: SyncState, from search: Int32) {
    switch state {
    case .entry: break
    case .position(let cookie): retainCookie(cookie, search)
    case .refreshed(let namesRemovals, let isDone, let cookie):
      retainCookie(cookie, search)
      if !namesRemovals && !unknown.contains(search) { heard.missesRemovals = true }
      if isDone { refreshed.insert(search) }
    case .ids(let ids, let areRemoved, let cookie):
      retainCookie(cookie, search)
      guard areRemoved else { return }
      for uuid in ids {
        heard.record(ChangeNotification(dn: "", id: identity.id(ofSync: uuid, from: family), isGone: true))
      }
    }
  }

  private mutating func record(_ entry: Entry, id: String?, isGone: Bool) {
    heard.record(ChangeNotification(dn: entry.dn, id: id, isGone: isGone, isGroup: entry.isGroup))
  }

  private mutating func retainCookie(_ cookie: [UInt8]?, _ search: Int32) {
    if let cookie, let context = contexts[search] { position.retain(cookie, of: context) }
  }

  /// The change's type in an entry's control: the first element of a sequence; 2 is a deletion.
  private func isDeletion(_ control: [UInt8]?) -> Bool {
    guard let control, let ber = BERReader(control) else { return false }
    ber.enter()
    return ber.enumerated() == 2
  }
}
