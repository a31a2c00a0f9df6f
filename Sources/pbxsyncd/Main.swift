import CommandLineTool
import Glibc
import Platform
import Sync

/// Parses the options and dispatches to a command; everything else is in CommandLineTool.
@main
struct Main {
  // @MainActor keeps the first job off the global executor.
  @MainActor static func main() async {
    Terminal.openStandardDescriptors()
    ResidentMemory.useOneArena()
    let status = await withTaskExecutorPreference(TaskPool.shared) { await run() }
    exit(CommandContext.statusOfOutput(status).rawValue)
  }

  private static func run() async -> ExitStatus {
    let arguments = CommandLineOptions.ofProcess
    do throws(CommandLineOptions.UsageError) {
      return try await CommandParser(arguments, isForPerson: Terminal.isForPerson).run()
    } catch {
      return CommandContext.refuse(error, isJSON: arguments.contains("--json"))
    }
  }
}
