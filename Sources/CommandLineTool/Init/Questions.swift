import Platform
import Sync
import Text

/// The questions of `init`: five at most, each with a default, which `--yes` gives to all of them.
struct Questions {
  /// Whether a person answers.
  let isAsking: Bool
  private var left = 5

  init(isAsking: Bool) { self.isAsking = isAsking }

  /// Asks for a line of text.
  ///
  /// - Parameters:
  ///   - reserve: how many questions must be left for later ones.
  ///   - check: a complaint about an answer, which is then asked for again; nil for a good one.
  /// - Returns: the default without a person, or if there are too few questions left.
  mutating func ask(
    _ question: String, default answer: String, shown: String? = nil, reserving reserve: Int = 0,
    check: (String) -> String? = { _ in nil }
  ) throws(RunError) -> String {
    guard canAsk(reserving: reserve) else { return answer }
    left -= 1
    let text = lines("\(question) [\(shown ?? answer)]:") + " "
    while true {
      guard let line = Terminal.ask(text) else { throw .noAnswer }
      let given = trimmed(line)
      if given.isEmpty { return answer }
      guard let complaint = check(given) else { return given }
      Terminal.print(lines(complaint) + "\n")
    }
  }

  mutating func confirms(
    _ question: String, default answer: Bool, reserving reserve: Int = 0
  ) throws(RunError) -> Bool {
    let text = try ask(question, default: answer ? "y" : "n", shown: answer ? "Y/n" : "y/N", reserving: reserve) {
      text in
      ["y", "yes", "n", "no"].contains(text.lowercased()) ? nil : "Answer y or n."
    }
    return text.lowercased().hasPrefix("y")
  }

  /// Asks for a secret, which isn't shown; empty without a person.
  mutating func askSecret(_ question: String) throws(RunError) -> String {
    guard canAsk() else { return "" }
    left -= 1
    guard let secret = Terminal.askSecret(lines("\(question):") + " ") else { throw .noAnswer }
    return secret
  }

  /// Whether a question may be asked.
  func canAsk(reserving reserve: Int = 0) -> Bool { isAsking && left > reserve }

  private func lines(_ text: String) -> String {
    wrapped(text, to: wrappingWidth).joined(separator: "\n")
  }
}

extension RunError {
  fileprivate static var noAnswer: RunError {
    RunError(
      refusing: "the input ended before the last question; nothing is written", remedy: "start again, or add --yes")
  }
}
