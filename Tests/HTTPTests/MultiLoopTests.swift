import Glibc
import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// How many requests a server has at once.
private final class Counter: Sendable {
  let inside = Mutex((now: 0, most: 0))

  func count(_ body: () -> Void) {
    inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    body()
    inside.withLock { $0.now -= 1 }
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A client` {
  @Test(arguments: [1, 3])
  func `has at most as many requests in flight as allowed`(limit: Int) async throws {
    let gate = Gate()
    let counter = Counter()
    let server = try ScriptedServer { _ in
      counter.count { gate.wait() }
      return .reply("")
    }
    defer { server.stop() }
    let client = client(maxInFlight: limit)
    let url = server.url
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<10 { group.addTask { _ = try await client.send(Request(url: url)) } }
      try await eventually("those that wait") { client.waitingCount == 10 - limit }
      try await eventually("those in flight") { counter.inside.withLock { $0.now } == limit }
      gate.open()
      try await group.waitForAll()
    }
    #expect(counter.inside.withLock { $0.most } == limit)
    #expect(server.received.count == 10)
    #expect(server.accepted == limit)
  }

  @Test func `sends requests in order`() async throws {
    let gate = Gate()
    let server = try ScriptedServer { _ in
      gate.wait()
      return .reply("")
    }
    defer { server.stop() }
    let client = client()
    let url = server.url
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        group.addTask { _ = try await client.send(Request(url: url, form: "\(number)")) }
        if number == 0 {
          try await eventually("the first request") { server.received.count == 1 }
        } else {
          try await eventually("request \(number) in the queue") { client.waitingCount == number }
        }
      }
      gate.open()
      try await group.waitForAll()
    }
    #expect(server.received.map(\.body) == ["0", "1", "2", "3", "4", "5"])
  }

  @Test func `loses no request in any order of arrival`() async throws {
    let server = try ScriptedServer { .reply($0.body) }
    defer { server.stop() }
    let client = client(maxInFlight: 3)
    let url = server.url
    // Some come while others are on their way, and some after a moment in which none is.
    try await withThrowingTaskGroup(of: Void.self) { group in
      for sender in 0..<6 {
        group.addTask {
          for number in 0..<200 {
            let form = "\(sender)-\(number)"
            let answer = try await client.send(Request(url: url, form: form))
            #expect(answer.body == Array(form.utf8))
            if number.isMultiple(of: sender + 2) { await Task.yield() }
          }
        }
      }
      try await group.waitForAll()
    }
    for number in 0..<100 { _ = try await client.send(Request(url: url, form: "alone-\(number)")) }
    #expect(server.received.count == 1300)
    #expect(Set(server.received.map(\.body)).count == 1300)
    #expect(server.accepted <= 3)
  }

  @Test func `is idle without requests in flight, and wakes up for the next`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    let client = client()
    for count in 1...3 {
      #expect(!client.isLoopRunning)
      _ = try await client.send(Request(url: server.url))
      try await eventually("the end of request \(count)") { !client.isLoopRunning }
    }
    #expect(server.accepted == 1)
  }

  @Test func `finishes a request though its task is cancelled`() async throws {
    let gate = Gate()
    let server = try ScriptedServer { _ in
      gate.wait()
      return .reply("done")
    }
    defer { server.stop() }
    let client = client()
    let url = server.url
    let task = Task { try await client.send(Request(url: url)) }
    try await eventually("the first request") { server.received.count == 1 }
    task.cancel()
    gate.open()
    #expect(try await task.value.body == Array("done".utf8))
  }

  @Test func `ignores the environment's proxies`() async throws {
    let server = try ScriptedServer { _ in .reply("") }
    defer { server.stop() }
    // In a process of its own: the environment belongs to all. libcurl asks for it with each transfer.
    await #expect(processExitsWith: .success) { [url = server.url as String] in
      unsafe setenv("http_proxy", "http://127.0.0.1:1", 1)
      _ = try await client().send(Request(url: url))
    }
    #expect(server.received.count == 1)
  }

  @Test func `can't be made without a timeout or for no request`() async {
    await #expect(processExitsWith: .failure) {
      _ = Client(ClientSettings(connectTimeout: .seconds(1), requestTimeout: .zero))
    }
    await #expect(processExitsWith: .failure) {
      _ = Client(ClientSettings(connectTimeout: .seconds(1), requestTimeout: .seconds(1), maxInFlight: 0))
    }
  }
}
