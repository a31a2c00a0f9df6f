/// A call as it was understood, and what came of it. The key is no part of it.
struct LoggedCall: Encodable {
  /// Its place among the requests, from 1.
  let n: Int
  let action: String
  /// Nil where `qsValue` couldn't be read.
  let envelope: String?
  let items: [Fields]
  /// How many of the items were carried out, the first ones, whatever the caller was told.
  let done: Int
  /// Nil where a fault kept it from the caller.
  let answer: APIReply?
  let fault: Fault.Kind?

  private enum Key: CodingKey { case n, action, envelope, items, done, answer, fault }

  func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(n, forKey: .n)
    try object.encode(action, forKey: .action)
    try object.encode(envelope, forKey: .envelope)
    try object.encode(items, forKey: .items)
    try object.encode(done, forKey: .done)
    // Written as null too: "no answer" is a finding, not a gap.
    try object.encode(answer, forKey: .answer)
    try object.encodeIfPresent(fault, forKey: .fault)
  }

  /// What came of it, in a few words.
  var outcome: String {
    let text =
      switch answer {
      case .success(let status): status
      case .failure(let message, let code): "\(code.filter { $0 != " " }): \(message)"
      case nil: "no answer"
      }
    return if let fault { "\(text) [\(fault.rawValue)]" } else { text }
  }

  /// Its numbers, as many as a person cares to read.
  var numbers: String {
    let all = items.flatMap(\.numbers)
    return all.prefix(5).joined(separator: ",") + (all.count > 5 ? ",... (\(all.count))" : "")
  }

  /// One line for the access log; characters that would break the line are left out.
  func line(status: Int) -> String {
    let words = [String(n), action, envelope ?? "-", numbers.isEmpty ? "-" : numbers, String(status), outcome]
    return String(words.joined(separator: " ").unicodeScalars.filter { $0.properties.generalCategory != .control })
  }
}
