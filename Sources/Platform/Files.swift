import Glibc

/// Whether the path exists.
public func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Whether the file exists, or may exist in an unreadable folder (access(2)).
public func mayExist(_ path: String) -> Bool { fileExists(path) || ![ENOENT, ENOTDIR].contains(errno) }

/// The absolute path.
public func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return path }
  defer { unsafe free(folder) }
  return unsafe String(cString: folder) + "/" + path
}

/// The names in a folder but `.` and `..`, in no order; none if it can't be read.
public func files(in folder: String) -> [String] {
  guard let directory = unsafe opendir(folder) else { return [] }
  defer { unsafe closedir(directory) }
  var names: [String] = []
  while let entry = unsafe readdir(directory) {
    let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { tuple in
      unsafe tuple.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// The permission bits of a file or a folder; nil if there is none.
public func permissions(of path: String) -> UInt32? { status(of: path).map { $0.st_mode & 0o7777 } }

/// Whether users other than root and the owner can write a file: everybody, or a group other than root's for root's file.
public func othersMayWrite(_ path: String) -> Bool {
  guard let status = status(of: path) else { return false }
  return status.st_mode & 0o002 != 0 || status.st_mode & 0o020 != 0 && status.st_uid == 0 && status.st_gid != 0
}

/// Whether its file system is mounted read-only (statvfs(3)).
public func isOnReadOnlyFileSystem(_ path: String) -> Bool {
  // The way in which Swift sees ST_RDONLY differs between C libraries.
  let readOnly: UInt = 1
  var system = statvfs()
  return unsafe statvfs(path, &system) == 0 && system.f_flag & readOnly != 0
}

/// The owner of a file or a folder; nil if there is none.
public func fileOwner(_ path: String) -> UInt32? { status(of: path).map(\.st_uid) }

private func status(of path: String) -> stat? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status : nil
}

/// Gives a new file of root to the owner of its folder, who couldn't use it otherwise: an admin's command and the service work on
/// the same files. Does nothing for other users.
public func giveToFolderOwner(_ file: String) {
  guard geteuid() == 0, let slash = file.lastIndex(of: "/"), let folder = status(of: String(file[..<slash]))
  else { return }
  _ = unsafe lchown(file, folder.st_uid, folder.st_gid)
}

/// Removes a file, if it is there.
public func removeFile(_ path: String) { _ = unsafe unlink(path) }

/// Creates a file's folder, only for its owner. If that fails, creating the file reports why.
public func makeFolder(of file: String) {
  guard let slash = file.lastIndex(of: "/"), slash != file.startIndex else { return }
  let folder = String(file[..<slash])
  if unsafe mkdir(folder, 0o700) == 0 { giveToFolderOwner(folder) }
}

/// Replaces a file with another, so that one of them always exists.
public func replaceFile(_ path: String, by other: String) throws(FileError) {
  guard unsafe rename(other, path) == 0 else { throw FileError(code: errno) }
}

/// Gives a file a second name, which stays if the first is removed.
public func linkFile(_ path: String, as other: String) throws(FileError) {
  guard unsafe link(path, other) == 0 else { throw FileError(code: errno) }
}

/// Writes a new file, which is on the disk on return; an earlier regular file of this name is replaced as a whole. Links and other files in its folder are never
/// written to or through.
///
/// - Parameter mode: the permission bits; only for its owner by default.
public func writeFile(_ path: String, _ text: String, mode: UInt32 = 0o600) throws(FileError) {
  // A link or a FIFO of that name may be a trap, and /dev/stdout must not be replaced.
  if let kind = kindOfNonFile(path) { throw FileError("it is \(kind), not a regular file") }
  var draft = try FileDraft(for: path)
  try draft.write(Array(text.utf8), mode: mode)
  try draft.replace(theNameOf: path)
}

/// The first bytes of a regular file, at most `count`; nil without such a file, or if it can't be read.
public func beginning(of path: String, _ count: Int) -> [UInt8]? {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: count)
  let length = unsafe read(descriptor, &bytes, count)
  return length < 0 ? nil : Array(bytes.prefix(length))
}

/// Creates an empty file that only its owner can read. An existing name, also of a link, is an error.
///
/// - Parameter givesToFolderOwner: whether root gives it to the folder's owner, as `giveToFolderOwner` does.
public func createFile(_ path: String, givesToFolderOwner: Bool = false) throws(FileError) {
  let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw FileError(code: errno) }
  // By its descriptor: the name may belong to another file by now.
  if givesToFolderOwner, geteuid() == 0, let owner = status(of: folder(of: path)) {
    fchown(descriptor, owner.st_uid, owner.st_gid)
  }
  close(descriptor)
}

/// The folder of a path's last component.
public func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// The kind of a file that isn't regular, such as `a directory`; nil for a regular or missing file.
public func kindOfNonFile(_ path: String, followingLinks: Bool = false) -> String? {
  var status = stat()
  let code = followingLinks ? unsafe stat(path, &status) : unsafe lstat(path, &status)
  guard code == 0 else { return nil }
  return switch status.st_mode & S_IFMT {
  case S_IFREG: nil
  case S_IFLNK: "a symbolic link"
  case S_IFDIR: "a directory"
  case S_IFIFO: "a FIFO"
  default: "a device or a socket"
  }
}

/// The free bytes of a folder's file system for users other than root; nil if there is no such folder. A file system that names no size,
/// as some of a network don't, has room.
public func freeSpace(of folder: String) -> Int? {
  var status = statvfs()
  guard unsafe statvfs(folder, &status) == 0 else { return nil }
  return status.f_blocks == 0 ? Int.max : Int(status.f_bavail) * Int(status.f_frsize)
}

/// Waits until a file's data are on the disk.
///
/// Not for a file that SQLite has open: closing it here would drop SQLite's locks.
public func flushFile(_ path: String) throws(FileError) { try flush(path, O_RDONLY) }

/// Waits until the names in a file's folder are on the disk.
public func flushFolder(of file: String) throws(FileError) {
  try flush(file.lastIndex(of: "/").map { String(file[...$0]) } ?? ".", O_RDONLY | O_DIRECTORY)
}

private func flush(_ path: String, _ flags: Int32) throws(FileError) {
  let descriptor = unsafe open(path, flags | O_CLOEXEC)
  guard descriptor >= 0 else { throw FileError(code: errno) }
  defer { close(descriptor) }
  guard fsync(descriptor) == 0 else { throw FileError(code: errno) }
}

/// Whether this process may create files in a folder (access(2)).
public func mayWrite(in folder: String) -> Bool { unsafe access(folder, W_OK | X_OK) == 0 }
