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
