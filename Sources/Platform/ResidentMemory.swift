import CMemory

/// What this process has in memory, and how it comes to have less.
public enum ResidentMemory {
  /// Has malloc(3) keep all that is allocated in one place, from the first thread on.
  ///
  /// Each thread would get an arena of its own, and libdispatch's threads come and go: what one of them frees, another
  /// wouldn't use again.
  public static func useOneArena() { cmemory_use_one_arena() }

  /// For a process that now waits for long: gives back what it has freed, and the code that it may not need soon.
  public static func trim() {
    cmemory_trim()
    releaseCode()
  }

  /// Takes the code of the program and its libraries, and the tables that the dynamic linker has read, out of this process.
  ///
  /// The kernel has them in its page cache, and maps what is needed again as it is needed: a few microseconds for sixteen
  /// pages. Only what was never written to goes, so nothing is lost but a debugger's breakpoints (MADV_DONTNEED in madvise(2)).
  public static func releaseCode() { cmemory_release_code() }
}
