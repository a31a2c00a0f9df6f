import Foundation
import TestSupport
import Testing

@testable import Journal

/// Each test that sets `$NOTIFY_SOCKET` does so in a process of its own.
@Suite struct `The service manager` {
  @Test func `hears each state, and one status line`() async {
    await #expect(processExitsWith: .success) {
      let manager = try ServiceManager()
      unsafe setenv("NOTIFY_SOCKET", manager.address, 1)
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
