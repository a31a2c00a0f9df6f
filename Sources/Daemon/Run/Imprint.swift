import Domain
import Ledger
import Platform

/// What the directory's entries looked like at the last complete read that left nothing to do.
///
/// Sixteen bytes an entry. A read that finds just these again needs to know no more: the same entries, seen through the same
/// configuration, lead to what the PBX has. It is a shortcut and no memory: without its file all is read and compared.
struct Imprint: Hashable, Sendable {
  /// Through what they were seen: configuration, program, server, groups' and exclusions' filters.
  var view: String
  /// The ledger's: whatever changes it makes the imprint worthless.
  var generation: Int64 = 0
  /// When all entries were looked into last, by the ledger's own time.
  var lookedAt: Seconds = 0
  /// When one of the accounts expires, with no change of its entry.
  var expiresAt: Seconds = .max
  /// Every entry, in the order in which they came.
  var marks: [Mark] = []

  static func file(_ stateFolder: String) -> String { "\(stateFolder)/imprint" }

  private static let heading = "pbxsyncd imprint 2"
  /// Once a day all entries are looked into, whatever may follow from a few alone.
  private static let longest: Seconds = 86_400
}

extension Imprint {
  /// What lies in the state folder and still holds; nil for all else. Accounts expire by `now`, which is the wall clock's. Blocks for the time of reading it.
  init?(in stateFolder: String, generation: Int64, now: Seconds, ownTime: Seconds) {
    guard let bytes = try? FileBytes(of: Self.file(stateFolder), limit: 1 << 30).bytes else { return nil }
    self.init(bytes)
    let age = ownTime &- lookedAt
    if self.generation != generation || expiresAt <= now || !(0..<Self.longest).contains(age) { return nil }
  }

  init?(_ bytes: [UInt8]) {
    var rest = bytes[...]
    func line() -> String? {
      guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
      defer { rest = rest[(end + 1)...] }
      return String(decoding: rest[..<end], as: UTF8.self)
    }
    guard line() == Self.heading, let view = line(), let generation = line().flatMap({ Int64($0) }),
      let lookedAt = line().flatMap({ Int64($0) }), let expiresAt = line().flatMap({ Int64($0) }), let seal = line(),
      rest.count % 16 == 0, seal == digest(rest.span)
    else { return nil }
    self.view = view
    self.generation = generation
    self.lookedAt = lookedAt
    self.expiresAt = expiresAt
    func number(at start: Int) -> UInt64 {
      var number: UInt64 = 0
      for offset in 0..<8 { number |= UInt64(rest[start + offset]) << UInt64(8 * offset) }
      return number
    }
    marks = stride(from: rest.startIndex, to: rest.endIndex, by: 16).map { start in
      Mark(id: number(at: start), fingerprint: number(at: start + 8))
    }
  }

  var bytes: [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(marks.count * 16)
    for mark in marks {
      for number in [mark.id, mark.fingerprint] {
        for shift in stride(from: 0, to: 64, by: 8) { body.append(UInt8(truncatingIfNeeded: number >> shift)) }
      }
    }
    let head = [Self.heading, view, "\(generation)", "\(lookedAt)", "\(expiresAt)", digest(body.span)]
    return Array((head.joined(separator: "\n") + "\n").utf8) + body
  }

  /// Leaves it for the next run. Where that can't be done, the next run does all the work, so there is nothing to say.
  func keep(in stateFolder: String) { _ = writeFile(Self.file(stateFolder), bytes) }

  /// A run that left something to do leaves none.
  static func remove(from stateFolder: String) { removeFile(file(stateFolder)) }
}
