import Configuration
import Directory
import Domain
import Executor
import Journal
import LDAP

struct WriteBackError: Hashable, Sendable {
  let reason: String
  let remedy: String
}

/// The result of one write.
package struct WriteBackResult: Hashable, Sendable {
  let writing: DirectoryWrite
  /// Why it isn't done; nil where it is.
  let failure: WriteBackError?

  var event: Event {
    let word = failure == nil ? "done" : "failed"
    let text =
      failure.map { "Couldn't write \(writing.attribute) of \(writing.dn): \($0.reason); \($0.remedy)" }
      ?? "Wrote \(writing.attribute) \"\(writing.value)\" of \(writing.dn)"
    return Event(
      failure == nil ? .directoryWritten : .directoryWriteFailed, text,
      [
        .action: "write", .number: writing.number, .dn: writing.dn, .entry: writing.entry.text,
        .attribute: writing.attribute, .value: writing.value, .outcome: word, .reason: failure?.reason,
        .remedy: failure?.remedy, .ldif: failure == nil ? nil : writing.ldif,
      ])
  }
}

/// Tells the directory of numbers that were given from a pool, as the bind of `[directory.write]`: each after the PBX has
/// taken the extension, and only where the attribute has no value.
package struct WriteBackRunner: Sendable {
  let setup: CompiledConfiguration

  /// Makes them one after another, up to a moment. What fails stays for the next run.
  func callAsFunction(_ writings: [DirectoryWrite], until deadline: ContinuousClock.Instant) async -> [WriteBackResult]
  {
    var connection: Connection?
    var ended: [WriteBackResult] = []
    for writing in writings {
      if Task.isCancelled || ContinuousClock.now >= deadline {
        return ended + givenUp(writings, after: ended, WriteBackError(reason: "the run was stopped first", remedy: ""))
      }
      do {
        if let objection = writing.objection { throw Refused(objection) }
        if connection == nil { connection = try await Connection.open(try setup.writer()) }
        let isDone = try await connection?.add(writing.value, to: writing.attribute, of: writing.dn) ?? false
        if !isDone { throw Refused("it has a value already") }
        ended.append(WriteBackResult(writing: writing, failure: nil))
      } catch let error as LDAPError {
        let remedy =
          error.kind == .badCredentials ? "check bind_dn and bind_password_file of [directory.write]" : error.remedy
        let failure = WriteBackError(reason: error.description, remedy: remedy)
        ended.append(WriteBackResult(writing: writing, failure: failure))
        // What one entry is refused may be the next one's right; a lost session is everybody's loss.
        if ![.notPermitted, .readOnly, .other].contains(error.kind) {
          return ended + givenUp(writings, after: ended, failure)
        }
      } catch {
        let reason = (error as? Refused)?.reason ?? "\(error)"
        let remedy = "fix extension.number or extension.write_back_value, or the value in the directory"
        ended.append(WriteBackResult(writing: writing, failure: WriteBackError(reason: reason, remedy: remedy)))
      }
    }
    return ended
  }

  private func givenUp(_ writings: [DirectoryWrite], after ended: [WriteBackResult], _ failure: WriteBackError)
    -> [WriteBackResult]
  {
    writings.dropFirst(ended.count).map { WriteBackResult(writing: $0, failure: failure) }
  }

  private struct Refused: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }
}

extension RunReport {
  var failedWritings: [WriteBackResult] { writings.filter { $0.failure != nil } }
}

extension DirectoryWrite {
  /// - Parameter result: nil if it was not tried.
  func json(_ result: WriteBackResult?) -> JSON {
    [
      "dn": .string(dn), "entry": .string(entry.text), "attribute": .string(attribute), "value": .string(value),
      "number": .string(number), "objection": .optional(objection),
      "outcome": .optional(result.map { $0.failure == nil ? "done" : "failed" }),
      "message": .optional(result?.failure?.reason), "ldif": .string(ldif),
    ]
  }

  /// What does the same by hand.
  var ldif: String { LDIFModification(dn: dn, adding: value, to: attribute).ldif }

  /// All that there is to it, for a reader's eye and to the letter.
  var reviewText: String {
    "write \(attribute) for extension \(number)\n  entry: \(entry.text.jsonEscaped)\n  dn: \"\(dn.jsonEscaped)\"\n"
      + "  value: \"\(value.jsonEscaped)\""
  }
}
