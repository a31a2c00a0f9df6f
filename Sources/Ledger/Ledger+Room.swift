import Platform

extension Ledger {
  /// The free bytes without which nothing may be sent: what was sent must be recorded, or each run would send it, and mail it, again.
  ///
  /// SQLite's log grows to 4 MiB before it is moved into the file, which may grow by as much, and a commit for each request in flight takes
  /// a few KiB more.
  public static let leastRoom = 8 << 20

  /// Throws if the disk may not have room for the outcomes of the calls that are about to be sent.
  public nonisolated func checkRoom() throws(LedgerError) {
    guard let free = freeSpace(of: folder(of: path)), free < Self.leastRoom else { return }
    throw LedgerError(
      .diskFull, path: path, operation: "preparing to send",
      detail:
        "\(free / 1024) KiB are free, and nothing is sent with less than \(Self.leastRoom / 1024) KiB, because what is sent must be "
        + "recorded")
  }
}
