import Foundation
import Testing

@testable import Journal

/// Each test that sets `$NOTIFY_SOCKET` does so in a process of its own.
@Suite struct `The service manager` {
  @Test func `hears each state, and one status line`() async {
    await #expect(processExitsWith: .success) {
      let manager = try ServiceManager()
      let notifier = ServiceNotifier()
      notifier.ready(status: "waiting")
      #expect(manager.hear() == ["READY=1", "STATUS=waiting"])
      notifier.status("syncing\nMAINPID=1")
      #expect(manager.hear() == ["STATUS=syncing MAINPID=1"])
      notifier.stopping()
      #expect(manager.hear() == ["STOPPING=1"])
      notifier.reloading()
      let said = manager.hear()
      #expect(said.first == "RELOADING=1")
      #expect(said.count == 2)
      let moment = try #require(said.last?.wholeMatch(of: /MONOTONIC_USEC=(\d+)/)?.1)
      #expect(try #require(Int(moment)) > 0)
    }
  }

  @Test func `isn't needed`() async {
    await #expect(processExitsWith: .success) {
      unsafe unsetenv("NOTIFY_SOCKET")
      ServiceNotifier().ready()
      ServiceNotifier().stopping()
    }
  }
}

/// The service manager's end: a datagram socket that `$NOTIFY_SOCKET` names.
private struct ServiceManager {
  private let descriptor: Int32

  init() throws {
    let name = "pbxsyncd-test-\(UUID().uuidString)"
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // A leading NUL: an abstract name, which needs no file (unix(7)).
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0[1...].copyBytes(from: name.utf8) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
    let bound = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
    }
    try #require(bound == 0)
    unsafe setenv("NOTIFY_SOCKET", "@\(name)", 1)
  }

  /// The lines of the next message; sending it was over before, so none waits.
  func hear() -> [String] {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe buffer.withUnsafeMutableBytes {
      unsafe recv(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
    }
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
