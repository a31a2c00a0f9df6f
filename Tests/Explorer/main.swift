import Exploration
import Glibc
import Platform

do {
  guard let options = try ExplorerOptions(CommandLine.arguments) else {
    write(ExplorerOptions.help + "\n", to: STDOUT_FILENO)
    exit(0)
  }
  exit(options.sabotages.isEmpty ? explore(options) : explore(options, sabotaged: options.sabotages))
} catch {
  write("explore: \(error.message)\n", to: STDERR_FILENO)
  exit(64)  // EX_USAGE of sysexits.h
}
