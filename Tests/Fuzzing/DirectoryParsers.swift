import LDAP
import Text

@testable import LDAP

private let base = "dc=example,dc=com"

/// Connects to a server whose answers are the input, the bind's first, and works with the connection. An error has a readable text.
private func connect(_ bytes: [UInt8], _ work: @escaping @Sendable (Connection) async throws -> Void) {
  waitFor {
    do {
      let server = try HostileServer(.ldap, answering: bytes)
      let settings = ConnectionSettings(
        uris: [server.uri], connectTimeout: .seconds(5), operationTimeout: .seconds(5), idleTimeout: .seconds(5))
      try await work(try await Connection.open(settings))
      withExtendedLifetime(server) {}
    } catch let error as LDAPError {
      expectVisible(error.description)
      // Whatever is sent, the connection's end follows.
      precondition(error.kind != .timedOut, "\(error)")
    } catch {
      fatalError("\(error)")
    }
  }
}

/// Whether a text can be printed as it is: a server must not begin a line of its own.
func expectVisible(_ text: String) {
  precondition(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, "control characters in \(text)")
}

private func check(_ entry: borrowing Entry) {
  expectVisible(entry.dn)
  for name in entry.names {
    expectVisible(name)
    _ = entry.values(name)
  }
}

/// Entries, references, pages, parts of attributes and results. The first byte picks the operation.
func parseSearch(_ bytes: [UInt8]) {
  let answers = Array(bytes.dropFirst())
  let operation = (bytes.first ?? 0) % 4
  connect(answers) { connection in
    let request = SearchRequest(
      base: base, scope: .sub, filter: "(cn=*)", attributes: ["cn", "member"], pageSize: operation == 1 ? 0 : 2)
    switch operation {
    case 0, 1:
      let (count, result) = try await connection.search(request, into: 0) { count, entry in
        check(entry)
        count += 1
      }
      precondition(count == result.entries)
      // A complete search has a result (RFC 4511, section 4.5.2), whose tag is in the input.
      precondition(answers.contains(0x65))
      if let part = try await connection.missingPart(of: result) { expectVisible(part) }
    case 2:
      _ = try await connection.search(request, into: 0) { count, fingerprint in
        count += 1
        return count > 3 ? .end : fingerprint.map { $0 % 2 == 0 } == true ? .skip : .read
      } _: { _, entry in
        check(entry)
      }
    default: _ = try await connection.add("1001", to: "telephoneNumber", of: "uid=ann,\(base)")
    }
  }
}

/// What a server says about itself: root DSE, schema, object classes, clock and markers.
func parseServer(_ bytes: [UInt8]) {
  connect(bytes) { connection in
    let rootDSE = try await connection.rootDSE()
    _ = (rootDSE.contextsOfPeople, rootDSE.limitsAttributes)
    try await connection.answer(toNames: ["surname", "userid", "telephoneNumber;lang-de"])
    _ = try await connection.objectClasses()?.allow("mobile", in: ["inetOrgPerson"])
    let identity = try await connection.identityAttribute()
    _ = try await connection.invocationID()
    _ = try await connection.clock()
    let marker = try await connection.changeMarker(over: [base])
    _ = ChangeMarker.lag(of: marker?.text ?? "", behind: ["\(base) 20261127000000.000000Z#000000#001#000000"])
    _ = try await connection.name(ofID: "6d4a0e3c-0000-1040-8000-000000000001", identity, below: [base])
    _ = await connection.isAlive()
  }
}

/// Groups in groups, with members of any kind.
func parseGroups(_ bytes: [UInt8]) {
  connect(bytes) { connection in
    let membership = try await connection.members(
      of: ["cn=staff,ou=groups,\(base)"], pageSize: 2, mayContain: { _ in true }, willSearch: { _ in })
    _ = membership.digest
    _ = membership.contains(Entry(dn: "uid=ann,\(base)", attributes: [("uid", [AttributeValue("ann")])]))
  }
}

/// Changes by each mechanism: content synchronization, persistent search, Active Directory's control, USN queries.
func parseNotifications(_ bytes: [UInt8]) {
  // A second byte of 1 goes on from an earlier position.
  let goesOn = bytes.first == 1
  connect(Array(bytes.dropFirst())) { connection in
    let position = SyncCookies(
      server: connection.uri, cookies: [base: SyncCookies.cookie(["20261127000000.000000Z#000000#001#000000"])])
    let mechanism = try await connection.listen(
      over: [base], knowing: .entryUUID, from: goesOn ? position : nil)
    if let position = await connection.position { _ = try await connection.hasReached(position) }
    guard let mechanism else { return }
    for _ in 0..<20 {
      let batch = try await connection.receiveNotifications()
      precondition(batch.notifications.count <= NotificationBatch.most)
      for notification in batch.notifications { expectVisible(notification.dn) }
      // USN queries wait for no message.
      if mechanism != .changeNumbers { await connection.waitUntilReadable() }
    }
  }
}

/// A control's or a message's value by itself.
func parseControls(_ bytes: [UInt8]) {
  let states = [SyncState(control: bytes), SyncState(information: bytes)].compactMap(\.self)
  var subscriptions = ChangeSubscriptions(
    way: .contentSync, identity: .entryUUID, family: .openLDAP, contexts: [1: base],
    position: SyncCookies(server: "", cookies: [:]))
  for state in states { subscriptions.handle(state, from: 1) }
  let controls = [ContentSync.state: bytes, "2.16.840.1.113730.3.4.7": bytes]
  for way in [NotificationMechanism.contentSync, .persistentSearch] {
    var subscriptions = ChangeSubscriptions(
      way: way, identity: .nsUniqueId, family: .directoryServer389, contexts: [1: base],
      position: SyncCookies(server: "", cookies: [base: bytes]))
    subscriptions.handle(Entry(dn: "uid=ann", attributes: []), controls, from: 1)
    subscriptions.position.retain(bytes, of: base)
    _ = subscriptions.position.marker
  }
}

/// Descriptions of attributes and of object classes, one a line.
func parseSchema(_ bytes: [UInt8]) {
  let descriptions = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  let schema = Schema(attributeTypes: descriptions)
  let names = schema.attributes(where: { _ in true })
  precondition(names.count <= schema.count)
  // A name with an option isn't found by itself, and one that two attributes have is the later one's.
  for name in names where !name.contains(";") {
    precondition(schema.names(of: name).contains { $0.lowercased() == name.lowercased() }, name)
  }
  _ = schema.nearest(to: "telefon")
  let classes = ObjectClasses(descriptions: descriptions)
  _ = classes.allow("mobile", in: ["inetOrgPerson", "person", "top"])
}
