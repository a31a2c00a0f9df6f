import CLibFuzzer

/// What libFuzzer calls to change an input (LLVMFuzzerCustomMutator in libFuzzer's documentation).
///
/// In messages of LDAP it mostly changes one element, and keeps the lengths of those around it right: otherwise nearly every change of
/// a length would only cut the message off.
@c public func LLVMFuzzerCustomMutator(
  _ data: UnsafeMutablePointer<UInt8>?, _ size: Int, _ maxSize: Int, _ seed: CUnsignedInt
) -> Int {
  guard let data = unsafe data else { return 0 }
  guard parser.isBER, size > 0, seed % 4 != 0 else { return unsafe LLVMFuzzerMutate(data, size, maxSize) }
  let input = unsafe Array(UnsafeBufferPointer(start: data, count: size))
  // The byte that picks the operation is in front.
  let head = parser.hasSelector ? 1 : 0
  var tree = Element.all(in: input.dropFirst(head))
  let count = tree.reduce(0) { $0 + $1.count }
  guard count > 0 else { return unsafe LLVMFuzzerMutate(data, size, maxSize) }
  var position = Int(seed / 4) % count
  Element.change(&tree, &position, by: Int(seed / 4) / count % 8)
  let output = input.prefix(head) + tree.flatMap(\.bytes)
  guard output.count <= maxSize else { return unsafe LLVMFuzzerMutate(data, size, maxSize) }
  for (index, byte) in output.enumerated() { unsafe data[index] = byte }
  return output.count
}

/// An element of BER with those in it; bytes that are none are one without a tag.
private struct Element {
  var tag: UInt8?
  var value: [UInt8]
  var parts: [Element]

  var count: Int { 1 + parts.reduce(0) { $0 + $1.count } }

  static func all(in bytes: ArraySlice<UInt8>) -> [Element] {
    var rest = bytes
    var all: [Element] = []
    while let (tag, value) = element(&rest) {
      // A constructed one has the bit 0x20.
      let parts = tag & 0x20 == 0 ? [] : Element.all(in: value)
      all.append(Element(tag: tag, value: parts.isEmpty ? Array(value) : [], parts: parts))
    }
    if !rest.isEmpty { all.append(Element(tag: nil, value: Array(rest), parts: [])) }
    return all
  }

  private static func element(_ input: inout ArraySlice<UInt8>) -> (UInt8, ArraySlice<UInt8>)? {
    var rest = input
    guard let tag = rest.popFirst(), var length = rest.popFirst().map(Int.init) else { return nil }
    if length >= 0x80 {
      let count = length & 0x7F
      guard (1...3).contains(count), rest.count >= count else { return nil }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard rest.count >= length else { return nil }
    input = rest.dropFirst(length)
    return (tag, rest.prefix(length))
  }

  var bytes: [UInt8] {
    let content = value + parts.flatMap(\.bytes)
    guard let tag else { return content }
    if content.count < 0x80 { return [tag, UInt8(content.count)] + content }
    let (high, low) = (UInt8(content.count >> 8 & 0xFF), UInt8(content.count & 0xFF))
    return [tag, 0x82, high, low] + content
  }

  /// Changes the element at this position of the tree, in the order of the bytes.
  static func change(_ elements: inout [Element], _ position: inout Int, by change: Int) {
    for index in elements.indices {
      if position == 0 {
        switch change {
        case 0: elements.insert(elements[index], at: index)
        case 1: elements.remove(at: index)
        case 2: elements[index].tag = elements[index].tag.map { mutated([$0], to: 1).first ?? $0 }
        case 3 where index > 0: elements.swapAt(index, index - 1)
        default:
          let content = elements[index].value + elements[index].parts.flatMap(\.bytes)
          elements[index].value = mutated(content, to: content.count + 64)
          elements[index].parts = []
        }
        position = -1
        return
      }
      position -= 1
      Element.change(&elements[index].parts, &position, by: change)
      if position < 0 { return }
    }
  }

  private static func mutated(_ bytes: [UInt8], to size: Int) -> [UInt8] {
    var buffer = bytes + Array(repeating: 0, count: size - bytes.count)
    let count = unsafe buffer.withUnsafeMutableBufferPointer {
      unsafe LLVMFuzzerMutate($0.baseAddress, bytes.count, size)
    }
    return Array(buffer.prefix(count))
  }
}
