import Glibc

/// The next connection of a listener; negative where there won't be one.
///
/// Not for children: one that inherits the connection would keep it open when the test closes it. (accept4(2) would do
/// both at once, but Swift's Glibc doesn't have it.)
func acceptConnection(_ listener: Int32) -> Int32 {
  let connection = accept(listener, nil, nil)
  if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
  return connection
}
