import Foundation

/// Starts a program by posix_spawn(3) with its three streams from and to files.
///
/// Foundation's `Process` isn't used: on Linux it crashes when many threads start programs at once, and hands down the
/// signals that Swift's worker threads block, so that SIGTERM wouldn't reach the child.
func spawn(
  _ program: String, _ arguments: [String], environment: [String: String]?, input: String, output: String,
  errors: String
) throws -> pid_t {
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  unsafe posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
  unsafe posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
  unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
  // A socket of another test that a child inherits stays open when the test closes it. glibc takes a descriptor that
  // isn't open for closed, and other threads open some meanwhile.
  for descriptor in 3..<(highestDescriptor() + 100) { unsafe posix_spawn_file_actions_addclose(&actions, descriptor) }

  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  var none = sigset_t()
  var all = sigset_t()
  unsafe sigemptyset(&none)
  unsafe sigfillset(&all)
  unsafe posix_spawnattr_setsigmask(&attributes, &none)
  unsafe posix_spawnattr_setsigdefault(&attributes, &all)
  unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

  let inherited = ProcessInfo.processInfo.environment
  // A test reads a program's events from its standard error, also on a machine whose journal runs. Coverage counts what a child does.
  let own = ["PBXSYNCD_LOG": "stderr", "LLVM_PROFILE_FILE": inherited["LLVM_PROFILE_FILE"]].compactMapValues(\.self)
  let variables = (environment ?? inherited).merging(own) { given, _ in given }
    .map { "\($0.key)=\($0.value)" }
  var words = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
  var settings = unsafe variables.map { unsafe strdup($0) } + [nil]
  defer { _ = unsafe (words + settings).map { unsafe free($0) } }
  var pid: pid_t = 0
  let code = unsafe posix_spawnp(&pid, program, &actions, &attributes, &words, &settings)
  guard code == 0 else { throw ChildProcessError("\(program): \(unsafe String(cString: strerror(code)))") }
  return pid
}

private func highestDescriptor() -> Int32 {
  let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
  return open.compactMap { Int32($0) }.max() ?? 1024
}
