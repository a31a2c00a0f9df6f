/// Whole runs in one process, with a simulated disk, PBX, directory and clock: what happens follows from a seed alone.
package enum Simulation {
  /// Before the first history.
  package static func prepare() { SimulatedDisk.register() }
}
