import CMemory

/// What this process has in memory, and how it comes to have less.
public enum ResidentMemory {
  /// Has malloc(3) keep all that is allocated in one place, from the first thread on.
  ///
  /// Each thread would get an arena of its own, and libdispatch's threads come and go: what one of them frees, another
  /// wouldn't use again.
  public static func useOneArena() { cmemory_use_one_arena() }

  /// For a process that now waits for long: gives back what it has freed.
  public static func trim() { cmemory_trim() }
}
