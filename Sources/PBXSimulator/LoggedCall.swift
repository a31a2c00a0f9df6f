/// A parsed call with its outcome, without the key.
package struct LoggedCall: Encodable, Sendable {
  /// The number of its request, from 1.
  let n: Int
  package let action: String
  /// nil if `qsValue` couldn't be parsed.
  let envelope: String?
  package let items: [Fields]
  /// The number of executed items, from the first on, whatever the answer was.
  package let done: Int
  /// nil if a fault prevented an answer.
  let answer: APIReply?
  let fault: Fault.Kind?

  private enum Key: CodingKey { case n, action, envelope, items, done, answer, fault }

  package func encode(to encoder: any Encoder) throws {
    var object = encoder.container(keyedBy: Key.self)
    try object.encode(n, forKey: .n)
    try object.encode(action, forKey: .action)
    try object.encode(envelope, forKey: .envelope)
    try object.encode(items, forKey: .items)
    try object.encode(done, forKey: .done)
    // Also written as null: "no answer" is a result.
    try object.encode(answer, forKey: .answer)
    try object.encodeIfPresent(fault, forKey: .fault)
  }

  /// The outcome, in a few words.
  var outcome: String {
    let text =
      switch answer {
      case .success(let status): status
      case .failure(let message, let code): "\(code.filter { $0 != " " }): \(message)"
      case nil: "no answer"
      }
    return if let fault { "\(text) [\(fault.rawValue)]" } else { text }
  }

  /// Its first numbers.
  var numbers: String {
    let all = items.flatMap(\.numbers)
    return all.prefix(5).joined(separator: ",") + (all.count > 5 ? ",... (\(all.count))" : "")
  }

  /// One line for the access log; without characters that would break the line.
  func line(status: Int) -> String {
    let words = [String(n), action, envelope ?? "-", numbers.isEmpty ? "-" : numbers, String(status), outcome]
    return String(words.joined(separator: " ").unicodeScalars.filter { $0.properties.generalCategory != .control })
  }
}
