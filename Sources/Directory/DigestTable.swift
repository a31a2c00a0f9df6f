package import Domain
import Ledger
import Platform

/// What the directory's entries looked like at the last complete read that left nothing to do.
///
/// Sixteen bytes an entry. A read that finds just these again needs to know no more: the same entries, seen through the same
/// configuration, lead to what the PBX has. It is a shortcut and no memory: without its file all is read and compared.
package struct DigestTable: Hashable, Sendable {
  /// Through what they were seen: configuration, program, server, groups' and exclusions' filters.
  var settingsDigest: String
  /// The ledger's: whatever changes it makes the imprint worthless.
  package var generation: Int64 = 0
  /// When all entries are looked into again, by the ledger's own time: after a day, or when somebody who left is due.
  package var endsAt: Timestamp = 0
  /// When one of the accounts expires, with no change of its entry.
  var expiresAt: Timestamp = .max
  /// Every entry, in the order in which they came.
  var entryDigests: [EntryDigest] = []

  static func file(_ stateFolder: String) -> String { "\(stateFolder)/imprint" }

  private static let heading = "pbxsyncd imprint 4"
  /// Once a day all entries are looked into, whatever may follow from a few alone.
  package static let longest: Timestamp = 86_400
}

extension DigestTable {
  /// What lies in the state folder and still holds; nil for all else. Accounts expire by `now`, which is the wall clock's. Blocks for the time of reading it.
  package init?(in stateFolder: String, generation: Int64, now: Timestamp, ownTime: Timestamp) {
    guard let bytes = try? FileBytes(of: Self.file(stateFolder), limit: 1 << 30).bytes else { return nil }
    self.init(bytes)
    let rest = endsAt &- ownTime
    if self.generation != generation || expiresAt <= now || !(1...Self.longest).contains(rest) { return nil }
  }

  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func line() -> String? {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    // All of it is under the seal: a head that is another would make what it says of the entries another too.
    guard line() == Self.heading, let settingsDigest = line(), let generation = line().flatMap({ Int64($0) }),
      let endsAt = line().flatMap({ Int64($0) }), let expiresAt = line().flatMap({ Int64($0) })
    else { return nil }
    let head = bytes[..<rest.startIndex]
    guard let seal = line(), rest.count % 16 == 0, seal == Self.seal(head, rest) else { return nil }
    self.settingsDigest = settingsDigest
    self.generation = generation
    self.endsAt = endsAt
    self.expiresAt = expiresAt
    func number(at start: Int) -> UInt64 {
      var number: UInt64 = 0
      for offset in 0..<8 { number |= UInt64(rest[start + offset]) << UInt64(8 * offset) }
      return number
    }
    entryDigests = stride(from: rest.startIndex, to: rest.endIndex, by: 16).map { start in
      EntryDigest(id: number(at: start), fingerprint: number(at: start + 8))
    }
  }

  var bytes: [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(entryDigests.count * 16)
    for entryDigest in entryDigests {
      for number in [entryDigest.id, entryDigest.fingerprint] {
        for shift in stride(from: 0, to: 64, by: 8) { body.append(UInt8(truncatingIfNeeded: number >> shift)) }
      }
    }
    let lines = [Self.heading, settingsDigest, "\(generation)", "\(endsAt)", "\(expiresAt)", ""]
    let head = Array(lines.joined(separator: "\n").utf8)
    return head + Array((Self.seal(head[...], body[...]) + "\n").utf8) + body
  }

  /// Notices each change of a single byte, by what FNV-1a is.
  private static func seal(_ head: ArraySlice<UInt8>, _ body: ArraySlice<UInt8>) -> String {
    String(fnv1a(body.span, after: fnv1a(head.span)), radix: 16)
  }

  /// Leaves it for the next run. Where that can't be done, the next run does all the work, so there is nothing to say.
  package func save(in stateFolder: String) { _ = writeFile(Self.file(stateFolder), bytes) }

  /// A run that left something to do leaves none.
  package static func remove(from stateFolder: String) { removeFile(file(stateFolder)) }
}
