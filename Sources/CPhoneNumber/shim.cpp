#include "CPhoneNumber.h"

#include <cstring>
#include <phonenumbers/phonenumberutil.h>
#include <set>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

namespace {

/// In bytes. The library takes minutes over a text of 100,000 digits before it finds it too long.
constexpr size_t longest = 250;

cphonenumber_status status_of(PhoneNumberUtil::ErrorType error) {
  switch (error) {
  case PhoneNumberUtil::NO_PARSING_ERROR: return CPHONENUMBER_OK;
  case PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR: return CPHONENUMBER_BAD_REGION;
  case PhoneNumberUtil::NOT_A_NUMBER: return CPHONENUMBER_NOT_A_NUMBER;
  case PhoneNumberUtil::TOO_SHORT_AFTER_IDD:
  case PhoneNumberUtil::TOO_SHORT_NSN: return CPHONENUMBER_TOO_SHORT;
  case PhoneNumberUtil::TOO_LONG_NSN: return CPHONENUMBER_TOO_LONG;
  }
  return CPHONENUMBER_NOT_A_NUMBER;
}

/// By length alone: whether a number is assigned changes monthly, and the library's tables are as old as the system.
cphonenumber_status status_of(PhoneNumberUtil::ValidationResult result) {
  switch (result) {
  case PhoneNumberUtil::IS_POSSIBLE: return CPHONENUMBER_OK;
  case PhoneNumberUtil::INVALID_COUNTRY_CODE: return CPHONENUMBER_BAD_REGION;
  case PhoneNumberUtil::TOO_SHORT: return CPHONENUMBER_TOO_SHORT;
  case PhoneNumberUtil::TOO_LONG: return CPHONENUMBER_TOO_LONG;
  default: return CPHONENUMBER_NOT_VALID;
  }
}

/// The digits of a formatted number, and a `+` in front of them.
std::string undecorated(const std::string &formatted) {
  std::string result;
  for (char c : formatted)
    if ((c >= '0' && c <= '9') || (c == '+' && result.empty())) result += c;
  return result;
}

bool copy(const std::string &from, char *to) {
  if (from.size() >= CPHONENUMBER_ROOM) return false;
  std::memcpy(to, from.c_str(), from.size() + 1);
  return true;
}

} // namespace

bool cphonenumber_knows_region(const char *region) {
  try {
    std::set<std::string> regions;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
    return regions.count(region) > 0;
  } catch (...) {
    return false;
  }
}

cphonenumber_status cphonenumber_parse(
    const char *text, size_t count, const char *region, char *e164, char *dialled) {
  *e164 = *dialled = '\0';
  if (count > longest) return CPHONENUMBER_TOO_LONG;
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    auto status = status_of(util.Parse(std::string(text, count), region, &number));
    if (status == CPHONENUMBER_OK) status = status_of(util.IsPossibleNumberWithReason(number));
    if (status != CPHONENUMBER_OK) return status;

    std::string international, local;
    util.Format(number, PhoneNumberUtil::E164, &international);
    // E.164 has no extension: read again, the number has none either.
    if (number.has_extension() && util.Parse(international, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
      return CPHONENUMBER_FAILED;
    if (number.country_code() == util.GetCountryCodeForRegion(region))
      util.Format(number, PhoneNumberUtil::NATIONAL, &local);
    else
      util.FormatOutOfCountryCallingNumber(number, region, &local);
    if (copy(international, e164) && copy(undecorated(local), dialled)) return CPHONENUMBER_OK;
  } catch (...) {
  }
  *e164 = *dialled = '\0';
  return CPHONENUMBER_FAILED;
}
