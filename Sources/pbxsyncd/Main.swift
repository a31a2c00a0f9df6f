import Daemon
import Glibc
import Platform

/// Parses the options and picks a verb; everything else is in Daemon.
@main
struct Main {
  static func main() async {
    let status: ExitStatus
    do throws(CommandLineOptions.UsageError) {
      let options = try CommandLineOptions(CommandLine.arguments, options: Usage.options)
      status = try await Verb(options).run()
    } catch {
      Terminal.printError("pbxsyncd: \(error.message); see pbxsyncd --help\n")
      status = .usage
    }
    exit(status.rawValue)
  }
}
