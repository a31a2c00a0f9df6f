import Foundation

/// A HTTP/2 server over TLS on a free loopback port, which treats each request that comes by the next word of a script.
/// It is Debian's python3-h2, as a server that refuses on purpose is nothing that is to be had ready.
public final class HTTP2Server: Sendable {
  public enum Treatment: String, Sendable {
    case answer
    /// Answers when the next request has been treated.
    case hold
    /// Resets the stream with REFUSED_STREAM.
    case refuse
    /// Resets the stream with HTTP_1_1_REQUIRED.
    case wantHTTP1 = "want-http1"
    /// Says by GOAWAY that the request wasn't looked at, answers those that are held, and closes the connection.
    case goAway = "go-away"
    /// Closes the connection.
    case close
  }

  public let url: String
  public let tls: Certificates
  private let process: ChildProcess
  private let folder: TemporaryFolder

  /// Requests beyond the script are answered.
  public static func start(_ script: [Treatment]) async throws -> HTTP2Server { try await HTTP2Server(script) }

  private init(_ script: [Treatment]) async throws {
    folder = try TemporaryFolder()
    tls = try await Certificates(in: folder)
    let program = try folder.write("server.py", Self.program)
    // Debian's own interpreter: its packages are for no other.
    let process = try ChildProcess(
      launching: "/usr/bin/python3", arguments: [program, tls.file, tls.keyFile] + script.map(\.rawValue))
    try await eventually("the HTTP/2 server") {
      guard process.isRunning else { throw ChildProcessError("the HTTP/2 server didn't start: \(process.errors)") }
      return process.output.contains("\n")
    }
    self.process = process
    url = "https://127.0.0.1:\(process.output.prefix { $0 != "\n" })/api.aspx"
  }

  /// What came, in its order: `2 h2 /api.aspx?a=1` is a request over the second connection.
  public var received: [String] { process.output.split(separator: "\n").dropFirst().map(String.init) }

  private static let program = """
    import socket, ssl, sys, threading
    import h2.config, h2.connection, h2.events
    from hyperframe.frame import GoAwayFrame

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    context.set_alpn_protocols(["h2", "http/1.1"])
    script, lock = sys.argv[3:], threading.Lock()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)

    def came(number, protocol, target):
      with lock:
        print(number, protocol, target, flush=True)
        return script.pop(0) if script else "answer"

    def serve_http1(stream, number):
      head = b""
      while more := stream.recv(65536):
        head += more
        while b"\\r\\n\\r\\n" in head:
          line, head = head.split(b"\\r\\n\\r\\n", 1)
          came(number, "http/1.1", line.split(b" ")[1].decode())
          stream.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nh1")

    def serve_http2(stream, number):
      it = h2.connection.H2Connection(config=h2.config.H2Configuration(client_side=False))
      it.initiate_connection()
      stream.sendall(it.data_to_send())
      held = []

      def answer(*streams):
        for one in streams:
          it.send_headers(one, [(":status", "200"), ("content-length", "2")])
          it.send_data(one, b"h2", end_stream=True)

      while more := stream.recv(65536):
        for event in it.receive_data(more):
          if not isinstance(event, h2.events.RequestReceived):
            continue
          word = came(number, "h2", dict(event.headers)[b":path"].decode())
          if word == "hold":
            held.append(event.stream_id)
            continue
          if word == "close":
            return
          if word == "answer":
            answer(event.stream_id)
          elif word == "refuse":
            it.reset_stream(event.stream_id, 0x7)
          elif word == "want-http1":
            it.reset_stream(event.stream_id, 0xD)
          elif word == "go-away":
            stream.sendall(it.data_to_send())
            stream.sendall(GoAwayFrame(last_stream_id=event.stream_id - 2, error_code=0).serialize())
          answer(*held)
          held.clear()
          if word == "go-away":
            stream.sendall(it.data_to_send())
            stream.unwrap().shutdown(socket.SHUT_WR)
            return
        stream.sendall(it.data_to_send())

    def serve(plain, number):
      try:
        with context.wrap_socket(plain, server_side=True) as stream:
          (serve_http2 if stream.selected_alpn_protocol() == "h2" else serve_http1)(stream, number)
      except OSError:
        pass

    number = 0
    while True:
      plain, number = listener.accept()[0], number + 1
      threading.Thread(target=serve, args=(plain, number), daemon=True).start()
    """
}
