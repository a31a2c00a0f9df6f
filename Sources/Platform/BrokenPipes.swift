import Glibc

/// Lets a write to a pipe or a connection that the other side closed fail with EPIPE instead of ending the process.
///
/// For the whole process (signal(7)). Called before writes whose reader may be gone: libldap writes to its sockets with write(2)
/// and has no flag for a single one.
public func outliveBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
