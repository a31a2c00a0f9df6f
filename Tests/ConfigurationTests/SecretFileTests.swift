import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite(.timeLimit(.minutes(15))) struct `Secrets`: ~Copyable {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: [
    ("hunter2", "hunter2"), ("hunter2\n", "hunter2"), ("hunter2\r\n", "hunter2"), (" pässwörd  \n", " pässwörd  "),
  ])
  func `lose one newline and nothing else`(content: String, secret: String) throws {
    #expect(try readSecret(file: folder.write("s", content), credentialsDirectory: nil) == secret)
  }

  @Test(arguments: [
    (Data(), "the secret is empty"), (Data("\n".utf8), "the secret is empty"),
    (Data("hunter2\n\n".utf8), "the secret has a control character or more than one line"),
    (Data("hunter2\0".utf8), "the secret has a control character"), (Data("hunter2\nx".utf8), "the secret has"),
    (Data("hunter2".utf8) + Data([0xE4]), "the secret isn't UTF-8"),
    (Data(repeating: 0x61, count: 70_000), "the file is longer"),
  ])
  func `are refused without being shown`(content: Data, message: String) throws {
    let path = try folder.write("s", content)
    let said = try #require(failure(path))
    #expect(said.hasPrefix("\(path): \(message)"))
    #expect(!said.contains("hunter2"))
  }

  @Test(arguments: [(0o604, false), (0o602, false), (0o601, false), (0o640, true), (0o600, true), (0o440, true)])
  func `must not be readable by others`(mode: Int, isFine: Bool) throws {
    let path = try folder.write("my key's", "hunter2", mode: mode)
    let quoted = "'" + path.replacing("'", with: #"'\''"#) + "'"
    #expect(failure(path) == (isFine ? nil : "\(path): other users can read this secret; chmod o-rwx \(quoted)"))
  }

  @Test func `may be readable in the credentials directory, which systemd protects`() throws {
    let path = try folder.write("key", "hunter2", mode: 0o444)
    #expect(failure(path, credentialsDirectory: folder.path) == nil)
    #expect(failure(path, credentialsDirectory: folder.path + "/") == nil)
    #expect(failure(path, credentialsDirectory: String(folder.path.dropLast())) != nil)
    #expect(failure(path, credentialsDirectory: "") != nil)
    #expect(failure(path) != nil)
  }

  @Test func `that are missing are reported`() {
    #expect(failure("/nonexistent/key") == "/nonexistent/key: there is no such file; create it, or correct the path")
    #expect(failure("/") == "/: this is a directory; name a file in it")
  }

  private func failure(_ path: String, credentialsDirectory: String? = nil) -> String? {
    do throws(ConfigurationError) {
      _ = try readSecret(file: path, credentialsDirectory: credentialsDirectory)
      return nil
    } catch {
      return error.description
    }
  }
}
