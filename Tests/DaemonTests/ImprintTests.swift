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
  }

  @Test(
    arguments: [
      ([1, 2, 2], [1, 2, 2], true), ([], [], true), ([1], [], false), ([1, 2], [1], false), ([1], [1, 1], false),
      ([1, 2], [2, 1], false), ([1, 2], [1, 3], false), ([], [1], false),
    ] as [([UInt64], [UInt64], Bool)])
  func `is found again by its own entries in their order alone`(known: [UInt64], seen: [UInt64], isFound: Bool) {
    var walk = ImprintWalk(along: Self.imprint(known))
    let isKnown = seen.reduce(true) { $0 && walk.meets($1) }
    #expect((isKnown && walk.isComplete) == isFound)
  }
}
