import Glibc

/// Every parser that meets bytes from outside. `PBXSYNCD_FUZZ` picks one; `scripts/fuzz` runs them all.
enum Parser: String, CaseIterable {
  case templates, replies, configuration, values, csv, plan, names

  /// Parses the bytes, and traps where what comes of it can't be right.
  func parse(_ bytes: [UInt8]) {
    switch self {
    case .templates: parseTemplate(bytes)
    case .replies: parseReply(bytes)
    case .configuration: parseConfiguration(bytes)
    case .values: mapValues(bytes)
    case .csv: parseTable(bytes)
    case .plan: parsePlan(bytes)
    case .names: parseNames(bytes)
    }
  }
}

private let parser: Parser = {
  let name = unsafe getenv("PBXSYNCD_FUZZ").map { unsafe String(cString: $0) } ?? ""
  guard let parser = Parser(rawValue: name) else {
    fatalError("PBXSYNCD_FUZZ must be one of \(Parser.allCases.map(\.rawValue))")
  }
  return parser
}()

/// What libFuzzer calls with each input (https://llvm.org/docs/LibFuzzer.html).
@c public func LLVMFuzzerTestOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  unsafe parser.parse(Array(UnsafeBufferPointer(start: data, count: size)))
  return 0
}

/// A secret in or beside the input, which no message may contain.
let secret = "correcthorsebatterystaple"

func expectNoSecret(in text: String) {
  precondition(!text.lowercased().contains(secret), "a secret was printed: \(text)")
}
