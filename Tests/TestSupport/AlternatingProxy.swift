import Foundation
import Glibc
import Synchronization

/// One name for several servers of the loopback: each connection leads to the next of them in turn, as behind a load balancer.
public final class AlternatingProxy: Sendable {
  public let uri: String
  private let listener: Int32
  /// The connections that are open; each is ended by its thread alone.
  private let open = Mutex<Set<Int32>>([])
  /// Those that no longer receive changes.
  private let muted = Mutex<Set<Int32>>([])
  /// Written by the test, read by the listener's thread.
  private let down = Atomic(false)
  private let refusals = Atomic(0)

  /// How many connections it has ended at once.
  public var refused: Int { refusals.load(ordering: .relaxed) }

  /// - Parameter uris: such as `ldap://127.0.0.1:PORT`, or a URL with a port.
  public init(to uris: [String]) throws {
    let ports = try uris.map { uri in
      guard let port = uri.split(separator: ":").last.flatMap({ UInt16($0.prefix { $0.isNumber }) }) else {
        throw ChildProcessError("\(uri) has no port")
      }
      return port
    }
    let (listener, port) = try boundSocket()
    guard listen(listener, 64) == 0 else { throw SocketFailure(what: "listen", code: errno) }
    uri = "ldap://127.0.0.1:\(port)"
    self.listener = listener
    Thread.detachNewThread { [weak self] in
      var count = 0
      while case let client = acceptConnection(listener), client >= 0 {
        let target = ports[count % ports.count]
        count += 1
        guard let self else { return }
        guard !self.down.load(ordering: .relaxed), let server = connection(to: target) else {
          self.refusals.add(1, ordering: .relaxed)
          close(client)
          continue
        }
        self.open.withLock { _ = $0.insert(client) }
        Thread.detachNewThread {
          join(client, server) { self.muted.withLock { $0.contains(client) } }
          self.muted.withLock { _ = $0.remove(client) }
          self.open.withLock { open in
            open.remove(client)
            close(client)
          }
          close(server)
        }
      }
    }
  }

  /// Has it end every connection at once, or pass them on again.
  public func setDown(_ isDown: Bool) {
    down.store(isDown, ordering: .relaxed)
    if isDown { cut() }
  }

  /// Passes on no news of content synchronization (RFC 4533) on the connections that there are. They answer as before.
  public func mute() { muted.withLock { $0 = open.withLock { $0 } } }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// Ends each connection that there is, from the servers' side: by a regular close (FIN), or by a reset (RST).
  public func cut(byReset: Bool = false) {
    open.withLock { open in
      for client in open {
        if byReset {
          var linger = linger(l_onoff: 1, l_linger: 0)
          _ = unsafe setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        }
        shutdown(client, Int32(SHUT_RDWR))
      }
    }
  }
}

/// Passes bytes on, both ways, until one of them ends.
private func join(_ client: Int32, _ server: Int32, isMuted: () -> Bool) {
  var buffer = [UInt8](repeating: 0, count: 16_384)
  while true {
    var watched = [
      pollfd(fd: client, events: Int16(POLLIN), revents: 0), pollfd(fd: server, events: Int16(POLLIN), revents: 0),
    ]
    guard unsafe poll(&watched, 2, -1) > 0 else { return }
    for (from, to) in [(0, server), (1, client)] where watched[from].revents != 0 {
      let count = unsafe read(watched[from].fd, &buffer, buffer.count)
      guard count > 0 else { return }
      var bytes = buffer[..<count]
      if from == 1 && isMuted() { bytes = withoutNews(bytes) }
      let sent = unsafe bytes.withUnsafeBytes { unsafe send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if sent != bytes.count { return }
    }
  }
}

/// These messages of LDAP but for intermediate ones and for entries with a synchronization state.
private func withoutNews(_ messages: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
  let state = Array("1.3.6.1.4.1.4203.1.9.1.2".utf8)
  var rest = messages
  var kept: ArraySlice<UInt8> = []
  while case let before = rest, let message = BER(&rest) {
    let isNews = message.parts.dropFirst().first?.tag == 0x79 || message.bytes.contains(state)
    if !isNews { kept += before.prefix(before.count - rest.count) }
  }
  return kept + rest
}
