import Foundation
import LDAP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A search` {
  @Test(arguments: [(100, 25), (1000, 3), (2500, 1), (0, 1)])
  func `reads all pages and counts them`(pageSize: Int, pages: Int) async throws {
    let slapd = try await Slapd.start(ldif: base + people(2500), config: "sizelimit unlimited")
    let connection = try await Connection.open(server(slapd))
    let (uids, result) = try await connection.search(request(pageSize: pageSize), into: Set<String>()) { uids, entry in
      if let uid = entry.first("UID")?.text { uids.insert(uid) }
    }
    #expect(uids.count == 2500)
    #expect(result.entries == 2500)
    // A server may say only with an empty page that the full one before was the last.
    #expect([pages, pages + 1].contains(result.pages))
  }

  @Test func `of a missing base fails`() async throws {
    let slapd = try await Slapd.start(ldif: base)
    let connection = try await Connection.open(server(slapd))
    let error = await searchError(connection, request(base: "ou=nowhere,dc=example,dc=com"))
    #expect(error?.kind == .noSuchBase)
    #expect(error?.detail.contains("ou=nowhere") == true)
  }

  @Test(arguments: ["(uid=*", "uid", "(&(uid=*)(=))", "((uid=a))"])
  func `with an invalid filter fails`(filter: String) async throws {
    let slapd = try await Slapd.start(ldif: base)
    let connection = try await Connection.open(server(slapd))
    let error = await searchError(connection, request(filter))
    #expect(error?.kind == .badFilter)
    #expect(error?.detail.contains(filter) == true)
  }

  @Test(arguments: [0, 10])
  func `that a size limit ends gives no data`(pageSize: Int) async throws {
    let slapd = try await Slapd.start(
      ldif: base + people(60), config: "limits * size.soft=20 size.hard=20 size.prtotal=20")
    let connection = try await Connection.open(server(slapd, bindDN: "", password: ""))
    #expect(await searchError(connection, request(pageSize: pageSize))?.kind == .limitExceeded)
  }

  @Test func `records referrals and doesn't follow them`() async throws {
    let elsewhere = "ldap://127.0.0.1:1/ou=far,dc=example,dc=com"
    let slapd = try await Slapd.start(
      ldif: base + people(3) + """
        dn: ou=far,ou=people,dc=example,dc=com
        objectClass: referral
        objectClass: extensibleObject
        ou: far
        ref: \(elsewhere)


        """)
    let connection = try await Connection.open(server(slapd))
    let (count, result) = try await connection.search(request(), into: 0) { count, _ in count += 1 }
    #expect(count == 3)
    #expect(result.referrals.count == 1)
    #expect(result.referrals.first?.hasPrefix("ldap://127.0.0.1:1/") == true)
  }

  @Test func `keeps binary values and awkward names as they are`() async throws {
    let picture: [UInt8] = [0xFF, 0xD8, 0x00, 0x01, 0x00]
    let slapd = try await Slapd.start(
      ldif: base + """
        dn: cn=Müller\\, \\"Ünal\\" \\\\ Co,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        cn: Müller, "Ünal" \\ Co
        sn: Müller
        jpegPhoto:: \(Data(picture).base64EncodedString())


        """)
    let connection = try await Connection.open(server(slapd))
    let (entries, _) = try await connection.search(
      request(attributes: ["cn", "jpegPhoto", "description"]), into: [Entry]()
    ) { entries, entry in
      entries.append(copy entry)
    }
    let entry = try #require(entries.first)
    #expect(entry.dn.contains("ou=people"))
    #expect(entry.first("CN")?.text == "Müller, \"Ünal\" \\ Co")
    #expect(entry.first("jpegphoto")?.bytes == picture)
    #expect(entry.first("jpegPhoto")?.text == nil)
    #expect(entry.values("description") == [])
  }

  @Test func `ends when its task is cancelled`() async throws {
    let slapd = try await Slapd.start(ldif: base + people(500))
    let connection = try await Connection.open(server(slapd))
    let task = Task { await searchError(connection, request(pageSize: 1)) }
    task.cancel()
    #expect(await task.value?.kind == .cancelled)
    #expect(try await connection.read("dc=example,dc=com", attributes: ["o"]) != nil, "the connection goes on")
  }

  @Test(arguments: [400, 2000, 9000])
  func `that is cut in the middle fails`(bytes: Int) async throws {
    let slapd = try await Slapd.start(ldif: base + people(500))
    let proxy = try CuttingProxy(to: slapd.ldapURI, after: bytes)
    let connection = try await Connection.open(server(slapd, uris: [proxy.uri]))
    let error = await searchError(connection, request())
    #expect(error?.kind == .cutOff)
  }

  @Test(arguments: [false, true])
  func `that the server leaves without an answer times out`(startTLS: Bool) async throws {
    let slapd = try await Slapd.start(ldif: base + people(500))
    let proxy = try CuttingProxy(to: slapd.ldapURI, after: 9000, isSilent: true)
    let connection = try await Connection.open(
      server(slapd, uris: [proxy.uri], startTLS: startTLS, caFile: slapd.caFile, idle: .seconds(3)))
    #expect(await searchError(connection, request())?.kind == .timedOut)
  }

  @Test func `is repeated by its command line`() async throws {
    let slapd = try await Slapd.start(ldif: base + people(40))
    let line = request("(&(objectClass=inetOrgPerson)(!(cn=it's \"a\" $test `x`)))", pageSize: 7)
      .commandLine(uri: slapd.ldapURI, server(slapd))
    let finished = try await ChildProcess.run(
      "/bin/sh", ["-c", line.replacing(" -W ", with: " -y \(slapd.passwordFile) ")])
    #expect(finished.exitStatus == 0, "\(finished.errors)")
    #expect(finished.output.split(separator: "\n").count { $0.hasPrefix("dn: ") } == 40)
  }
}
