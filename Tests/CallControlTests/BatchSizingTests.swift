import CallControl
import Domain
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(15))) struct `Packing extensions into requests` {
  /// Names of many lengths, some of whose letters are three to twelve bytes on the wire.
  private func people(_ count: Int, seed: Int) -> [Extension] {
    var random = Multiplicative(seed: seed)
    let letters: [Character] = ["a", "b", "é", "ü", "日", "🎉", "\"", " ", "\u{1}"]
    return (0..<count).map { position in
      let name = String((0..<random.next(40)).map { _ in letters[random.next(letters.count)] })
      return Extension(number: "\(1000 + position)", firstName: "F" + name, lastName: String(name.reversed()))
    }
  }

  @Test(arguments: [0, 300, 512, 2048, 10_000], CallControlSettings.Parameters.both)
  func `keeps all of them, in order, and each request within the limit`(
    limit: Int, parameters: CallControlSettings.Parameters
  ) async throws {
    let server = try ScriptedServer { _ in .status("") }
    defer { server.stop() }
    for seed in 1...3 {
      let people = people(60, seed: seed)
      let api = api(server, maxQueryBytes: limit, parameters: parameters)
      let groups = api.pack(people)
      #expect(groups.flatMap { $0 } == people)
      #expect(!groups.contains([]))

      let before = server.received.count
      var sent = 0
      for group in groups {
        if await api.add(group).status == .tooLong {
          #expect(group.count == 1)
        } else {
          sent += 1
        }
      }
      let received = server.received.dropFirst(before)
      #expect(received.count == sent)
      // A form has room for one extension, however long.
      if parameters == .query { for length in received.map(length) { #expect(length <= limit) } }
    }
  }

  /// Fills to the last byte: with a limit of exactly what two need, two go together; with one less they don't.
  @Test func `fills each request up to the limit`() async throws {
    let server = try ScriptedServer { _ in .status("") }
    defer { server.stop() }
    let people = people(30, seed: 7)
    let wide = api(server, maxQueryBytes: .max)
    #expect(wide.pack(people) == [people])
    for count in [2, 3, 10, 30] {
      let group = Array(people.prefix(count))
      _ = await wide.add(group)
      let length = try length(of: #require(server.received.last))
      #expect(api(server, maxQueryBytes: length).pack(group) == [group])
      #expect(api(server, maxQueryBytes: length - 1).pack(group).map(\.count) == [count - 1, 1])
      #expect(await api(server, maxQueryBytes: length).add(group).status != .tooLong)
      #expect(await api(server, maxQueryBytes: length - 1).add(group).status == .tooLong)
    }
  }

  @Test func `sends a group of one as a single extension`() async throws {
    let server = try ScriptedServer { _ in .status("Extension Created") }
    defer { server.stop() }
    let api = api(server)
    #expect(await api.add([ada]).status == .accepted)
    #expect(await api.make(.addExtension(ada)).status == .accepted)
    #expect(server.received.map(\.text).allSatisfy { $0 == server.received[0].text })
  }

  @Test func `never sends what can't fit`() async throws {
    let server = try ScriptedServer { _ in .status("Extension Created") }
    defer { server.stop() }
    let long = Extension(number: "1", firstName: String(repeating: "ü", count: 400))
    let api = api(server)
    #expect(api.pack([ada, long, bob]) == [[ada], [long], [bob]])
    let answer = await api.make(.addExtension(long))
    #expect(answer.status == .tooLong)
    #expect(answer.message.contains("2048"))
    #expect(server.received.isEmpty)
  }

  @Test func `sends in a form objects too long for a query`() async throws {
    let server = try ScriptedServer { _ in .status("Extension Created") }
    defer { server.stop() }
    let long = Extension(number: "1", firstName: String(repeating: "ü", count: 400))
    let form = api(server, parameters: .form)
    #expect(throws: Never.self) { try form.checkLength(of: .addExtension(long)) }
    #expect(await form.make(.addExtension(long)).status == .accepted)
    let error = #expect(throws: CallLengthError.self) { try api(server).checkLength(of: .addExtension(long)) }
    #expect(error?.description.contains("max_query_bytes is 2048") == true)
  }

  @Test func `refuses an empty group`() async {
    await #expect(processExitsWith: .failure) { _ = await api(url: "http://127.0.0.1/").add([]) }
  }

  /// What IIS counts: behind the `?`, without it.
  private func length(of request: ScriptedServer.Received) -> Int {
    guard request.body.isEmpty else { return request.body.utf8.count }
    let target = request.line.split(separator: " ")[1]
    return target.utf8.count - "/api.aspx?".utf8.count
  }
}

extension CallControl {
  /// All of them in groups for `add`.
  fileprivate func pack(_ extensions: [Extension]) -> [[Extension]] {
    var groups: [[Extension]] = []
    var rest = extensions[...]
    while !rest.isEmpty { groups.append(Array(rest.removing(first: batchSize(for: Array(rest))))) }
    return groups
  }
}

extension ArraySlice {
  fileprivate mutating func removing(first count: Int) -> Self {
    defer { removeFirst(count) }
    return prefix(count)
  }
}

extension CallControlSettings.Parameters {
  fileprivate static var both: [Self] { [.query, .form] }
}

/// The same numbers on every run (Park and Miller's generator).
private struct Multiplicative {
  private var state: Int

  init(seed: Int) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state = state * 48_271 % 2_147_483_647
    return state % bound
  }
}
