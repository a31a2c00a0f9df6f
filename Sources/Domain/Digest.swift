/// A short name for a text, the same on every host and in every release: FNV-1a of 64 bits, as 16 hexadecimal digits
/// (Fowler, Noll, Vo; http://www.isthe.com/chongo/tech/comp/fnv/). Tells texts apart that nobody made to collide; it
/// isn't for secrets.
public func digest(_ text: String) -> String { digest(text.utf8) }

public func digest(_ bytes: some Sequence<UInt8>) -> String {
  let digits = String(fnv1a(bytes), radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// The same as a number.
public func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}
