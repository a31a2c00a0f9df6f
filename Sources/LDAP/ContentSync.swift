import CLDAP

/// The object identifiers of RFC 4533; libldap's own names for them are C macros.
enum ContentSync {
  static let request = "1.3.6.1.4.1.4203.1.9.1.1"
  static let state = "1.3.6.1.4.1.4203.1.9.1.2"
  static let information = "1.3.6.1.4.1.4203.1.9.1.4"
}

/// The information of content synchronization with an entry, or without one (RFC 4533, sections 2.3 and 2.5).
enum SyncState: Hashable {
  /// An entry's state, its ID, and the server's cookie.
  case entry(EntryState, uuid: [UInt8], cookie: [UInt8]?)
  /// The server's cookie.
  case position([UInt8])
  /// A part of the refresh is complete; the last part if `isDone`. `namesRemovals`: whether removed entries are named, or are those
  /// that weren't mentioned.
  case refreshed(namesRemovals: Bool, isDone: Bool, cookie: [UInt8]?)
  /// Only the IDs of entries: removed ones, or those that still exist.
  case ids([[UInt8]], areRemoved: Bool, cookie: [UInt8]?)

  enum EntryState: Int { case present, add, modify, delete }

  /// Reads the control of an entry; nil for any other.
  init?(control value: [UInt8]) {
    guard let ber = BERReader(value) else { return nil }
    ber.enter()
    guard let change = ber.enumerated().flatMap(EntryState.init), let uuid = ber.octets() else { return nil }
    self = .entry(change, uuid: uuid, cookie: ber.tag == nil ? nil : ber.octets())
  }

  /// Reads an intermediate message; nil for any other.
  init?(information value: [UInt8]) {
    guard let ber = BERReader(value), let choice = ber.tag else { return nil }
    if choice == 0x80 {
      guard let cookie = ber.octets() else { return nil }
      self = .position(cookie)
      return
    }
    ber.enter()
    let cookie = ber.tag == 0x04 ? ber.octets() : nil
    let flag = ber.tag == 0x01 ? ber.boolean() : nil
    switch choice {
    case 0xA1: self = .refreshed(namesRemovals: true, isDone: flag ?? true, cookie: cookie)
    case 0xA2: self = .refreshed(namesRemovals: false, isDone: flag ?? true, cookie: cookie)
    case 0xA3:
      ber.enter()
      var ids: [[UInt8]] = []
      while ber.tag != nil, let id = ber.octets() { ids.append(id) }
      self = .ids(ids, areRemoved: flag ?? false, cookie: cookie)
    default: return nil
    }
  }
}

extension IdentityAttribute {
  /// The ID in a synchronization message, which is an entryUUID whatever the server's own ID looks like. 389 Directory
  /// Server makes it of the nsUniqueId's digits (its sync_util.c).
  func id(ofSync uuid: [UInt8], from family: RootDSE.Family) -> String? {
    guard uuid.count == 16 else { return nil }
    if family == .directoryServer389 {
      return self == .nsUniqueId ? hexadecimal(uuid, groups: [4, 4, 4, 4]) : nil
    }
    return self == .entryUUID ? hexadecimal(uuid) : nil
  }
}
