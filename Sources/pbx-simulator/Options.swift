import PBXSimulator
import Platform

/// The command line's options.
struct Options {
  var host = "127.0.0.1"
  var port = "8000"
  var key = ""
  var tlsCertificate: String?
  var tlsKey: String?
  var accessLog: String?
  var portFile: String?
  var maxQuery = 2048
  var checks = Settings.Checks.existsFirst
  var wantsHelp = false

  static let help = """
    Usage: pbx-simulator (--key-file FILE | --key KEY) [options]

    A stand-in for a PBX with the Call Control Manager API, for trying out and for tests.
    See http://127.0.0.1:8000/ for its objects.

      --listen HOST:PORT   where to listen (127.0.0.1:8000); port 0 takes a free one
      --key-file FILE      the security key is the file's first line
      --key KEY            the security key itself; other users can see it in the list of processes
      --tls-cert FILE      serve HTTPS with this certificate chain (PEM) ...
      --tls-key FILE       ... and this private key (PEM)
      --access-log FILE    append a line for each call, without the key
      --port-file FILE     write the port to this file once ready
      --max-query BYTES    the longest query string (2048); a longer one is answered 404
      --checks ORDER       what an add is checked for first: exists-first (default), name-first, email-first,
                           values-first, or unchecked-names
      --help               print this

    Once ready it prints one line: listening on http://127.0.0.1:8000/
    SIGTERM and SIGINT end it.

    """
}

/// An error of the command line, or of a file in it.
struct UsageError: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

extension Options {
  private static let known: [CommandLineOptions.Option] =
    ["listen", "key", "key-file", "tls-cert", "tls-key", "access-log", "port-file", "max-query", "checks"]
    .map { .init($0, takesValue: true) } + [.init("help")]

  /// Reads the process's arguments, the program's name first.
  init(_ arguments: [String]) throws(UsageError) {
    let given: CommandLineOptions
    do throws(CommandLineOptions.UsageError) {
      given = try CommandLineOptions(arguments, options: Self.known)
    } catch {
      throw UsageError("\(error.message); see --help")
    }
    wantsHelp = given.has("help")
    if wantsHelp { return }
    try parse(given.values)
    guard given.operands.isEmpty else { throw UsageError("there are only options, no other arguments; see --help") }
    guard !key.isEmpty else { throw UsageError("a security key is needed: --key-file FILE or --key KEY") }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw UsageError("--tls-cert and --tls-key belong together")
    }
  }

  private mutating func parse(_ values: [String: String]) throws(UsageError) {
    if let place = values["listen"] { try listen(on: place) }
    if let key = values["key"] { self.key = key }
    if let file = values["key-file"] { key = String(try textOfFile(file).prefix { !$0.isNewline }) }
    if let file = values["tls-cert"] { tlsCertificate = try textOfFile(file) }
    if let file = values["tls-key"] { tlsKey = try textOfFile(file) }
    accessLog = values["access-log"]
    portFile = values["port-file"]
    if let text = values["checks"] {
      guard let order = Settings.Checks(rawValue: text) else {
        throw UsageError(
          "--checks takes \(Settings.Checks.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      checks = order
    }
    if let text = values["max-query"] {
      guard let bytes = Int(text), bytes > 0 else { throw UsageError("--max-query takes a number of bytes") }
      maxQuery = bytes
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
