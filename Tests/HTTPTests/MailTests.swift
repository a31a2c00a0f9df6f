import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `A mail over SMTP` {
  private let message = Array("Subject: test\r\n\r\n.\r\n..\r\n.hidden\r\nend\r\n".utf8)

  private func client(_ server: MailServer, caFile: String? = nil, timeout: Duration = .seconds(60)) -> Client {
    Client(
      ClientSettings(
        connectTimeout: timeout, requestTimeout: timeout, caFile: caFile ?? server.certificates.caFile))
  }

  private func request(
    _ server: MailServer, scheme: String = "smtp", login: MailLogin? = nil, to recipients: [String] = ["a@example.com"],
    _ startTLS: MailEnvelope.StartTLS = .required
  ) -> Request {
    Request(
      url: "\(scheme)://127.0.0.1:\(server.port)",
      .mail(message, MailEnvelope(from: "from@example.com", to: recipients, login: login, startTLS: startTLS)))
  }

  @Test(arguments: [MailServer.TLS.starttls, .smtps])
  func `arrives unchanged, encrypted and with a login`(tls: MailServer.TLS) async throws {
    let server = try await MailServer(tls, requiresLogin: true)
    let login = MailLogin(user: server.user, password: server.password)
    let scheme = tls == .smtps ? "smtps" : "smtp"
    let client = client(server)
    for _ in 1...2 { _ = try await client.send(request(server, scheme: scheme, login: login, .never)) }
    let mails = try server.mails()
    #expect(mails.map(\.isEncrypted) == [true, true] && mails.map(\.user) == [server.user, server.user])
    #expect(mails[0].raw == String(decoding: message, as: UTF8.self))
    #expect(mails[0].sender == "from@example.com" && mails[0].recipients == ["a@example.com"])
    await server.stop()
  }

  @Test func `isn't sent without TLS where that is required, nor is a password`() async throws {
    let server = try await MailServer(.none)
    for request in [
      request(server), request(server, login: MailLogin(user: server.user, password: server.password), .never),
    ] {
      let error = await failure(client(server), request)
      #expect(error?.isWithoutSTARTTLS == true && error?.kind == .untrusted, "\(String(describing: error))")
      #expect("\(String(describing: error))\(request)".contains(server.password) == false)
    }
    #expect(try server.mails().isEmpty)
    _ = try await client(server).send(request(server, .ifOffered))
    _ = try await client(server).send(request(server, .never))
    #expect(try server.mails().map(\.isEncrypted) == [false, false])
    await server.stop()
  }

  @Test func `isn't sent to a server with another certificate, also where TLS isn't required`() async throws {
    let server = try await MailServer(.starttls)
    for use in [MailEnvelope.StartTLS.required, .ifOffered] {
      let error = await failure(client(server, caFile: server.certificates.wrongCAFile), request(server, use))
      #expect(error?.kind == .untrusted && error?.isWithoutSTARTTLS == false, "\(String(describing: error))")
    }
    #expect(try server.mails().isEmpty)
    await server.stop()
  }

  @Test func `fails with a wrong password, which no message quotes`() async throws {
    let server = try await MailServer(.starttls, requiresLogin: true)
    let error = await failure(
      client(server), request(server, login: MailLogin(user: server.user, password: "wrong-password")))
    #expect(error?.kind == .loginRefused && error?.detail.contains("wrong-password") == false)
    #expect(try server.mails().isEmpty)
    await server.stop()
  }

  @Test func `reaches the recipients that the server accepts`() async throws {
    let server = try await MailServer(.starttls)
    _ = try await client(server).send(request(server, to: ["nobody@example.com", "b@example.com"]))
    #expect(try server.mails().map(\.recipients) == [["b@example.com"]])
    let error = await failure(client(server), request(server, to: ["nobody@example.com"]))
    #expect(error?.detail.contains("550") == true, "\(String(describing: error))")
    await server.stop()
  }

  @Test func `ends with a server that says nothing`() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let silent = Client(ClientSettings(connectTimeout: .seconds(60), requestTimeout: .milliseconds(200)))
    let error = await failure(
      silent,
      Request(
        url: "smtp://127.0.0.1:\(server.port)",
        .mail(message, MailEnvelope(from: "a@b.c", to: ["a@b.c"], startTLS: .never))))
    #expect(error?.kind == .timedOut)
  }
}

@Suite(.timeLimit(.minutes(15))) struct `A request with JSON` {
  @Test func `is posted as JSON, and prints without its secret path`() async throws {
    let server = try ScriptedServer { _ in .reply("ok", status: 201) }
    defer { server.stop() }
    let request = Request(
      url: "http://127.0.0.1:\(server.port)/hook/s3cret?key=k", .json("{\"a\":1}"), hasSecretPath: true)
    #expect("\(request)" == "POST http://127.0.0.1:\(server.port)")
    #expect(try await client().send(request).status == 201)
    let received = try #require(server.received.first)
    #expect(received.line == "POST /hook/s3cret?key=k HTTP/1.1" && received.body == "{\"a\":1}")
    #expect(received.header("Content-Type") == "application/json")
  }

  @Test func `can follow a mail on the same client`() async throws {
    let mails = try await MailServer(.none)
    let server = try ScriptedServer { _ in .reply("ok") }
    defer { server.stop() }
    let client = client()
    let envelope = MailEnvelope(from: "a@example.com", to: ["b@example.com"], startTLS: .never)
    for _ in 1...2 {
      _ = try await client.send(
        Request(url: "smtp://127.0.0.1:\(mails.port)", .mail(Array("Subject: b\r\n\r\n".utf8), envelope)))
      _ = try await client.send(Request(url: server.url, form: "x=1"))
      _ = try await client.send(Request(url: server.url))
    }
    #expect(try mails.mails().count == 2)
    #expect(server.received.map(\.body) == ["x=1", "", "x=1", ""])
    await mails.stop()
  }
}
