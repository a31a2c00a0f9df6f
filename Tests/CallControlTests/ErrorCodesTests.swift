import CallControl
import Domain
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `An error code` {
  /// What each code means for: extension add, several, update, delete; contact add, update, delete.
  private static let table: [(code: String, message: String, meanings: [CallResult.Status])] = [
    ("INVALID_AUTH_ID", "Authentication Token invalid", Array(repeating: .badKey, count: 7)),
    ("AUTH_ID_EXPIRED", "Authentication Token expired", Array(repeating: .badKey, count: 7)),
    ("500", "Internal Server error", Array(repeating: .failed, count: 7)),
    ("WEBSERVICE_ERROR", "Exception Detail", Array(repeating: .failed, count: 7)),
    (" WEBSERVICE_ERROR ", "Exception Detail", Array(repeating: .failed, count: 7)),
    (
      "WEBSERVICE_ERROR", "Extension number does not exit",
      [.failed, .failed, .absent, .absent, .failed, .absent, .absent]
    ),
    (
      "INVALID_EXTENSION", "Invalid Extension number",
      [.refused, .failed, .absent, .absent, .notUnderstood, .notUnderstood, .notUnderstood]
    ),
    (
      "EXTENSION_EXIST", "Extension number already exist",
      [.taken, .taken] + Array(repeating: .notUnderstood, count: 5)
    ),
    (
      "INVALID_EMAIL", "Invalid Email Address",
      [.refused, .failed, .refused] + Array(repeating: .notUnderstood, count: 4)
    ),
    (
      "FNAME_INVALID", "Invalid First name",
      [.refused, .failed, .refused, .notUnderstood, .refused, .refused, .notUnderstood]
    ),
    (
      "LNAME_INVALID", "Invalid Last name",
      [.refused, .failed, .refused, .notUnderstood, .refused, .refused, .notUnderstood]
    ),
    (
      "PHONE_NUMBER_INVALID", "Invalid Phone Number",
      Array(repeating: .notUnderstood, count: 4) + [.refused, .absent, .absent]
    ),
    ("LICENSE_EXCEEDED", "Nobody knows", Array(repeating: .notUnderstood, count: 7)),
    ("0", "", Array(repeating: .notUnderstood, count: 7)),
  ]

  private struct Row: Sendable, CustomTestStringConvertible {
    let asked: Asked
    let code: String
    let message: String
    let meaning: CallResult.Status

    var testDescription: String { "\(asked) \(code) \(message)" }
  }

  private static let rows = table.flatMap { code, message, meanings in
    zip(Asked.allCases, meanings).map { Row(asked: $0, code: code, message: message, meaning: $1) }
  }

  /// Whatever the HTTP status: nothing is printed about it.
  @Test(arguments: rows, [200, 400, 500])
  private func `means what the page says`(row: Row, status: Int) async throws {
    let body = #"{"message":"\#(row.message)","errorCode":"\#(row.code)"}"#
    let server = try ScriptedServer { _ in .reply(body, status: status) }
    defer { server.stop() }
    let answer = await row.asked.ask(api(server))
    let code = row.code.trimmingCharacters(in: .whitespaces)
    #expect(answer == CallResult(row.meaning, errorCode: code, message: row.message))
    #expect(server.received.count == 1)
  }

  @Test(arguments: [
    ("Extension number does not exit", true), ("EXTENSION NUMBER DOES NOT EXIST.", true),
    ("Extension 1234 not found", true), ("The contact was not found in the phonebook", true),
    ("Phone number is not found", true), ("does not exist", true), ("Not found!", true),
    ("Extension already exists", false), ("Timeout expired", false), ("", false),
    // The database is down; the path to it is gone; the code is broken.
    ("The server was not found or was not accessible. Error Number:53", false),
    ("The network path was not found", false), ("Method not found: SaveExtension", false),
  ])
  func `of a fault means absent only when the text says that the object isn't there`(
    message: String, absent: Bool
  ) async throws {
    let server = try ScriptedServer { _ in .failure("WEBSERVICE_ERROR", message) }
    defer { server.stop() }
    let api = api(server)
    for asked in [Asked.updateExtension, .deleteExtension, .updateContact, .deleteContact] {
      #expect(await asked.ask(api).status == (absent ? .absent : .failed))
    }
    #expect(await Asked.addContact.ask(api).status == .failed)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A transport failure` {
  @Test func `before the request was sent means not sent`() async throws {
    let server = try ScriptedServer(listening: false)
    defer { server.stop() }
    for asked in Asked.allCases {
      let answer = await asked.ask(api(server))
      #expect(answer.status == .notSent)
      #expect(answer.errorCode.isEmpty)
      #expect(answer.message.contains("127.0.0.1"))
    }
  }

  @Test(arguments: [0, 30, 100])
  func `after it means that the result is unknown`(count: Int) async throws {
    let server = try ScriptedServer { _ in
      .cut(after: count, of: #"{"status":"Extension Created","errorMessage":"","errorCode":""}"#)
    }
    defer { server.stop() }
    #expect(await api(server).make(.addExtension(ada)).status == .unanswered)
    #expect(server.received.count == 1)
  }

  @Test func `by timeout means that the result is unknown`() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let answer = await api(server, requestTimeout: .seconds(2)).make(.addExtension(ada))
    #expect(answer.status == .unanswered)
    #expect(server.received.count == 1)
  }
}
