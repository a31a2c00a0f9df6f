public import Domain
public import LDAP
import Platform

/// `auto` by the attributes of an entry. The other rules see nothing in them.
extension DisabledRule {
  var attributes: [String] { self == .auto ? disabledAttributes : [] }

  /// When the account expires, or has expired; nil if it never does, not before the year 4147, or if it is disabled without an end.
  func end(of entry: borrowing Entry) -> Timestamp? {
    guard self == .auto else { return nil }
    var end: Timestamp?
    for (attribute, kind) in switches {
      for value in entry.values(attribute) {
        guard let text = value.text else { continue }
        switch kind {
        case .flag(let isOff): if isOff(text) { return nil }
        case .end(let time): if let time = time(text) { end = min(end ?? time, time) }
        }
      }
    }
    return end.flatMap { $0 < 1 << 36 ? $0 : nil }
  }

  func isDisabled(_ entry: borrowing Entry, now: Timestamp) -> Bool { sign(of: entry, now: now) != nil }

  /// The first value that disables the account, with its time if it is one.
  public func sign(of entry: borrowing Entry, now: Timestamp) -> DisabledSign? {
    guard self == .auto else { return nil }
    for (attribute, kind) in switches {
      for value in entry.values(attribute) {
        guard let text = value.text else { continue }
        switch kind {
        case .flag(let isOff): if isOff(text) { return DisabledSign(attribute: attribute, value: text) }
        case .end(let time):
          if let time = time(text), time <= now { return DisabledSign(attribute: attribute, value: text, since: time) }
        }
      }
    }
    return nil
  }
}

/// A value that disables an account.
public struct DisabledSign: Hashable, Sendable {
  public let attribute: String
  public let value: String
  /// nil if the value isn't a time.
  public var since: Timestamp?
}

/// An attribute that can disable accounts.
public let disabledAttributes = switches.map(\.attribute)

private enum DisabledSwitch: Sendable {
  /// Disabled if this is true for a value.
  case flag(@Sendable (_ value: String) -> Bool)
  /// Disabled from this time on; nil for never.
  case end(@Sendable (_ value: String) -> Timestamp?)
}

/// The attributes of known directories that disable an account.
private let switches: [(attribute: String, kind: DisabledSwitch)] = [
  // Active Directory: the flag ACCOUNTDISABLE.
  ("userAccountControl", .flag { Int64($0).map { $0 & 0x2 != 0 } ?? false }),
  // Active Directory: 100 ns since 1601; 0 and the largest number mean never.
  ("accountExpires", .end { Int64($0).flatMap(seconds(ofFiletime:)) }),
  // 389 Directory Server, FreeIPA, Oracle.
  ("nsAccountLock", .flag(isTrue)),
  // OpenLDAP's password policy (slapo-ppolicy(5)): this value is an admin's; any other is a lockout's time.
  ("pwdAccountLockedTime", .flag { $0 == "000001010000Z" }),
  // RFC 2307, shadow(5): days since 1970; negative means never.
  ("shadowExpire", .end { Int64($0).flatMap(seconds(ofDays:)) }),
  // NetIQ eDirectory.
  ("loginDisabled", .flag(isTrue)),
  ("loginExpirationTime", .end(seconds(ofGeneralizedTime:))),
  // AD LDS.
  ("msDS-UserAccountDisabled", .flag(isTrue)),
  // MIT Kerberos, FreeIPA.
  ("krbPrincipalExpiration", .end(seconds(ofGeneralizedTime:))),
  // draft-behera-ldap-password-policy: the account can't be used after this time.
  ("pwdEndTime", .end(seconds(ofGeneralizedTime:))),
  // Oracle, Sun.
  ("inetUserStatus", .flag { ["inactive", "deleted"].contains($0.lowercased()) }),
  // qmail-ldap, Zimbra.
  ("accountStatus", .flag { ["disabled", "inactive", "deleted"].contains($0.lowercased()) }),
  ("zimbraAccountStatus", .flag { ["closed", "locked"].contains($0.lowercased()) }),
  // Ping, UnboundID, OpenDJ.
  ("ds-pwp-account-disabled", .flag(isTrue)),
  // IBM Security Directory Server: an admin's lock.
  ("ibm-pwdAccountLocked", .flag(isTrue)),
  // authentik.
  ("ak-active", .flag { $0.lowercased() == "false" }),
  // Samba 3: flags in brackets.
  ("sambaAcctFlags", .flag { $0.hasPrefix("[") && $0.contains("D") }),
]

private func seconds(ofFiletime filetime: Int64) -> Timestamp? {
  let secondsFrom1601To1970: Int64 = 11_644_473_600
  return filetime > 0 && filetime != .max ? filetime / 10_000_000 - secondsFrom1601To1970 : nil
}

private func seconds(ofDays days: Int64) -> Timestamp? {
  let (seconds, isTooLarge) = days.multipliedReportingOverflow(by: 86_400)
  return days >= 0 && !isTooLarge ? seconds : nil
}

private func isTrue(_ value: String) -> Bool { value.lowercased() == "true" }
