import Exploration
import Glibc
import Platform

/// Explores the worlds and prints a line for each.
///
/// - Returns: the exit status.
func explore(_ options: ExplorerOptions) -> Int32 {
  let end = ContinuousClock.now + .seconds(options.seconds)
  var status: Int32 = 0
  say(row("world", "states", "steps", "depth", "seconds", "MiB", "end"))
  for (index, settings) in options.worlds.enumerated() {
    let now = ContinuousClock.now
    let share = now + (end - now) / (options.worlds.count - index)
    let result = search(SmallWorld(settings), options, until: share)
    say(result.row)
    switch result.end {
    case .violation:
      status = max(status, 1)
      result.violation.map { say(report($0.violation, $0.trace, settings)) }
    case .memory:
      write(
        "explore: \(settings.name): out of memory at --memory \(options.memory): raise it, or set --depth\n",
        to: STDERR_FILENO)
      status = 2
    case .complete, .time: break
    }
  }
  return status
}

/// Looks for each sabotage in all worlds, first with one event of each sort, then with more.
func explore(_ options: ExplorerOptions, sabotaged: [Sabotage]) -> Int32 {
  var status: Int32 = 0
  say(["sabotage", "world", "depth", "states", "seconds", "violates"].columns(28, 14, 7, 10, 9, 0))
  for sabotage in sabotaged {
    let begin = ContinuousClock.now
    let found = firstViolation(sabotage, options)
    let seconds = (ContinuousClock.now - begin).tenths
    switch (found?.end, found?.violation) {
    case (.violation?, let (violation, trace)?):
      let name = found?.name ?? ""
      say(
        [sabotage.rawValue, name, "\(trace.count)", "\(found?.states ?? 0)", seconds, violation.invariant.rawValue]
          .columns(28, 14, 7, 10, 9, 0))
      if sabotaged.count == 1, let settings = options.worlds.first(where: { $0.name == name }) {
        say(report(violation, trace, settings))
      }
    case (.memory?, _):
      say([sabotage.rawValue, "OUT OF MEMORY"].columns(28, 0))
      status = 2
    default:
      say([sabotage.rawValue, "NOT FOUND"].columns(28, 0))
      status = max(status, 1)
    }
  }
  return status
}

/// The first violation under a sabotage, or the search that ran out of memory.
private func firstViolation(_ sabotage: Sabotage, _ options: ExplorerOptions) -> SearchResult? {
  let end = ContinuousClock.now + .seconds(options.seconds)
  for count in 1...3 {
    for settings in options.worlds {
      var settings = settings
      settings.budget = settings.budget.limited(to: count)
      let now = ContinuousClock.now
      if now >= end { return nil }
      let result = search(SmallWorld(settings, sabotage: sabotage), options, until: now + (end - now) / 8)
      if result.end == .violation || result.end == .memory { return result }
    }
  }
  return nil
}

struct SearchResult {
  let name: String
  let end: Exploration.End
  let states: Int
  let violation: (violation: Violation, trace: [Event])?
  let row: String
}

private func search(_ world: SmallWorld, _ options: ExplorerOptions, until end: ContinuousClock.Instant) -> SearchResult
{
  let name = world.settings.name
  let begin = ContinuousClock.now
  do throws(Violation) {
    var exploration = try Exploration(world)
    let reason = exploration.run(depth: options.depth) {
      if peakMemory() > options.memory << 20 { return .memory }
      return ContinuousClock.now >= end ? .time : nil
    }
    let text =
      switch reason {
      case .complete: "complete"
      case .violation: "VIOLATION"
      case .time: "out of time, \(exploration.waiting) states not visited"
      case .memory: "OUT OF MEMORY, \(exploration.waiting) states not visited"
      }
    return SearchResult(
      name: name, end: reason, states: exploration.count, violation: exploration.violation,
      row: row(
        name, "\(exploration.count)", "\(exploration.transitions)", "\(exploration.depth)",
        (ContinuousClock.now - begin).tenths, "\(peakMemory() >> 20)", text))
  } catch {
    return SearchResult(
      name: name, end: .violation, states: 0, violation: (error, world.settings.beginnings.joined().map(\.self)),
      row: row(name, "0", "0", "0", "0", "0", "VIOLATION"))
  }
}

/// A violation with its trace in words, and as a test.
private func report(_ violation: Violation, _ trace: [Event], _ settings: WorldSettings) -> String {
  var lines = ["", "\(violation.invariant.rawValue): \(violation.invariant.rule)", "  \(violation.detail)", ""]
  let world = SmallWorld(settings)
  var state = State()
  for (index, event) in trace.enumerated() {
    state.budget = .max
    let request = world.request(in: state)
    var line = "\(index + 1)".padded(4) + event.code
    if case .send = event, let request { line += "   \(request)" }
    lines.append(line)
    guard let next = try? world.state(after: event, in: state) else { break }
    state = next
    if state.run == 0 { lines.append("      " + world.text(of: state)) }
  }
  lines += ["", "  @Test func `name what must hold`() throws {", "    try SmallWorld(.\(settings.identifier)).play(["]
  lines += trace.map { "      \($0.code)," }
  lines += ["    ])", "  }", ""]
  return lines.joined(separator: "\n")
}

private func row(
  _ world: String, _ states: String, _ steps: String, _ depth: String, _ seconds: String, _ memory: String,
  _ end: String
) -> String {
  world.padded(14) + states.padded(12) + steps.padded(12) + depth.padded(7) + seconds.padded(9) + memory.padded(7) + end
}

extension [String] {
  /// One line with columns of these widths.
  fileprivate func columns(_ widths: Int...) -> String { zip(self, widths).map { $0.padded($1) }.joined() }
}

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(1, width - utf8.count)) }
}

extension Duration {
  /// Seconds with one decimal.
  var tenths: String {
    let tenths = Int(self / .milliseconds(100))
    return "\(tenths / 10).\(tenths % 10)"
  }
}

/// Writes a line to standard output, without a buffer.
private func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }
