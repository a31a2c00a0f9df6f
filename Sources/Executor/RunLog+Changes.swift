import Directory
package import Domain
import Journal

extension RunLog {
  /// What is in doubt, each with when the daemon tries it again, where it waits with that.
  package func inDoubt(_ applied: ExecutionResult, _ changes: [Change], _ nextTries: [ObjectKey: Timestamp]) {
    for (index, change) in changes.enumerated() {
      guard let changeResult = applied.changeResults[index], changeResult.outcome == .inDoubt,
        changeResult.answer.status != .badKey
      else {
        continue
      }
      changed(change, changeResult, nextTry: nextTries[change.call.key])
    }
  }

  /// - Parameter nextTry: when the daemon tries it again, where it waits with that.
  package func changed(_ change: Change, _ changeResult: ChangeResult, nextTry: Timestamp? = nil) {
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
