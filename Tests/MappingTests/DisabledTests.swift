import Domain
import LDAP
import Testing

@testable import Mapping

@Suite(.timeLimit(.minutes(15))) struct `Disabled accounts` {
  /// 2026-05-28 20:26:40 UTC, as Windows counts.
  private static let filetimeOfNow = (now + 11_644_473_600) * 10_000_000

  @Test(arguments: [
    ("userAccountControl", "514", true), ("userAccountControl", "66050", true), ("userAccountControl", "2", true),
    ("userAccountControl", "512", false), ("userAccountControl", "66048", false), ("userAccountControl", "16", false),
    ("userAccountControl", "x", false),
    ("accountExpires", "0", false), ("accountExpires", "9223372036854775807", false),
    ("accountExpires", "\(filetimeOfNow)", true), ("accountExpires", "\(filetimeOfNow + 10_000_000)", false),
    ("accountExpires", "1", true), ("accountExpires", "-1", false), ("accountExpires", "99999999999999999999", false),
    ("nsAccountLock", "true", true), ("nsAccountLock", "TRUE", true), ("nsAccountLock", "false", false),
    ("nsAccountLock", "", false),
    ("pwdAccountLockedTime", "000001010000Z", true), ("pwdAccountLockedTime", "20260528202640Z", false),
    ("pwdAccountLockedTime", "00000101000000Z", false),
    ("shadowExpire", "-1", false), ("shadowExpire", "0", true), ("shadowExpire", "20601", true),
    ("shadowExpire", "20602", false), ("shadowExpire", "9223372036854775807", false), ("shadowExpire", "never", false),
    ("loginDisabled", "TRUE", true), ("loginDisabled", "FALSE", false),
    ("loginExpirationTime", "20260528202639Z", true), ("loginExpirationTime", "20260528202641Z", false),
    ("krbPrincipalExpiration", "20200101000000Z", true), ("krbPrincipalExpiration", "never", false),
    ("pwdEndTime", "20200101000000Z", true), ("msDS-UserAccountDisabled", "TRUE", true),
    ("accountStatus", "disabled", true), ("accountStatus", "active", false), ("zimbraAccountStatus", "closed", true),
    ("zimbraAccountStatus", "maintenance", false), ("inetUserStatus", "Inactive", true),
    ("inetUserStatus", "active", false), ("ds-pwp-account-disabled", "true", true),
    ("ibm-pwdAccountLocked", "TRUE", true), ("ak-active", "FALSE", true), ("ak-active", "TRUE", false),
    ("sambaAcctFlags", "[UD         ]", true), ("sambaAcctFlags", "[U          ]", false),
    ("useraccountcontrol", "514", true), ("description", "disabled", false),
  ])
  func `are recognised by their directory's attributes`(attribute: String, value: String, isOff: Bool) {
    let entry = person([attribute: [value]])
    #expect(DisabledRule.auto.isDisabled(entry, now: now) == isOff)
    #expect(!DisabledRule.never.isDisabled(entry, now: now))
  }

  @Test func `aren't those without such attributes`() {
    #expect(!DisabledRule.auto.isDisabled(person([:]), now: now))
  }
}

@Suite(.timeLimit(.minutes(15))) struct `An account that will expire` {
  private static let now: Timestamp = 1_764_000_000

  @Test(
    arguments: [
      // Noon of 1 January 2030, in 100 ns since 1601.
      ("accountExpires", "135379728000000000", 1_893_499_200), ("accountExpires", "0", nil),
      ("accountExpires", "9223372036854775807", nil), ("accountExpires", "129379728000000000", nil),
      ("krbPrincipalExpiration", "20300101120000Z", 1_893_499_200), ("shadowExpire", "30000", 30_000 * 86_400),
      ("shadowExpire", "-1", nil), ("nsAccountLock", "TRUE", nil),
    ] as [(String, String, Timestamp?)])
  func `says when`(attribute: String, value: String, expiry: Timestamp?) {
    let entry = Entry(dn: "uid=a", attributes: [(attribute, [AttributeValue(value)])])
    #expect(DisabledRule.auto.end(of: entry).flatMap { $0 > Self.now ? $0 : nil } == expiry)
    #expect(DisabledRule.never.end(of: entry) == nil)
  }
}
