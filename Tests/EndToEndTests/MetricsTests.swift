import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The metrics` {
  @Test func `count what is and what was done, in a file that others may read`() async throws {
    let it = try await Installation(person("ann", "1001") + person("bob", "1002") + partner("Bauer", "+49 30 901820"))
    let path = it.folder.path + "/pbxsyncd.prom"
    try it.configure(state: "[metrics]\ntextfile = \"\(path)\"")
    try await it.sync()
    try await it.slapd.modify(replace(uid("ann"), "sn", "Neumann"))
    try await it.sync()
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    for line in [
      "pbxsyncd_objects{kind=\"extension\"} 2", "pbxsyncd_objects{kind=\"contact\"} 1",
      "pbxsyncd_changes_total{action=\"add\",kind=\"extension\",outcome=\"done\"} 2",
      "pbxsyncd_changes_total{action=\"update\",kind=\"extension\",outcome=\"done\"} 1",
      "pbxsyncd_last_run_exit_status 0", "pbxsyncd_removals_held{kind=\"extension\"} 0",
    ] {
      #expect(lines.contains(line), "\(line)")
    }
    let samples = lines.filter { !$0.hasPrefix("#") }
    #expect(samples.allSatisfy { $0.wholeMatch(of: /pbxsyncd_[a-z_]+(\{[^}]*\})? [0-9.]+/) != nil })
    let names = samples.map { $0.prefix { $0 != "{" && $0 != " " } }
    #expect(Set(names).allSatisfy { name in lines.contains { $0.hasPrefix("# TYPE \(name) ") } })
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o644)
  }

  @Test func `that can't be written don't stop a run`() async throws {
    let it = try await Installation(person("ann", "1001"))
    let folder = it.folder.path + "/metrics"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try it.configure(state: "[metrics]\ntextfile = \"\(folder)/pbxsyncd.prom\"")
    try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder)
    defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder) }
    try await it.sync()
    #expect(try await it.pbx.state().extensions.count == 1)
    #expect(!FileManager.default.fileExists(atPath: folder + "/pbxsyncd.prom"))
  }
}
