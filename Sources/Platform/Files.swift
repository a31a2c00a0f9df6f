import Glibc

/// Whether there is anything under this path.
public func fileExists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

/// Whether there is a file, or nobody may know: its folder can't be looked into (access(2)).
public func mayExist(_ path: String) -> Bool { fileExists(path) || ![ENOENT, ENOTDIR].contains(errno) }

/// A path from the root on; one that is so already stays as it is.
public func absolutePath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = unsafe getcwd(nil, 0) else { return path }
  defer { unsafe free(folder) }
  return unsafe String(cString: folder) + "/" + path
}

/// The names in a folder but `.` and `..`, in no order; none where it can't be read.
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

/// The permission bits of a file or a folder; nil where there is none.
public func permissions(of path: String) -> UInt32? { status(of: path).map { $0.st_mode & 0o7777 } }

/// Whether somebody but root and the owner may write a file: everybody, or a group other than root's where the file is root's.
public func othersMayWrite(_ path: String) -> Bool {
  guard let status = status(of: path) else { return false }
  return status.st_mode & 0o002 != 0 || status.st_mode & 0o020 != 0 && status.st_uid == 0 && status.st_gid != 0
}

/// Whether nobody can write there, because its file system is mounted read-only (statvfs(3)).
public func isOnReadOnlyFileSystem(_ path: String) -> Bool {
  // The way in which Swift sees ST_RDONLY differs between C libraries.
  let readOnly: UInt = 1
  var system = statvfs()
  return unsafe statvfs(path, &system) == 0 && system.f_flag & readOnly != 0
}

/// Who owns a file or a folder; nil where there is none.
public func fileOwner(_ path: String) -> UInt32? { status(of: path).map(\.st_uid) }

private func status(of path: String) -> stat? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status : nil
}

/// Gives a file that root has just made to the owner of its folder, who couldn't use it else: an admin's command and the
/// service work on the same files. Does nothing for anybody but root.
public func giveToFolderOwner(_ file: String) {
  guard geteuid() == 0, let slash = file.lastIndex(of: "/"), let folder = status(of: String(file[..<slash]))
  else { return }
  _ = unsafe lchown(file, folder.st_uid, folder.st_gid)
}

/// Removes a file, if it is there.
public func removeFile(_ path: String) { _ = unsafe unlink(path) }

/// Makes the folder that a file is to lie in, for its owner alone. Where that fails, making the file says why.
public func makeFolder(of file: String) {
  guard let slash = file.lastIndex(of: "/"), slash != file.startIndex else { return }
  let folder = String(file[..<slash])
  if unsafe mkdir(folder, 0o700) == 0 { giveToFolderOwner(folder) }
}

/// Puts a file in the place of another, so that there is always one of them.
///
/// - Returns: What the system says against it; nil when it is done.
public func replaceFile(_ path: String, by other: String) -> String? {
  unsafe rename(other, path) == 0 ? nil : errorText(errno)
}

/// Gives a file a second name, where it can't be lost by what becomes of the first.
public func linkFile(_ path: String, as other: String) -> String? {
  unsafe link(path, other) == 0 ? nil : errorText(errno)
}

/// Writes a new file; an earlier regular file of this name is replaced as a whole. What others may have put into its folder
/// is never written to or through.
///
/// - Parameter mode: the permission bits; for its owner alone unless others are to read it.
/// - Returns: What the system says against it; nil when it is on the disk.
public func writeFile(_ path: String, _ text: String, mode: UInt32 = 0o600) -> String? {
  writeFile(path, Array(text.utf8), mode: mode)
}

public func writeFile(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600) -> String? {
  // A link or a FIFO of that name may be a trap, and /dev/stdout is nothing to be replaced.
  if let kind = kindOfNonFile(path) { return "it is \(kind), not a regular file" }
  do throws(FileDraft.Failure) {
    var draft = try FileDraft(for: path)
    try draft.write(bytes, mode: mode)
    try draft.replace(theNameOf: path)
    return nil
  } catch {
    return errorText(error.code)
  }
}

/// Makes an empty file that its owner alone may read. A name that is taken, be it by a link, is an error.
///
/// - Parameter givesToFolderOwner: whether root gives it to whoever owns the folder, as `giveToFolderOwner` does.
/// - Returns: errno; 0 when it is made.
public func createFile(_ path: String, givesToFolderOwner: Bool = false) -> Int32 {
  let descriptor = unsafe open(path, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { return errno }
  // By its descriptor: the name may be another file's by now.
  if givesToFolderOwner, geteuid() == 0, let owner = status(of: folder(of: path)) {
    fchown(descriptor, owner.st_uid, owner.st_gid)
  }
  close(descriptor)
  return 0
}

/// The folder that a path's last component is in.
public func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// What is there instead of a regular file; nil for a regular file and for nothing. A link isn't followed.
private func kindOfNonFile(_ path: String) -> String? {
  var status = stat()
  guard unsafe lstat(path, &status) == 0 else { return nil }
  return switch status.st_mode & S_IFMT {
  case S_IFREG: nil
  case S_IFLNK: "a symbolic link"
  case S_IFDIR: "a directory"
  case S_IFIFO: "a FIFO"
  default: "a device or a socket"
  }
}

/// How many bytes the file system under a folder has for others than root; nil where there is no such folder.
public func freeSpace(of folder: String) -> Int? {
  var status = statvfs()
  return unsafe statvfs(folder, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : nil
}
