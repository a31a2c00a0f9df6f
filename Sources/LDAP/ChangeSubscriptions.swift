import CLDAP

/// The searches of a session that never end, one for each naming context.
struct ChangeSubscriptions {
  let way: NotificationMechanism
  let identity: IdentityAttribute
  let family: RootDSE.Family
  /// How far the database had come when it was looked at last, where that is how changes are heard of.
  var changeNumber: Int64?
  /// By message id, or by a number of our own where there is no search that doesn't end.
  var contexts: [Int32: String] = [:]
  /// Of these nothing more is to be heard that happened before.
  var refreshed: Set<Int32> = []
  /// The contexts of which nothing was known when the listening began: what is told of them at first isn't news.
  var unknown: Set<Int32> = []
  var position: SyncCookies
  var heard = NotificationBatch()

  /// Whether nothing but news comes from here on.
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

  /// The change's type in the control of an entry: a sequence that begins with it, in which 2 is a deletion.
  private func isDeletion(_ control: [UInt8]?) -> Bool {
    guard let control, let ber = BERReader(control) else { return false }
    ber.enter()
    return ber.enumerated() == 2
  }
}
