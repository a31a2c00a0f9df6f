import Glibc

/// A small disk of its own in memory, for what happens when there is no room left.
public enum MemoryDisk {
  /// Mounts one of so many KiB over a folder; whether that went well.
  public static func mount(at path: String, kibibytes: Int = 1024) -> Bool {
    unsafe Glibc.mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k") == 0
  }

  /// Gives a mounted one another size; whether that went well.
  public static func resize(_ path: String, kibibytes: Int) -> Bool {
    unsafe Glibc.mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(kibibytes)k") == 0
  }

  /// Unmounts it, lazily: a ledger closes its files a moment after its last use.
  public static func unmount(_ path: String) { _ = unsafe umount2(path, Int32(MNT_DETACH)) }

  /// Whether this process may mount one. Root in a container often may not.
  public static let isPossible: Bool = {
    guard geteuid() == 0, let folder = try? TemporaryFolder(), mount(at: folder.path) else { return false }
    return unsafe umount(folder.path) == 0
  }()
}
