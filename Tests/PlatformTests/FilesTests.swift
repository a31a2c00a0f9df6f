import Foundation
import Platform
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A file that is written`: ~Copyable {
  private let folder: TemporaryFolder
  private var path: String { folder.path + "/report.html" }

  init() throws { folder = try TemporaryFolder() }

  private func content(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  /// Why a report can't be written there; nil if it is.
  private func refusal(_ path: String) -> String? {
    do throws(FileError) {
      try writeFile(path, "report")
      return nil
    } catch {
      return error.reason
    }
  }

  @Test func `replaces an earlier one, and leaves no other file`() throws {
    try writeFile(path, "old", mode: 0o644)
    #expect(permissions(of: path) == 0o644)
    try writeFile(path, "new")
    #expect(content(path) == "new")
    #expect(permissions(of: path) == 0o600)
    #expect(files(in: folder.path) == ["report.html"])
  }

  @Test(arguments: [".new", ".tmp", ""])
  func `is never written through an existing link`(suffix: String) throws {
    let victim = try folder.write("victim", "precious")
    try FileManager.default.createSymbolicLink(atPath: path + suffix, withDestinationPath: victim)
    let reason = refusal(path)
    #expect(content(victim) == "precious")
    #expect(reason == (suffix.isEmpty ? "it is a symbolic link, not a regular file" : nil))
  }

  @Test(arguments: [".new", ""])
  func `isn't blocked by an existing FIFO`(suffix: String) throws {
    #expect(unsafe mkfifo(path + suffix, 0o600) == 0)
    #expect(refusal(path) == (suffix.isEmpty ? "it is a FIFO, not a regular file" : nil))
  }

  @Test func `belongs to its writer, even if another user made a file of its draft's name beforehand`() throws {
    let planted = try folder.write("report.html.new", "planted")
    let node = try FileManager.default.attributesOfItem(atPath: planted)[.systemFileNumber] as? Int
    try writeFile(path, "report")
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int != node)
  }

  @Test func `has a name of any length, in the folder of the process too`() throws {
    try writeFile(folder.path + "/" + String(repeating: "ä", count: 127), "x")
    #expect(refusal("/nonexistent/report") == "No such file or directory")
    #expect(refusal(folder.path) == "it is a directory, not a regular file")
  }

  @Test func `doesn't follow a link if it must be new`() throws {
    let victim = folder.path + "/victim"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim)
    let error = #expect(throws: FileError.self) { try createFile(path) }
    #expect(error?.code == EEXIST)
    #expect(!fileExists(victim))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A lock's file` {
  @Test func `is never the target of a link`() throws {
    let folder = try TemporaryFolder()
    let (victim, path) = (try folder.write("victim", "precious"), folder.path + "/lock")
    let make = [
      { try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim) },
      { try FileManager.default.linkItem(atPath: victim, toPath: path) },
      { #expect(unsafe mkfifo(path, 0o600) == 0) },
    ]
    for plant in make {
      try plant()
      #expect(throws: LockError.notLockFile(path: path)) { _ = try LockFile(path: path) }
      removeFile(path)
    }
    #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
  }
}
