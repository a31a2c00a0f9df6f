import Glibc

/// A port of the loopback that nobody had a moment ago. Somebody may take it meanwhile: whoever uses it tries again.
public func freePort() -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  unsafe withUnsafeMutablePointer(to: &address) { pointer in
    unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      _ = unsafe bind(descriptor, pointer, length)
      _ = unsafe getsockname(descriptor, pointer, &length)
    }
  }
  return Int(UInt16(bigEndian: address.sin_port))
}
