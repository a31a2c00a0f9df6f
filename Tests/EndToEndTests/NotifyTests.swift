import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `The service manager` {
  /// What systemd waits for with `Type=notify-reload`, in its order (systemd.service(5)).
  @Test func `is notified when the service is up, reloads and stops, and of its last run`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: "poll = \"1h\"")
    let manager = try ServiceManager()
    let service = try Service(it, environment: ["NOTIFY_SOCKET": manager.address])

    #expect(try await manager.next() == ["READY=1"])
    #expect(try await manager.next().map(\.masked) == ["STATUS=last run, 1 change; next in"])

    let before = monotonicMicroseconds()
    service.process.send(SIGHUP)
    let reloading = try await manager.next()
    #expect(reloading.first == "RELOADING=1")
    let moment = try #require(reloading.last?.wholeMatch(of: /MONOTONIC_USEC=(\d+)/)?.1)
    #expect(try #require(UInt64(moment)) >= before, "systemd ignores a moment before its SIGHUP")
    #expect(try await manager.next() == ["READY=1"])
    #expect(try await manager.next().map(\.masked) == ["STATUS=last run, nothing to do; next in"])

    #expect(await service.stop() == 0)
    #expect(try await manager.next() == ["STOPPING=1"])
    #expect(manager.receive() == [])
  }

  @Test func `is notified of a stop at once, not after the request in flight`() async throws {
    let it = try await Installation(person("a", "1001"))
    let gate = Gate()
    let pbx = try ScriptedServer { _ in
      gate.wait()
      return .status("Extension Created")
    }
    defer { pbx.stop() }
    try it.configure(pbx: "request_timeout = \"10m\"")
    try it.write("pbxsyncd.toml", it.configuration().replacing(it.pbx.url, with: pbx.url))
    let manager = try ServiceManager()
    let service = try Service(it, environment: ["NOTIFY_SOCKET": manager.address])
    #expect(try await manager.next() == ["READY=1"])
    try await eventually("a request") { !pbx.received.isEmpty }
    service.process.send(SIGTERM)
    #expect(try await manager.next().first == "STOPPING=1")
    // The request ends after the word was heard, and not before.
    gate.open()
    #expect(await service.process.waitUntilExit() == 0)
  }

  @Test func `isn't notified by a service that can't start`() async throws {
    let it = try await Installation()
    try it.configure(numbers: "contry = \"DE\"")
    let manager = try ServiceManager()
    let service = try Service(it, environment: ["NOTIFY_SOCKET": manager.address])
    #expect(await service.process.waitUntilExit() == 78)
    #expect(manager.receive() == [])
  }

  @Test func `gets watchdog notifications while the service waits and while it works`() async throws {
    let it = try await Installation(person("a", "1001"))
    try it.configure(schedule: "poll = \"1h\"")
    try await it.pbx.setFaults([.init("delay", times: 1, ms: 1000)])
    let manager = try ServiceManager()
    let service = try Service(it, environment: ["NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "200000"])
    var before = 0
    while try await !manager.next().contains(where: { $0.hasPrefix("STATUS=") }) { before += 1 }
    #expect(before >= 5, "READY and a sign each tenth of a second of the first run")
    for _ in 0..<5 { #expect(try await manager.next() == ["WATCHDOG=1"]) }
    #expect(await service.stop() == 0)
  }

  private func monotonicMicroseconds() -> UInt64 {
    var now = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
  }
}

extension String {
  /// Without the moments.
  fileprivate var masked: String {
    replacing(#/last run \d\d:\d\d, /#, with: "last run, ").replacing(#/next in \d+ s/#, with: "next in")
  }
}
