import CMemory

/// The resident memory of this process, and its reduction.
public enum ResidentMemory {
  /// Makes malloc(3) use one arena, from the first thread on.
  ///
  /// By default each thread gets its own arena, and libdispatch's threads come and go: memory freed by one wouldn't be reused by
  /// another. A first load of 4,000 people takes 55 MiB at its peak with one arena, and 66 MiB with those of the default.
  public static func useOneArena() { cmemory_use_one_arena() }

  /// Returns freed memory to the kernel, before a long wait.
  public static func trim() { cmemory_trim() }
}
