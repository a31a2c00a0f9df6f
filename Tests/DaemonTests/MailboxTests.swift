import Testing

@testable import Daemon

@Suite(.timeLimit(.minutes(15))) struct `The mailbox` {
  @Test func `gives a stop before a reload, and each letter once`() async {
    let mailbox = Mailbox()
    await mailbox.post(.reload)
    await mailbox.post(.stop)
    await mailbox.post(.stop)
    #expect(await mailbox.take([.stop, .reload]) == .stop)
    #expect(await mailbox.take([.stop, .reload]) == .reload)
    #expect(await mailbox.take([.stop, .reload], within: .milliseconds(1)) == nil)
  }

  @Test func `keeps a letter that its reader doesn't expect`() async {
    let mailbox = Mailbox()
    await mailbox.post(.reload)
    #expect(await mailbox.take([.stop], within: .milliseconds(1)) == nil)
    #expect(await mailbox.take([.stop, .reload]) == .reload)
  }

  @Test func `wakes its reader`() async {
    let mailbox = Mailbox()
    async let letter = mailbox.take([.stop])
    await mailbox.post(.reload)
    await mailbox.post(.stop)
    #expect(await letter == .stop)
  }

  @Test func `lets a cancelled reader go`() async {
    let mailbox = Mailbox()
    let reader = Task { await mailbox.take([.stop]) }
    reader.cancel()
    #expect(await reader.value == nil)
    await mailbox.post(.stop)
    #expect(await mailbox.take([.stop]) == .stop)
  }

  /// An alarm that goes off late must not end the next wait before its time.
  @Test func `waits its whole time after a letter came in time`() async {
    let mailbox = Mailbox()
    for _ in 0..<200 {
      async let first = mailbox.take([.stop], within: .milliseconds(1))
      try? await Task.sleep(for: .milliseconds(1))
      await mailbox.post(.reload)
      _ = await first
    }
    async let letter = mailbox.take([.stop], within: .seconds(60))
    await Task.yield()
    await mailbox.post(.stop)
    #expect(await letter == .stop)
  }
}
