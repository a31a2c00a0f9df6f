import Platform
import Sync

/// Where a command is, once it has looked at the state folder.
enum ConfirmationStep {
  case done(CommandOutput)
  /// It needs an admin's yes first.
  ///
  /// - Parameter preview: what is shown before the question.
  case question(String, preview: Page? = nil)
}

/// Works under the lock of a state folder, and asks without it: no open question keeps a run from its work.
///
/// - Parameter work: gets the question that was answered with yes. It is called again after each answer, because the state may have
///   changed meanwhile: then its question is another one.
func confirming(
  in folder: String, _ work: (_ lock: borrowing LockFile, _ answered: String?) async throws -> ConfirmationStep
) async throws -> CommandOutput {
  var answered: String?
  while true {
    let step: ConfirmationStep
    do {
      let lock = try await StateFolder.lockWhenFree(folder)
      step = try await work(lock, answered)
    }
    switch step {
    case .done(let output): return output
    case .question(let question, let preview):
      if let preview { Terminal.print(preview) }
      guard Terminal.confirms(question) else {
        return CommandOutput(status: .refused, text: "Nothing was changed.\n", json: .null)
      }
      answered = question
    }
  }
}
