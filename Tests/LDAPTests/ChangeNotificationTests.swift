import LDAP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A change subscription` {
  private static let people = "ou=people,dc=example,dc=com"
  private static let watched = "overlay syncprov"

  /// What is heard until something is.
  private func heard(_ connection: Connection) async throws -> NotificationBatch {
    while true {
      let heard = try await connection.receiveNotifications()
      if heard != NotificationBatch() { return heard }
      await connection.waitUntilReadable()
    }
  }

  private func listener(_ slapd: Slapd, from position: SyncCookies? = nil) async throws -> Connection {
    let connection = try await Connection.open(server(slapd))
    let way = try await connection.listen(over: [Self.people], knowing: .entryUUID, from: position)
    #expect(way == .contentSync)
    return connection
  }

  @Test(arguments: [
    ("changetype: modify\nreplace: sn\nsn: Neu\n", "uid=p0,\(people)", false),
    ("changetype: delete\n", "uid=p0,\(people)", true),
    ("changetype: modrdn\nnewrdn: uid=q0\ndeleteoldrdn: 1\n", "uid=q0,\(people)", false),
    (
      "changetype: modrdn\nnewrdn: uid=p0\ndeleteoldrdn: 0\nnewsuperior: dc=example,dc=com\n",
      "uid=p0,dc=example,dc=com", false
    ),
  ]) func `reports a change, by DN and by ID`(change: String, dn: String, isGone: Bool) async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(2), config: Self.watched)
    let connection = try await listener(slapd)
    let id = try #require(
      try await connection.read("uid=p0,\(Self.people)", attributes: ["entryUUID"])?.first("entryUUID")?.text)
    try await slapd.modify("dn: uid=p0,\(Self.people)\n" + change)
    #expect(try await heard(connection).notifications == [ChangeNotification(dn: dn, id: id, isGone: isGone)])
  }

  @Test func `reports nothing that was there before`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(20), config: Self.watched)
    let connection = try await listener(slapd)
    #expect(try await connection.receiveNotifications() == NotificationBatch())
  }

  @Test func `distinguishes a group from a person`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(1), config: Self.watched)
    let connection = try await listener(slapd)
    try await slapd.modify(
      "dn: cn=g,dc=example,dc=com\nchangetype: add\nobjectClass: groupOfNames\ncn: g\nmember: uid=p0,\(Self.people)\n")
    #expect(try await heard(connection).notifications.map(\.isGroup) == [true])
  }

  @Test func `resumes where another connection stopped`() async throws {
    let slapd = try await Slapd.start(
      ldif: LDAPTests.base + LDAPTests.people(3), config: "overlay syncprov\nsyncprov-sessionlog 100")
    let first = try await listener(slapd)
    try await slapd.modify("dn: uid=p0,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    _ = try await heard(first)
    let position = try #require(await first.position)

    try await slapd.modify("dn: uid=p1,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    try await slapd.modify("dn: uid=p2,\(Self.people)\nchangetype: delete\n")
    let second = try await listener(slapd, from: position)
    let heard = try await second.receiveNotifications()
    #expect(heard.notifications.map(\.isGone).sorted { !$0 && $1 } == [false, true])
    #expect(!heard.missesRemovals)
  }

  @Test func `resumes with each provider of a directory with several`() async throws {
    let another = try await Slapd.start(
      ldif: LDAPTests.base + LDAPTests.people(2), config: Self.watched, globals: "serverID 1")
    let slapd = try await Slapd.start(
      config: """
        syncrepl rid=001 provider=\(another.ldapURI) type=refreshAndPersist retry="1 +" searchbase=\(Slapd.suffix)
          bindmethod=simple binddn=\(another.rootDN) credentials=\(another.password)
        multiprovider on
        overlay syncprov
        syncprov-sessionlog 100
        """, globals: "serverID 2", password: another.password)
    let name = { (name: String) in "dn: uid=p0,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: \(name)\n" }
    let copied = { (name: String) in
      try await eventually("the copy") { try await slapd.value("sn", of: "uid=p0,\(Self.people)") == name }
    }
    try await another.modify(name("Eins"))
    try await copied("Eins")
    let first = try await listener(slapd)
    try await slapd.modify(name("Zwei"))
    _ = try await heard(first)
    let position = try #require(await first.position)
    #expect(position.marker == (try await first.changeMarker(over: [Self.people]))?.text)

    try await another.modify(name("Drei"))
    try await copied("Drei")
    let heard = try await listener(slapd, from: position).receiveNotifications()
    #expect(heard.notifications.map(\.dn) == ["uid=p0,\(Self.people)"])
    #expect(!heard.missesRemovals)
  }

  @Test func `notices a directory restored from a backup, also with later changes`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(2), config: Self.watched)
    try await slapd.backUp()
    let first = try await listener(slapd)
    try await slapd.modify("dn: uid=p0,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    _ = try await heard(first)
    let position = try #require(await first.position)
    #expect(try await first.hasReached(position))
    try await slapd.restore()
    try await slapd.modify("dn: uid=p1,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    #expect(try await !listener(slapd).hasReached(position))
  }

  @Test func `reports if removals meanwhile are unknown`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(3), config: Self.watched)
    let first = try await listener(slapd)
    let position = try #require(await first.position)
    // Without a session log the server knows of those alone that are still there.
    try await slapd.modify("dn: uid=p1,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    try await slapd.modify("dn: uid=p2,\(Self.people)\nchangetype: delete\n")
    let heard = try await listener(slapd, from: position).receiveNotifications()
    #expect(heard.missesRemovals)
    #expect(heard.notifications.map(\.dn).contains("uid=p1,\(Self.people)"))
  }

  @Test func `accepts no position of another server`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base + LDAPTests.people(3), config: Self.watched)
    let other = SyncCookies(server: "ldap://other", cookies: ["dc=example,dc=com": Array("rid=000,csn=rubbish".utf8)])
    #expect(try await listener(slapd, from: other).receiveNotifications() == NotificationBatch())
  }

  @Test func `ends with the server`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base, config: Self.watched)
    let connection = try await listener(slapd)
    try await slapd.stop()
    await connection.waitUntilReadable()
    await #expect(throws: LDAPError.self) { while true { _ = try await connection.receiveNotifications() } }
  }

  @Test func `stops waiting when its task is cancelled`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base, config: Self.watched)
    let connection = try await listener(slapd)
    let task = Task {
      await connection.waitUntilReadable()
      return Task.isCancelled
    }
    task.cancel()
    #expect(await task.value)
  }

  @Test func `keeps only a limited number of notifications, however many a server sends`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base, config: Self.watched)
    let connection = try await listener(slapd)
    try await slapd.modify(
      (0...NotificationBatch.most).map { index in
        "dn: ou=u\(index),\(Self.people)\nchangetype: add\nobjectClass: organizationalUnit\nou: u\(index)\n\n"
      }.joined())
    var heard = NotificationBatch()
    while !heard.isTooMuch {
      heard.append(try await connection.receiveNotifications())
      #expect(heard.notifications.count <= NotificationBatch.most)
    }
    #expect(heard.notifications == [])
  }

  private static let (sync, persistent) = ("1.3.6.1.4.1.4203.1.9.1.1", "2.16.840.1.113730.3.4.3")

  /// A server that lists some controls, and does those of the searches that don't end.
  private func scripted(
    listing controls: [String], doing done: String?, ending code: Int = 0
  ) async throws -> (Connection, ScriptedDirectory) {
    let directory = try ScriptedDirectory { search in
      if search.base.isEmpty {
        return [.entry("", ["namingContexts": ["dc=example,dc=com"], "supportedControl": controls])]
      }
      if search.controls.isEmpty { return [.entry(search.base, [:])] }
      return search.controls.contains { $0 == done } ? [.unended] : [.result(code)]
    }
    let connection = try await Connection.open(
      ConnectionSettings(
        uris: [directory.uri], connectTimeout: .seconds(10), operationTimeout: .seconds(60), idleTimeout: .seconds(60)))
    return (connection, directory)
  }

  /// ApacheDS lists Active Directory's control, and answers its search as any other; slapd lists what only some of its databases do.
  @Test(arguments: ["1.2.840.113556.1.4.528", sync, persistent], [0, 12])
  func `isn't available from a server that lists a control without supporting it`(control: String, code: Int)
    async throws
  {
    let (connection, directory) = try await scripted(listing: [control], doing: nil, ending: code)
    do {
      #expect(try await connection.listen(over: [Self.people], knowing: .entryUUID) == nil)
    } catch {
      #expect(error.isNotificationRefusal)
    }
    withExtendedLifetime(directory) {}
  }

  @Test(arguments: [0, 12, 50, 4096]) func `uses another mechanism if the first isn't supported`(code: Int) async throws
  {
    let (connection, directory) = try await scripted(
      listing: [Self.sync, Self.persistent], doing: Self.persistent, ending: code)
    #expect(try await connection.listen(over: [Self.people], knowing: .entryUUID) == .persistentSearch)
    #expect(try await connection.receiveNotifications() == NotificationBatch())
    withExtendedLifetime(directory) {}
  }

  @Test func `covers a database that is glued below another and has its own marker`() async throws {
    let folder = try TemporaryFolder()
    let slapd = try await Slapd.start(
      config: Self.watched,
      globals: """
        database mdb
        maxsize 268435456
        directory \(folder.path)
        suffix \(Self.people)
        rootdn cn=admin,dc=example,dc=com
        subordinate
        overlay syncprov
        """)
    try await slapd.modify(
      (LDAPTests.base + LDAPTests.people(2)).split(separator: "\n\n", omittingEmptySubsequences: true).map {
        let lines = $0.split(separator: "\n", maxSplits: 1)
        return "\(lines[0])\nchangetype: add\n\(lines[1])\n\n"
      }.joined())
    let connection = try await listener(slapd)
    let before = try await connection.changeMarker(over: [Self.people])
    try await slapd.modify("dn: uid=p0,\(Self.people)\nchangetype: modify\nreplace: sn\nsn: Neu\n")
    #expect(try await heard(connection).notifications.map(\.dn) == ["uid=p0,\(Self.people)"])
    #expect(try await connection.changeMarker(over: [Self.people]) != before)
  }

  @Test func `isn't available from a database without the overlay`() async throws {
    let slapd = try await Slapd.start(ldif: LDAPTests.base)
    let connection = try await Connection.open(server(slapd))
    await #expect(throws: LDAPError.self) {
      _ = try await connection.listen(over: [Self.people], knowing: .entryUUID)
    }
  }
}
