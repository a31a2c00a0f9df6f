import Testing

@testable import Service

@Suite(.timeLimit(.minutes(15))) struct `The wakeup queue` {
  @Test func `gives a stop before a reload, and each wakeup once`() async {
    let wakeups = WakeupQueue()
    await wakeups.post(.reload)
    await wakeups.post(.stop)
    await wakeups.post(.stop)
    #expect(await wakeups.next([.stop, .reload]) == .stop)
    #expect(await wakeups.next([.stop, .reload]) == .reload)
    #expect(await wakeups.next([.stop, .reload], within: .milliseconds(1)) == nil)
  }

  @Test func `keeps a wakeup that its reader doesn't expect`() async {
    let wakeups = WakeupQueue()
    await wakeups.post(.reload)
    #expect(await wakeups.next([.stop], within: .milliseconds(1)) == nil)
    #expect(await wakeups.next([.stop, .reload]) == .reload)
  }

  @Test func `wakes its reader`() async {
    let wakeups = WakeupQueue()
    async let wakeup = wakeups.next([.stop])
    await wakeups.post(.reload)
    await wakeups.post(.stop)
    #expect(await wakeup == .stop)
  }

  @Test func `releases a cancelled reader`() async {
    let wakeups = WakeupQueue()
    let reader = Task { await wakeups.next([.stop]) }
    reader.cancel()
    #expect(await reader.value == nil)
    await wakeups.post(.stop)
    #expect(await wakeups.next([.stop]) == .stop)
  }

  /// An alarm that goes off late must not end the next wait before its time.
  @Test func `waits its whole time after a wakeup came in time`() async {
    let wakeups = WakeupQueue()
    for _ in 0..<200 {
      async let first = wakeups.next([.stop], within: .milliseconds(1))
      try? await Task.sleep(for: .milliseconds(1))
      await wakeups.post(.reload)
      _ = await first
    }
    async let wakeup = wakeups.next([.stop], within: .seconds(60))
    await Task.yield()
    await wakeups.post(.stop)
    #expect(await wakeup == .stop)
  }
}
