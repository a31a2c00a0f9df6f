import CLDAP

/// The object identifiers of RFC 4533; libldap's own names for them are made by the C preprocessor alone.
enum ContentSync {
  static let request = "1.3.6.1.4.1.4203.1.9.1.1"
  static let state = "1.3.6.1.4.1.4203.1.9.1.2"
  static let information = "1.3.6.1.4.1.4203.1.9.1.4"
}

/// What content synchronization says beside an entry, or instead of one (RFC 4533, sections 2.3 and 2.5).
enum SyncState: Hashable {
  /// Of an entry: what became of it, its id, and where the server stands now.
  case entry(EntryState, uuid: [UInt8], cookie: [UInt8]?)
  /// Where the server stands now.
  case position([UInt8])
  /// A part of what changed meanwhile is over; the last part where `isDone`. `namesRemovals` tells whether removed entries
  /// are named, or are those of which nothing was said.
  case refreshed(namesRemovals: Bool, isDone: Bool, cookie: [UInt8]?)
  /// Entries by their ids alone: those removed, or else those that are there still.
  case ids([[UInt8]], areRemoved: Bool, cookie: [UInt8]?)

  enum EntryState: Int { case present, add, modify, delete }

  /// Reads the control of an entry; nil where it isn't one.
  init?(control value: [UInt8]) {
    guard let ber = BERReader(value) else { return nil }
    ber.enter()
    guard let change = ber.enumerated().flatMap(EntryState.init), let uuid = ber.octets() else { return nil }
    self = .entry(change, uuid: uuid, cookie: ber.tag == nil ? nil : ber.octets())
  }

  /// Reads an intermediate message; nil where it isn't one.
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
  /// The id in a synchronization message, which is an entryUUID whatever the server's own id looks like. 389 Directory
  /// Server makes it of the nsUniqueId's digits (its sync_util.c).
  func id(ofSync uuid: [UInt8], from family: RootDSE.Family) -> String? {
    guard uuid.count == 16 else { return nil }
    if family == .directoryServer389 {
      return self == .nsUniqueId ? hexadecimal(uuid, groups: [4, 4, 4, 4]) : nil
    }
    return self == .entryUUID ? hexadecimal(uuid) : nil
  }
}
