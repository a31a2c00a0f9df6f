import Foundation
import Glibc

/// A name server for tests. It answers for each name with the SRV records of a file, which it reads for each query, and with the
/// loopback address for every host. Its clients run by `command`.
public final class NameServer: Sendable {
  /// Whether one can run here: it needs DNS's own port, and its clients a resolv.conf of their own.
  public static func canRun() async throws -> Bool {
    let script = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(('127.0.83.1', 53))"
    guard try await ChildProcess.run("python3", ["-c", script]).exitStatus == 0 else { return false }
    return try await ChildProcess.run("unshare", ["-rm", "true"]).exitStatus == 0
  }

  private let folder: TemporaryFolder
  private let process: ChildProcess

  public init() async throws {
    folder = try TemporaryFolder()
    let address = (0..<3).map { _ in "\(UInt8.random(in: 1...254))" }.joined(separator: ".")
    try folder.write("resolv.conf", "nameserver 127.\(address)\noptions timeout:5 attempts:1\n")
    try folder.write("names.py", program)
    try folder.write("records", "")
    process = try ChildProcess(launching: "python3", arguments: [folder.path + "/names.py", "127.\(address)"])
    try await process.wait(for: "ready")
  }

  /// What it lists from now on: priority, weight, port and host.
  public func list(_ records: [(Int, Int, Int, String)]) throws {
    try folder.write("records", records.map { "\($0) \($1) \($2) \($3)\n" }.joined())
  }

  /// The words that run `command` with this name server instead of the host's own.
  public func command(_ command: [String]) -> [String] {
    let script = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""
    return ["unshare", "-rm", "sh", "-c", script, folder.path + "/resolv.conf"] + command
  }
}

private let program = """
  import os, socket, struct, sys
  names = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  names.bind((sys.argv[1], 53))
  print("ready", flush=True)
  label = lambda name: b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + bytes(1)
  record = lambda kind, data: b"\\xc0\\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
  while True:
      question, asker = names.recvfrom(4096)
      end = question.index(bytes(1), 12) + 5
      kind = struct.unpack(">H", question[end - 4:end - 2])[0]
      answers = [record(1, bytes([127, 0, 0, 1]))] if kind == 1 else []
      if kind == 33:
          lines = [line.split() for line in open(os.path.dirname(sys.argv[0]) + "/records")]
          answers = [record(33, struct.pack(">HHH", *map(int, line[:3])) + label(line[3])) for line in lines]
      head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, len(answers), 0, 0)
      names.sendto(head + question[12:end] + b"".join(answers), asker)
  """
