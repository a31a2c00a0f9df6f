import CPhoneNumber
import CRE2
import CUnicode
import Glibc

/// The files of the libraries used by the mapping, each with its size and modification time: another release may map the same
/// entry differently.
public let mappingLibraries = unsafe [cphonenumber_library(), cunicode_library(), cre2_library()].map { path in
  guard let path = unsafe path else { return "" }
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return unsafe String(cString: path) }
  return unsafe "\(String(cString: path)) \(status.st_size) \(status.st_mtim.tv_sec)"
}
