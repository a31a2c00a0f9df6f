// optarg and optind are plain variables of C; only the main thread reads them, before any other is started.
@unsafe @preconcurrency import CMicroHTTPD

/// What the command line says.
struct Options {
  var host = "127.0.0.1"
  var port = "8000"
  var key = ""
  var tlsCertificate: String?
  var tlsKey: String?
  var accessLog: String?
  var portFile: String?
  var maxQuery = 2048
  var wantsHelp = false

  static let help = """
    Usage: pbx-simulator (--key-file FILE | --key KEY) [options]

    A stand-in for a PBX with the Call Control Manager API, for trying out and for tests.
    Look at http://127.0.0.1:8000/ to see what it holds.

      --listen HOST:PORT   where to listen (127.0.0.1:8000); port 0 takes a free one
      --key-file FILE      the security key is the file's first line
      --key KEY            the security key itself; other users can see it in the list of processes
      --tls-cert FILE      serve HTTPS with this certificate chain (PEM) ...
      --tls-key FILE       ... and this private key (PEM)
      --access-log FILE    append a line for each call, without the key
      --port-file FILE     write the port to this file once ready
      --max-query BYTES    the longest query string (2048); a longer one is answered 404
      --help               print this

    Once ready it prints one line: listening on http://127.0.0.1:8000/
    SIGTERM and SIGINT end it.

    """
}

/// The command line is wrong, or names a file that can't be used.
struct UsageError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

extension Options {
  private enum Name: Int32, CaseIterable {
    // Above every character, so that none is a short option and none is getopt's own '?'.
    case listen = 256
    case key, keyFile, tlsCert, tlsKey, accessLog, portFile, maxQuery, help

    var text: StaticString {
      switch self {
      case .listen: "listen"
      case .key: "key"
      case .keyFile: "key-file"
      case .tlsCert: "tls-cert"
      case .tlsKey: "tls-key"
      case .accessLog: "access-log"
      case .portFile: "port-file"
      case .maxQuery: "max-query"
      case .help: "help"
      }
    }
  }

  /// Reads the process's arguments with getopt_long(3), which reports unknown options itself.
  init(arguments count: Int32, _ values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) throws(UsageError) {
    var table = unsafe Name.allCases.map { name in
      let text = unsafe UnsafeRawPointer(name.text.utf8Start).assumingMemoryBound(to: CChar.self)
      return unsafe option(name: text, has_arg: name == .help ? 0 : 1, flag: nil, val: name.rawValue)
    }
    unsafe table.append(option())
    while true {
      let code = unsafe getopt_long(count, values, "", table, nil)
      if code == -1 { break }
      guard let name = Name(rawValue: code) else { throw UsageError("see --help") }
      try take(name, unsafe optarg.map { unsafe String(cString: $0) } ?? "")
      if wantsHelp { return }
    }
    guard optind == count else { throw UsageError("there are only options, no other arguments; see --help") }
    guard !key.isEmpty else { throw UsageError("a security key is needed: --key-file FILE or --key KEY") }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw UsageError("--tls-cert and --tls-key go together")
    }
  }

  private mutating func take(_ name: Name, _ value: String) throws(UsageError) {
    switch name {
    case .listen: try listen(on: value)
    case .key: key = value
    case .keyFile: key = String(try readFile(value).prefix { !$0.isNewline })
    case .tlsCert: tlsCertificate = try readFile(value)
    case .tlsKey: tlsKey = try readFile(value)
    case .accessLog: accessLog = value
    case .portFile: portFile = value
    case .maxQuery:
      guard let bytes = Int(value), bytes > 0 else { throw UsageError("--max-query takes a number of bytes") }
      maxQuery = bytes
    case .help: wantsHelp = true
    }
  }

  /// `HOST:PORT`, with an IPv6 address in brackets.
  private mutating func listen(on value: String) throws(UsageError) {
    guard let colon = value.lastIndex(of: ":"), colon > value.startIndex,
      let port = UInt16(value[value.index(after: colon)...])
    else { throw UsageError("--listen takes HOST:PORT, such as 127.0.0.1:8000") }
    self.port = String(port)
    host = value[..<colon].filter { $0 != "[" && $0 != "]" }
  }
}
