import Foundation
import TestSupport
import Testing

@testable import Journal

/// Each test that sets `$NOTIFY_SOCKET` does so in a process of its own.
@Suite(.timeLimit(.minutes(15))) struct `The service manager` {
  @Test func `receives each state, and one status line`() async {
    await #expect(processExitsWith: .success) {
      let manager = try ServiceManager()
      unsafe setenv("NOTIFY_SOCKET", manager.address, 1)
      let notifier = ServiceNotifier()
      notifier.ready(status: "waiting")
      #expect(try await manager.next() == ["READY=1", "STATUS=waiting"])
      notifier.status("syncing\nMAINPID=1")
      #expect(try await manager.next() == ["STATUS=syncing MAINPID=1"])
      notifier.stopping()
      #expect(try await manager.next() == ["STOPPING=1"])
      notifier.reloading()
      let said = try await manager.next()
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
