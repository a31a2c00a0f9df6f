import CWidth

/// How many cells of a terminal a text without control characters takes: two for a wide East Asian character, none for a combining one.
public func cellWidth(of text: String) -> Int {
  if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text.utf8.count }
  let scalars = text.unicodeScalars.map(\.value)
  return unsafe scalars.withUnsafeBufferPointer { unsafe cwidth_of($0.baseAddress, $0.count) }
}
