/// How a run ends, as the shell and systemd see it. The numbers above 63 are those of sysexits.h.
package enum ExitStatus: Int32, Sendable, Hashable {
  /// Everything is as wanted.
  case asWanted = 0
  /// What was asked for was refused, and nothing changed; of a command that looks for trouble, that there is some.
  case refused = 1
  /// A dry run found something to do.
  case somethingToDo = 2
  /// Done, but some objects failed or conflict.
  case partly = 3
  /// Removals are held by a limit.
  case held = 4
  case usage = 64
  /// A file isn't what it should be: the ledger is corrupt or a newer pbxsyncd wrote it, a plan was edited.
  case dataError = 65
  /// The directory or the PBX is unreachable, or the read was incomplete.
  case outOfReach = 69
  /// The state folder can't be written.
  case stateNotWritable = 73
  /// The disk is full or broken.
  case diskFailed = 74
  /// Another pbxsyncd works on the same state.
  case busy = 75
  /// The PBX refused the key, or the directory the bind.
  case notAuthorised = 77
  case configuration = 78
}
