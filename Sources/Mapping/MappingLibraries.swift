import CPhoneNumber
import CUnicode
import Glibc

/// The files of the libraries that make fields of values, each with its size and the time of its last change: another release may
/// make something else of the same entry.
public let mappingLibraries = unsafe [cphonenumber_library(), cunicode_library()].map { path in
  guard let path = unsafe path else { return "" }
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return unsafe String(cString: path) }
  return unsafe "\(String(cString: path)) \(status.st_size) \(status.st_mtim.tv_sec)"
}
