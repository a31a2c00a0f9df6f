import TestSupport
import Testing

@testable import LDAP

@Suite(.timeLimit(.minutes(15))) struct `A connection that has failed` {
  /// How it is encrypted.
  enum Sort: CaseIterable { case plain, startTLS, ldaps }

  private func settings(_ slapd: Slapd, _ sort: Sort, idle: Duration = .seconds(60)) -> ConnectionSettings {
    server(
      slapd, uris: [sort == .ldaps ? slapd.ldapsURI : slapd.ldapURI], startTLS: sort == .startTLS, caFile: slapd.caFile,
      idle: idle)
  }

  @Test(arguments: Sort.allCases) func `isn't used again once it was lost, although the server is back`(
    sort: Sort
  ) async throws {
    // Who hasn't bound sees nobody: that would look as if all had left.
    let slapd = try await Slapd.start(ldif: base + people(2), config: "access to * by users read by * none")
    let connection = try await Connection.open(settings(slapd, sort))
    #expect(try await connection.read("uid=p0,ou=people,dc=example,dc=com", attributes: ["sn"]) != nil)
    try await slapd.stop()
    try await slapd.restart()
    for _ in 0..<3 {
      #expect(await !connection.isAlive())
      #expect(await searchError(connection, request())?.kind == .cutOff)
    }
  }

  @Test(arguments: [false, true]) func `isn't used again once it was cut off`(byReset: Bool) async throws {
    let slapd = try await Slapd.start(ldif: base + people(2), config: "overlay syncprov")
    let proxy = try AlternatingProxy(to: [slapd.ldapURI])
    let connection = try await Connection.open(server(slapd, uris: [proxy.uri]))
    #expect(try await connection.listen(over: ["ou=people,dc=example,dc=com"], knowing: .entryUUID) == .contentSync)
    proxy.cut(byReset: byReset)
    await connection.waitUntilReadable()
    for _ in 0..<3 {
      #expect(await searchError(connection, request())?.kind == .cutOff)
      #expect(await !connection.isAlive())
      await #expect(throws: LDAPError.self) { _ = try await connection.receiveNotifications() }
    }
  }

  @Test func `isn't used again once the server was silent for too long`() async throws {
    let slapd = try await Slapd.start(ldif: base + people(2))
    let connection = try await Connection.open(settings(slapd, .plain, idle: .seconds(2)))
    await slapd.pause()
    #expect(await searchError(connection, request())?.kind == .timedOut)
    await slapd.resume()
    #expect(await searchError(connection, request())?.kind == .cutOff)
  }

  @Test func `is closed as soon as nobody uses it, whatever its time limits`() {
    weak var closed: ConnectionSocket?
    do {
      let socket = ConnectionSocket(stallLimit: .seconds(3600))
      socket.within(.seconds(3600)) {}
      closed = socket
    }
    #expect(closed == nil)
  }

  /// What a session may wait for when it is ended.
  enum Phase: CaseIterable { case bind, startTLS, handshake, search, paging, listen, isAlive }

  /// The limits of the session itself are far beyond the time limit of this test.
  @Test(.timeLimit(.minutes(15)), arguments: Phase.allCases)
  func `ends at once with its group, whatever it waits for at a silent server`(phase: Phase) async throws {
    let slapd = try await Slapd.start(ldif: base + people(200), config: "overlay syncprov")
    let sort: Sort = phase == .startTLS ? .startTLS : phase == .handshake ? .ldaps : .plain
    var settings = settings(slapd, sort, idle: .seconds(3600))
    settings.connectTimeout = .seconds(3600)
    let group = ConnectionGroup()
    let error = try await group.hold { [settings] () -> LDAPError? in
      let opens = [.bind, .startTLS, .handshake].contains(phase)
      let connection = opens ? nil : try await Connection.open(settings)
      // It falls silent before all else is asked, but between two pages.
      if phase != .paging { await slapd.pause() }
      let work = Task { () -> LDAPError? in
        guard let connection else { return await openingError(settings) }
        switch phase {
        case .paging: return await searchError(connection, request(pageSize: 1))
        case .search: return await searchError(connection, request())
        case .listen:
          do {
            _ = try await connection.listen(over: ["ou=people,dc=example,dc=com"], knowing: .entryUUID)
          } catch {
            return error as? LDAPError
          }
        case .isAlive: if await !connection.isAlive() { return await searchError(connection, request()) }
        default: break
        }
        return nil
      }
      if phase == .paging { await slapd.pause() }
      try await Task.sleep(for: .milliseconds(100))
      group.end()
      return await work.value
    }
    // A search that was faster than the silence has ended well.
    #expect(error?.kind == .cancelled || error == nil && phase == .paging, "\(error.map { "\($0)" } ?? "none")")
    await slapd.resume()
    let late = await group.hold { await openingError(settings) }
    #expect(late?.kind == .cancelled, "and none is opened after it")
  }
}
