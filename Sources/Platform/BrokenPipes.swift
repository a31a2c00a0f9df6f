import Glibc

/// Has a write to a pipe or a connection that the other side closed fail with EPIPE, in place of ending the process.
///
/// It holds for the process (signal(7)). Called by all that write where a reader may go: libldap writes to its sockets
/// with write(2) and has no flag for a single one.
public func outliveBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
