package import Ledger

/// The exit status of a run or a command. The numbers above 63 are those of sysexits.h.
package enum ExitStatus: Int32, Sendable, Hashable {
  /// Everything is as wanted.
  case asWanted = 0
  /// The command was refused and nothing has changed; or a command that checks something found problems.
  case refused = 1
  /// A dry run found something to do.
  case somethingToDo = 2
  /// Done, but some objects failed or conflict.
  case partly = 3
  /// Removals are held by a limit.
  case held = 4
  case usage = 64
  /// A file is invalid: the ledger is corrupt or from a newer pbxsyncd, or a plan was edited.
  case dataError = 65
  /// The directory or the PBX is unreachable, or the read was incomplete.
  case outOfReach = 69
  /// The state folder can't be written.
  case stateNotWritable = 73
  /// The disk is full or broken, or the output can't be written.
  case diskFailed = 74
  /// Another pbxsyncd works on the same state.
  case busy = 75
  /// The PBX refused the key, or the directory the bind.
  case notAuthorised = 77
  case configuration = 78

  package var json: JSON { .number(Int64(rawValue)) }
}

extension RunEnd {
  /// Whether the run did its work. Conflicts and held removals are no failure of it.
  package var isRegular: Bool {
    let regular: [ExitStatus] = [.asWanted, .partly, .held]
    return regular.contains { Int($0.rawValue) == exitStatus }
  }
}
