import Glibc
import Platform
import Simulation

/// Plays histories, one after another, and prints their counts.
///
/// - Returns: the exit status.
func simulate(_ options: SimulateOptions) async -> Int32 {
  Simulation.prepare()
  let begin = ContinuousClock.now
  let end = begin + .seconds(options.seconds)
  var total = History.Outcome()
  var seed = options.seed
  var count = 0
  while count < options.histories, ContinuousClock.now < end {
    let outcome: History.Outcome
    do {
      outcome = try await History(seed: seed, keepsTrace: options.traces).play()
    } catch {
      write("simulate: seed \(seed): \(error)\n", to: STDERR_FILENO)
      return 1
    }
    count += 1
    total.add(outcome)
    if options.traces { say(outcome.trace.joined(separator: "\n")) }
    if let violation = outcome.violation {
      say("seed \(seed): VIOLATION: \(violation.rule.rawValue): \(violation.detail)")
      say("  see it again: scripts/simulate --seed \(seed) --histories 1 --trace")
      total.violation = violation
      break
    }
    seed += 1
  }
  let seconds = (ContinuousClock.now - begin) / .seconds(1)
  say(
    "\(count) histories, \(total.runs) runs, \(total.faults) faults, \(total.requests) requests, \(total.mails) mails, "
      + "\(total.violation == nil ? 0 : 1) violations in \(Int(seconds)) s "
      + "(\(Int(Double(total.faults) * 3600 / seconds)) faults an hour), digest \(String(total.digest, radix: 16))")
  return total.violation == nil ? 0 : 1
}

/// Plays histories of a program with each of these faults until a rule is broken, and prints how long that took.
///
/// - Returns: the exit status.
func simulate(_ options: SimulateOptions, sabotaged: [Sabotage]) async -> Int32 {
  Simulation.prepare()
  var status: Int32 = 0
  for sabotage in sabotaged {
    let begin = ContinuousClock.now
    var seed = options.seed
    var found: (rule: Rule, seed: UInt64)?
    while found == nil, ContinuousClock.now - begin < .seconds(options.seconds) {
      do {
        found = try await History(seed: seed, sabotage: sabotage).play().violation.map { ($0.rule, seed) }
      } catch {
        write("simulate: seed \(seed): \(error)\n", to: STDERR_FILENO)
        return 1
      }
      seed += 1
    }
    let seconds = Double(Int((ContinuousClock.now - begin) / .milliseconds(10))) / 100
    if let found {
      say("\(sabotage.rawValue): found in history \(found.seed) after \(seconds) s: \(found.rule.rawValue)")
    } else {
      say("\(sabotage.rawValue): NOT FOUND in \(seed - options.seed) histories, \(seconds) s: \(sabotage.text)")
      status = 1
    }
  }
  return status
}

extension History.Outcome {
  fileprivate mutating func add(_ other: Self) {
    runs += other.runs
    faults += other.faults
    requests += other.requests
    mails += other.mails
    digest = (digest ^ other.digest) &* 1_099_511_628_211
  }
}

/// Writes a line to standard output, without a buffer.
private func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }
