import Foundation
import TestSupport

/// The small slapd that serves a CRM's export, with the page's slapd.conf and the steps of its script.
final class ExportDirectory {
  /// A socket of its own, so that no port is needed.
  let address: String
  private let folder: String
  private let base: String
  private var server: ChildProcess?

  init(_ recipe: Recipe, in folder: String) throws {
    self.folder = folder
    address = "ldapi://" + "\(folder)/ldapi".replacing("/", with: "%2F")
    base = try recipe.block("dn: dc=crm") + "\n\n" + recipe.block("dn: ou=customers,dc=crm") + "\n\n"
    let configuration = try recipe.block("include /etc/ldap/schema/core.schema")
    for name in ["data", "data.new"] {
      try configuration.replacing("/var/lib/pbxsyncd-crm-directory", with: "\(folder)/\(name)")
        .write(toFile: "\(folder)/\(name).conf", atomically: true, encoding: .utf8)
    }
    try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: true)
  }

  /// Replaces its entries with those of an export, below the two that each export begins with.
  func reload(_ export: String) async throws {
    let new = folder + "/data.new"
    try? FileManager.default.removeItem(atPath: new)
    try FileManager.default.createDirectory(atPath: new, withIntermediateDirectories: true)
    let loaded = try await ChildProcess.run("/usr/sbin/slapadd", ["-q", "-f", new + ".conf"], input: base + export)
    guard loaded.exitStatus == 0 else { throw SlapaddError(description: loaded.errors) }
    server?.send(SIGKILL)
    await server?.waitUntilExit()
    try FileManager.default.removeItem(atPath: folder + "/data")
    try FileManager.default.moveItem(atPath: new, toPath: folder + "/data")
    let server = try ChildProcess(
      launching: "/usr/sbin/slapd", arguments: ["-d", "0", "-f", folder + "/data.conf", "-h", address])
    self.server = server
    let search = ["-x", "-LLL", "-H", address, "-b", "dc=crm", "-s", "base"]
    try await eventually("slapd: \(server.errors)") {
      try await ChildProcess.run("/usr/bin/ldapsearch", search).exitStatus == 0
    }
  }
}

private struct SlapaddError: Error { let description: String }
