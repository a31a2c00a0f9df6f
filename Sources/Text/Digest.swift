/// A short name for a text, the same on every host and in every release: its `fnv1a` as 16 hexadecimal digits.
public func digest(_ text: String) -> String { digest(text.utf8.span) }

/// The same for bytes.
public func digest(_ bytes: Span<UInt8>) -> String {
  let digits = String(fnv1a(bytes), radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// FNV-1a of 64 bits (Fowler, Noll, Vo; http://www.isthe.com/chongo/tech/comp/fnv/). Tells bytes apart that nobody made to
/// collide; it isn't for secrets.
///
/// - Parameter hash: of what comes before the bytes, to have that of all together.
public func fnv1a(_ bytes: Span<UInt8>, after hash: UInt64 = 0xcbf2_9ce4_8422_2325) -> UInt64 {
  var hash = hash
  for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
  return hash
}
