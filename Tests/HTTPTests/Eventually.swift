import Glibc

/// Waits until `condition` holds, for a minute at the least; false when it never did.
func eventually(_ condition: () async -> Bool) async -> Bool {
  for _ in 0..<12_000 {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return false
}

/// Blocks a server's thread for a moment.
func pause() { usleep(5000) }

/// For a process of its own: the environment belongs to all.
func setProxy(_ url: String) { unsafe setenv("http_proxy", url, 1) }
