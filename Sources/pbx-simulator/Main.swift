import Glibc
import PBXSimulator
import Platform

@main struct PBXSimulator {
  static func main() {
    do {
      let options = try Options(CommandLine.arguments)
      if options.wantsHelp {
        write(Options.help, to: STDOUT_FILENO)
        return
      }
      try run(options)
    } catch {
      write("pbx-simulator: \(error.reason)\n", to: STDERR_FILENO)
      exit(64)  // EX_USAGE of sysexits.h
    }
  }

  private static func run(_ options: Options) throws(UsageError) {
    let stop = EndSignals()
    var log: AccessLog?
    if let path = options.accessLog { log = try AccessLog(appendingTo: path) }
    let server = HTTPServer(
      SimulatedPBX(key: options.key, maxQuery: options.maxQuery, keepsRecords: log != nil, checks: options.checks),
      log: log)
    let port = try server.start(options)
    if let path = options.portFile {
      do throws(FileError) {
        try writeFile(path, "\(port)\n")
      } catch {
        throw UsageError("can't write \(path): \(error.reason)")
      }
    }
    let scheme = options.tlsKey == nil ? "http" : "https"
    let host = options.host.contains(":") ? "[\(options.host)]" : options.host
    write("listening on \(scheme)://\(host):\(port)/\n", to: STDOUT_FILENO)
    stop.wait()
    // Nothing is buffered, and a delayed answer must not delay the end: exit without joining the threads.
    _exit(0)
  }
}

/// SIGTERM and SIGINT, held back in every thread started later so that one thread can wait for them.
private struct EndSignals {
  private var set = sigset_t()

  init() {
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGTERM)
    unsafe sigaddset(&set, SIGINT)
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    // Clients may close the connection at any time.
    outliveBrokenPipes()
  }

  func wait() {
    var set = set
    var number: Int32 = 0
    while unsafe sigwait(&set, &number) != 0 {}
  }
}
