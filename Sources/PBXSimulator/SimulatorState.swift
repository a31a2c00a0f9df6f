import FoundationEssentials

/// The routes for people and tests. They need no key and don't count as requests.
extension SimulatedPBX {
  mutating func receiveControl(_ request: Request) -> Response {
    do {
      switch (request.method, request.path) {
      case ("GET", "/"): return Response(200, "text/html", page)
      case ("GET", "/state.json"): return try .json(encode(SimulatorState(self)))
      case ("GET", "/log.json"): return try .json(encode(log))
      case ("POST", "/control/reset-log"): resetLog()
      case ("POST", "/control/extensions"):
        try decode([Fields].self, request).map(ExtensionRecord.init).forEach { store.insert($0) }
      case ("POST", "/control/contacts"):
        try decode([Fields].self, request).map(ContactRecord.init).forEach { store.insert($0) }
      case ("DELETE", "/control/extensions"):
        try decode([String].self, request).forEach { store.remove(extension: $0) }
      case ("DELETE", "/control/contacts"):
        try decode([String].self, request).forEach { store.remove(contact: $0) }
      case ("POST", "/control/faults"): faults = Faults(try decode([Fault].self, request))
      case ("DELETE", "/control/faults"): faults = Faults()
      case ("POST", "/control/settings"): try decode(SettingsChange.self, request).apply(to: &settings)
      default: return .text(404, "no such page")
      }
    } catch {
      return .text(400, "\(request.path): invalid body for this route: \(error)")
    }
    return .json("{}")
  }

  private mutating func resetLog() {
    log = []
    requests = 0
    calls = [:]
    store.mails = []
    store.backups = []
  }
}

/// The content of `GET /state.json`.
private struct SimulatorState: Encodable {
  let extensions: [ExtensionRecord]
  let contacts: [ContactRecord]
  let mails: [String]
  let backups: [String]
  let requests: Int
  let calls: [String: Int]

  init(_ pbx: SimulatedPBX) {
    extensions = pbx.store.extensions
    contacts = pbx.store.contacts
    mails = pbx.store.mails
    backups = pbx.store.backups
    requests = pbx.requests
    calls = pbx.calls
  }
}

private func decode<Value: Decodable>(_ type: Value.Type, _ request: Request) throws -> Value {
  try JSONDecoder().decode(type, from: Data(request.body))
}

private func encode(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
