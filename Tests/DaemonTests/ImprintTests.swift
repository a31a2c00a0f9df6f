import Testing

@testable import Daemon

@Suite struct `An imprint` {
  private static func imprint(_ fingerprints: [UInt64]) -> Imprint {
    Imprint(view: "v", entries: [2, 1], generation: 7, expiresAt: 99, fingerprints: fingerprints)
  }

  @Test(arguments: [[], [0], [1, 2, 2, .max]] as [[UInt64]])
  func `is read as it was written`(fingerprints: [UInt64]) {
    let it = Self.imprint(fingerprints)
    #expect(Imprint(it.bytes) == it)
  }

  @Test func `isn't believed where anything of it is missing or changed`() {
    let bytes = Self.imprint([1, 2, 3]).bytes
    for count in 0..<bytes.count { #expect(Imprint(Array(bytes[..<count])) == nil) }
    let body = bytes.count - 24
    for index in body..<bytes.count {
      var changed = bytes
      changed[index] ^= 1
      #expect(Imprint(changed) == nil)
    }
    #expect(Imprint(Self.imprint([3, 1]).bytes) == nil, "out of order")
  }

  @Test(
    arguments: [
      ([1, 2, 3], [3, 1, 2], true), ([1, 2, 2], [2, 1, 2], true), ([], [], true), ([1], [], false),
      ([1, 2, 2], [1, 2], false),
    ] as [([UInt64], [UInt64], Bool)])
  func `is found again when each of its entries is`(known: [UInt64], seen: [UInt64], isComplete: Bool) {
    var check = ImprintCheck(Self.imprint(known))
    for fingerprint in seen {
      let isKnown = check.crossOff(fingerprint)
      #expect(isKnown)
    }
    #expect(check.isComplete == isComplete)
  }

  @Test(arguments: [([1, 3], [2]), ([1, 2], [1, 1]), ([], [1])] as [([UInt64], [UInt64])])
  func `isn't found again by an entry that it hasn't, or not so often`(known: [UInt64], seen: [UInt64]) {
    var check = ImprintCheck(Self.imprint(known))
    var isKnown = true
    for fingerprint in seen { isKnown = check.crossOff(fingerprint) }
    #expect(!isKnown)
  }
}
