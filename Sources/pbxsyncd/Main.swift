import CommandLineTool
import Glibc
import Platform
import Sync

/// Parses the options and dispatches to a command; everything else is in CommandLineTool.
@main
struct Main {
  // @MainActor keeps the first job off the global executor.
  @MainActor static func main() async {
    ResidentMemory.useOneArena()
    exit(await withTaskExecutorPreference(TaskPool.shared) { await run() }.rawValue)
  }

  private static func run() async -> ExitStatus {
    do throws(CommandLineOptions.UsageError) {
      let options = try CommandLineOptions(CommandLineOptions.ofProcess, options: Usage.options)
      return try await CommandParser(options).run()
    } catch {
      Terminal.printError("pbxsyncd: \(error.message); see pbxsyncd --help\n")
      return .usage
    }
  }
}
