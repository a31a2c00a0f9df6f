import Text

/// Why a request to the directory failed, or its answer was incomplete.
public struct LDAPError: Error, Hashable, Sendable {
  public enum Operation: String, Hashable, Sendable {
    case lookup = "look at DNS", connect, startTLS = "StartTLS", bind, search, rootDSE = "read of the root DSE"
    case schema = "check of the schema", listen = "listening", modify
  }

  /// Its meaning for an admin.
  public enum Kind: Hashable, Sendable {
    case unlisted, unreachable, untrusted, badCredentials, badKeytab, noSuchBase, elsewhere, badFilter,
      unknownAttribute,
      limitExceeded, timedOut, cutOff, cancelled, outdated, notPermitted, readOnly, unknownIdentity, noPages,
      tooManyGroups, other
  }

  public let operation: Operation
  public let kind: Kind
  /// The result code of RFC 4511 (positive) or libldap's own (negative).
  public let code: Int32
  /// The server's diagnostic message, the base and filter, or the URI; without invisible characters, which a server may have sent.
  public let detail: String
  /// The server's family; nil if unknown.
  public let family: RootDSE.Family?

  public init(
    _ operation: Operation, _ kind: Kind, code: Int32, detail: String, family: RootDSE.Family? = nil
  ) {
    self.operation = operation
    self.kind = kind
    self.code = code
    self.detail = visible(detail)
    self.family = family
  }

  /// The same with another detail.
  public func replacing(detail: String) -> LDAPError {
    LDAPError(operation, kind, code: code, detail: detail, family: family)
  }

  /// The same, from a server of that family.
  func from(_ family: RootDSE.Family?) -> LDAPError {
    LDAPError(operation, kind, code: code, detail: detail, family: family)
  }
}

extension LDAPError: CustomStringConvertible {
  public var description: String { "\(operation.rawValue) failed, \(detail) (code \(code))" }
}

/// Active Directory's reason for a refused bind. Its code is in the diagnostic message, as in
/// `AcceptSecurityContext error, data 775, v1db1` (a Win32 error in hexadecimal, MS-ERREF 2.2); nil for any other message.
func refusalReason(_ diagnostic: String) -> String? {
  guard diagnostic.contains("AcceptSecurityContext"), let data = diagnostic.firstRange(of: "data ") else { return nil }
  let code = diagnostic[data.upperBound...].prefix { $0 != "," && $0 != " " }
  return reasons[code.lowercased()]
}

private let reasons = [
  "525": "there is no such user",
  "52e": "wrong password",
  "52f": "forbidden by a restriction of the account",
  "530": "the account may not be used at this time",
  "531": "the account may not be used from this computer",
  "532": "the password has expired",
  "533": "the account is disabled",
  "534": "the account may not log on in this way",
  "568": "the account is in too many groups",
  "701": "the account has expired",
  "773": "the password must be changed first",
  "775": "the account is locked out",
  "2030": "there is no such entry",
  "80090346": "the TLS channel binding is missing or wrong",
]
