import Directory
package import Domain
import Journal

extension RunLog {
  /// Logs the changes in doubt.
  ///
  /// - Parameter nextTries: when the daemon tries each object again; none without back-off.
  package func logInDoubt(_ changes: [Change], in result: ExecutionResult, nextTries: [ObjectKey: Timestamp]) {
    for (index, change) in changes.enumerated() {
      guard let changeResult = result.changeResults[index], changeResult.outcome == .inDoubt,
        changeResult.answer.status != .badKey
      else {
        continue
      }
      log(change, changeResult, nextTry: nextTries[change.call.key])
    }
  }

  /// Logs the result of a change.
  ///
  /// - Parameter nextTry: when the daemon tries it again; nil without back-off.
  package func log(_ change: Change, _ changeResult: ChangeResult, nextTry: Timestamp? = nil) {
    let (id, text) = changeResult.event(of: change, nextTry: nextTry)
    write(
      Event(
        id, text, action: changeResult.isAdoption(by: change) ? "adopt" : change.actionWord,
        outcome: changeResult.word, change.call.key, of: change.entry, dn: change.dn,
        [
          .errorCode: changeResult.answer.errorCode,
          .reason: changeResult.answer.message.isEmpty ? change.causeText : changeResult.answer.message,
          .changed: change.fields.map(\.field.rawValue).joined(separator: " "),
        ]))
  }
}
