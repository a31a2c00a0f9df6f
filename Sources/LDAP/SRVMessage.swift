/// The SRV records of an answer by DNS (RFC 1035, section 4.1); nil where it can't be read. A target of `.` says that
/// there is no server (RFC 2782), and a target that is no host name is left out.
func serviceRecords(inAnswer bytes: ArraySlice<UInt8>) -> [SRVRecords.Record]? {
  var cursor = SRVMessageCursor(message: Array(bytes))
  // The id, the flags, and how many records of each sort there are.
  guard cursor.skip(4), let questions = cursor.number(), let answers = cursor.number(), cursor.skip(4) else {
    return nil
  }
  for _ in 0..<questions {
    guard cursor.name() != nil, cursor.skip(4) else { return nil }
  }
  var records: [SRVRecords.Record] = []
  for _ in 0..<answers {
    guard cursor.name() != nil, let type = cursor.number(), cursor.skip(6), let length = cursor.number() else {
      return nil
    }
    let end = cursor.position + Int(length)
    // Others come along, such as the CNAME by which the name was found.
    if type == 33 {
      guard let priority = cursor.number(), let weight = cursor.number(), let port = cursor.number(),
        let host = cursor.name()
      else { return nil }
      if isHostName(host) {
        records.append(SRVRecords.Record(priority: priority, weight: weight, port: port, host: host))
      }
    }
    cursor.position = end
  }
  return records
}

/// What may stand in a URI without a further thought.
private func isHostName(_ name: String) -> Bool {
  !name.isEmpty
    && name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
      default: false
      }
    }
}

/// A place in a message. Each step is nil or false where it would lead beyond its end.
private struct SRVMessageCursor {
  let message: [UInt8]
  var position = 0

  mutating func skip(_ count: Int) -> Bool {
    position += count
    return position <= message.count
  }

  mutating func number() -> UInt16? {
    guard position + 2 <= message.count else { return nil }
    defer { position += 2 }
    return UInt16(message[position]) << 8 | UInt16(message[position + 1])
  }

  /// A domain name, which may end by pointing to an earlier one.
  mutating func name() -> String? {
    var labels: [String] = []
    var place = position
    var isElsewhere = false
    // A name has 127 labels at most; more means that pointers go round in a circle.
    for _ in 0..<255 {
      guard place < message.count else { return nil }
      let length = Int(message[place])
      if length >= 0xC0 {
        guard place + 1 < message.count else { return nil }
        if !isElsewhere { position = place + 2 }
        isElsewhere = true
        place = (length & 0x3F) << 8 | Int(message[place + 1])
        continue
      }
      let end = place + 1 + length
      guard length < 0x40, end <= message.count else { return nil }
      if length == 0 {
        if !isElsewhere { position = end }
        return labels.joined(separator: ".")
      }
      labels.append(String(decoding: message[(place + 1)..<end], as: UTF8.self))
      place = end
    }
    return nil
  }
}
