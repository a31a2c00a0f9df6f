import Foundation
import TestSupport
import Testing

@Suite struct `What root does in the state folder of a service` {
  @Test(.enabled(if: geteuid() == 0, "needs root"))
  func `stays the service's`() async throws {
    let it = try await Installation(person("ann", "1001"))
    try FileManager.default.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: it.stateFolder)
    for words in [["--sync-now"], ["ledger", "backup"], ["--sync-now"]] {
      let done = try await ChildProcess.run(Installation.binary, ["--config", it.configurationFile] + words)
      #expect(done.exitStatus == 0, "\(done.errors)")
    }
    let backup = try #require(
      try FileManager.default.contentsOfDirectory(atPath: it.stateFolder + "/backups").sorted().last)
    let restored = try await ChildProcess.run(
      Installation.binary,
      ["--config", it.configurationFile, "ledger", "restore", it.stateFolder + "/backups/" + backup])
    #expect(restored.exitStatus == 0, "\(restored.errors)")

    let files = try FileManager.default.subpathsOfDirectory(atPath: it.stateFolder)
    #expect(files.contains("ledger.sqlite") && files.contains("lock") && files.contains("backups"))
    for file in files {
      let owner = try FileManager.default.attributesOfItem(atPath: it.stateFolder + "/" + file)[.ownerAccountID]
      #expect(owner as? Int == 65_534, "\(file)")
    }
  }
}
