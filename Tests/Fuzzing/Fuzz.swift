import Glibc

/// Every parser that meets bytes from outside. `PBXSYNCD_FUZZ` picks one; `scripts/fuzz` runs them all.
enum Parser: String, CaseIterable {
  case templates, replies, configuration, edits, values, csv, plan, names
  // What a directory server sends.
  case searches, servers, groups, notifications, controls, schema
  case mail
  // The ledger's files.
  case ledger, rows

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
    case .edits: parseEdit(bytes)
    case .searches: parseSearch(bytes)
    case .servers: parseServer(bytes)
    case .groups: parseGroups(bytes)
    case .notifications: parseNotifications(bytes)
    case .controls: parseControls(bytes)
    case .schema: parseSchema(bytes)
    case .mail: parseMailReplies(bytes)
    case .ledger: parseLedgerFiles(bytes)
    case .rows: parseLedgerRows(bytes)
    }
  }

  /// Whether its inputs are elements of BER.
  var isBER: Bool { [.searches, .servers, .groups, .notifications, .controls].contains(self) }

  /// Whether a byte before them picks the operation.
  var hasSelector: Bool { self == .searches || self == .notifications }
}

let parser: Parser = {
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
