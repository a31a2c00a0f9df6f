/// Whether a disabled account counts as gone.
public enum DisabledRule: Hashable, Sendable {
  /// It does if an admin disabled it or it has expired. A temporary lockout doesn't count.
  case auto
  /// It counts as any other.
  case never
  /// Accounts that match this filter count as gone; the server finds them.
  case filter(String)

  /// As in the configuration.
  public var text: String {
    switch self {
    case .auto: "auto"
    case .never: "never"
    case .filter(let filter): filter
    }
  }
}
