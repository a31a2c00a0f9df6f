import Glibc
import Platform
import Simulation

do {
  guard let options = try SimulateOptions(CommandLine.arguments) else {
    write(SimulateOptions.help + "\n", to: STDOUT_FILENO)
    exit(0)
  }
  exit(
    await options.sabotages.isEmpty ? simulate(options) : simulate(options, sabotaged: options.sabotages))
} catch {
  write("simulate: \(error.message)\n", to: STDERR_FILENO)
  exit(64)  // EX_USAGE of sysexits.h
}
