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
  let write: DirectoryWrite
  /// nil if it was done.
  let failure: WriteBackError?

  var event: Event {
    let word = failure == nil ? "done" : "failed"
    let text =
      failure.map { "Couldn't write \(write.attribute) of \(write.dn): \($0.reason); \($0.remedy)" }
      ?? "Wrote \(write.attribute) \"\(write.value)\" of \(write.dn)"
    return Event(
      failure == nil ? .directoryWritten : .directoryWriteFailed, text,
      [
        .action: "write", .number: write.number, .dn: write.dn, .entry: write.entry.text,
        .attribute: write.attribute, .value: write.value, .outcome: word, .reason: failure?.reason,
        .remedy: failure?.remedy, .ldif: failure == nil ? nil : write.ldif,
      ])
  }
}

/// Writes allocated numbers to the directory, with the bind of `[directory.write]`: each after the PBX has accepted the extension,
/// and only if the attribute has no value.
package struct WriteBackRunner: Sendable {
  let setup: CompiledConfiguration

  /// Makes the writes one after another, until the deadline. The next run repeats failed writes.
  func write(_ writes: [DirectoryWrite], until deadline: ContinuousClock.Instant) async -> [WriteBackResult] {
    var connection: Connection?
    var results: [WriteBackResult] = []
    for write in writes {
      if Task.isCancelled || ContinuousClock.now >= deadline {
        return results
          + failures(of: writes, after: results, WriteBackError(reason: "the run was stopped first", remedy: ""))
      }
      do {
        if let objection = write.objection { throw Refused(objection) }
        if connection == nil { connection = try await Connection.open(try setup.writer()) }
        let isDone = try await connection?.add(write.value, to: write.attribute, of: write.dn) ?? false
        if !isDone { throw Refused("it has a value already") }
        results.append(WriteBackResult(write: write, failure: nil))
      } catch let error as LDAPError {
        let remedy =
          error.kind == .badCredentials ? "check bind_dn and bind_password_file of [directory.write]" : error.remedy
        let failure = WriteBackError(reason: error.description, remedy: remedy)
        results.append(WriteBackResult(write: write, failure: failure))
        // A refusal concerns one entry, so the next write is tried. A lost connection ends all writes.
        if ![.notPermitted, .readOnly, .other].contains(error.kind) {
          return results + failures(of: writes, after: results, failure)
        }
      } catch {
        let reason = (error as? Refused)?.reason ?? "\(error)"
        let remedy = "fix extension.number or extension.write_back_value, or the value in the directory"
        results.append(WriteBackResult(write: write, failure: WriteBackError(reason: reason, remedy: remedy)))
      }
    }
    return results
  }

  private func failures(of writes: [DirectoryWrite], after results: [WriteBackResult], _ failure: WriteBackError)
    -> [WriteBackResult]
  {
    writes.dropFirst(results.count).map { WriteBackResult(write: $0, failure: failure) }
  }

  private struct Refused: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }
}

extension RunReport {
  var failedWriteBacks: [WriteBackResult] { writeBacks.filter { $0.failure != nil } }
}

extension DirectoryWrite {
  /// - Parameter result: nil if it was not tried.
  func json(_ result: WriteBackResult?) -> JSON {
    [
      "dn": .string(dn), "entry": .string(entry.text), "attribute": .string(attribute), "value": .string(value),
      "number": .string(number), "objection": .optional(objection),
      "outcome": .optional(result.map { $0.failure == nil ? "done" : "failed" }),
      "message": .optional(result?.failure?.reason), "ldif": .optional(ldif),
    ]
  }

  /// The LDIF record with which an admin makes the same change; nil if something speaks against it.
  var ldif: String? { objection == nil ? LDIFModification(dn: dn, adding: value, to: attribute).ldif : nil }

  /// The whole write as text for a review, exact to the letter.
  var reviewText: String {
    "write \(attribute) for extension \(number)\n  entry: \(entry.text.jsonEscaped)\n  dn: \"\(dn.jsonEscaped)\"\n"
      + "  value: \"\(value.jsonEscaped)\""
  }
}
