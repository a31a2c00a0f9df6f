import Domain
import LDAP
import Platform

/// Whether an account that is switched off counts as gone.
public enum DisabledRule: Sendable {
  /// It does if an admin switched it off or it has expired. A lockout that passes by itself doesn't count.
  case auto
  /// It counts as any other.
  case never

  var attributes: [String] { self == .auto ? disabledAttributes : [] }

  /// When the account will be off by time alone; nil where it won't be.
  func expiry(of entry: borrowing Entry, after now: Seconds) -> Seconds? {
    // The year 4147. Once off by time, an account stays so: halving finds the moment, whatever says it.
    var (before, after) = (now, Seconds(1) << 36)
    guard self == .auto, isDisabled(entry, now: after), !isDisabled(entry, now: before) else { return nil }
    while after - before > 1 {
      let middle = (before + after) / 2
      if isDisabled(entry, now: middle) { after = middle } else { before = middle }
    }
    return after
  }

  func isDisabled(_ entry: borrowing Entry, now: Seconds) -> Bool {
    guard self == .auto else { return false }
    for each in switches {
      for value in entry.values(each.attribute) {
        if let text = value.text, each.isOff(text, now) { return true }
      }
    }
    return false
  }
}

/// The attributes by which accounts are said to be off.
public let disabledAttributes = switches.map(\.attribute)

/// How the directories of the field say that an account is off.
private let switches: [(attribute: String, isOff: @Sendable (_ value: String, _ now: Seconds) -> Bool)] = [
  // Active Directory: the flag ACCOUNTDISABLE.
  ("userAccountControl", { value, _ in Int64(value).map { $0 & 0x2 != 0 } ?? false }),
  // Active Directory: 100 ns since 1601; 0 and the largest number mean never.
  ("accountExpires", { value, now in Int64(value).map { hasPassed(filetime: $0, now: now) } ?? false }),
  // 389 Directory Server, FreeIPA, Oracle.
  ("nsAccountLock", { value, _ in isTrue(value) }),
  // OpenLDAP's password policy (slapo-ppolicy(5)): this value is an admin's; any other is a lockout's time.
  ("pwdAccountLockedTime", { value, _ in value == "000001010000Z" }),
  // RFC 2307, shadow(5): days since 1970; negative means never.
  ("shadowExpire", { value, now in Int64(value).map { $0 >= 0 && now / 86_400 >= $0 } ?? false }),
  // NetIQ eDirectory.
  ("loginDisabled", { value, _ in isTrue(value) }),
  ("loginExpirationTime", hasPassed(generalizedTime:now:)),
  // AD LDS.
  ("msDS-UserAccountDisabled", { value, _ in isTrue(value) }),
  // MIT Kerberos, FreeIPA.
  ("krbPrincipalExpiration", hasPassed(generalizedTime:now:)),
  // draft-behera-ldap-password-policy: from then on the account can't be used.
  ("pwdEndTime", hasPassed(generalizedTime:now:)),
  // Oracle, Sun.
  ("inetUserStatus", { value, _ in ["inactive", "deleted"].contains(value.lowercased()) }),
  // qmail-ldap, Zimbra.
  ("accountStatus", { value, _ in ["disabled", "inactive", "deleted"].contains(value.lowercased()) }),
  ("zimbraAccountStatus", { value, _ in ["closed", "locked"].contains(value.lowercased()) }),
  // Ping, UnboundID, OpenDJ.
  ("ds-pwp-account-disabled", { value, _ in isTrue(value) }),
  // IBM Security Directory Server: an admin's lock.
  ("ibm-pwdAccountLocked", { value, _ in isTrue(value) }),
  // authentik.
  ("ak-active", { value, _ in value.lowercased() == "false" }),
  // Samba 3: flags in brackets.
  ("sambaAcctFlags", { value, _ in value.hasPrefix("[") && value.contains("D") }),
]

private func hasPassed(generalizedTime text: String, now: Seconds) -> Bool {
  seconds(ofGeneralizedTime: text).map { $0 <= now } ?? false
}

private func hasPassed(filetime: Int64, now: Seconds) -> Bool {
  let secondsFrom1601To1970: Int64 = 11_644_473_600
  return filetime > 0 && filetime != .max && filetime / 10_000_000 - secondsFrom1601To1970 <= now
}

private func isTrue(_ value: String) -> Bool { value.lowercased() == "true" }
