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

/// Regions of which it is certain that they are known: none has ever been taken out of the library.
constexpr char certain[] =
    "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR "
    "GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR "
    "MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO "
    "RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT "
    "TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ";

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

/// What is dialled before an area code; empty where nothing is.
std::string trunk_prefix(const PhoneNumberUtil &util, const std::string &region) {
  std::string prefix;
  util.GetNddPrefixForRegion(region, true, &prefix);
  return prefix;
}

bool begins(const std::string &text, const std::string &start) {
  return !start.empty() && text.compare(0, start.size(), start) == 0;
}

/// Whether the region writes the trunk prefix wherever it writes an area code, as (030) 123456 and unlike (201) 555-0123.
bool writes_trunk_prefix(const PhoneNumberUtil &util, const std::string &region) {
  PhoneNumber example;
  if (!util.GetExampleNumberForType(region, PhoneNumberUtil::FIXED_LINE, &example)) return false;
  std::string national;
  util.Format(example, PhoneNumberUtil::NATIONAL, &national);
  return begins(undecorated(national), trunk_prefix(util, region));
}

/// Puts the area code into a number that was written without one.
void complete(
    const PhoneNumberUtil &util, const std::string &text, const std::string &region, const std::string &area,
    PhoneNumber *number) {
  std::string digits = text;
  util.NormalizeDigitsOnly(&digits);
  if (begins(digits, trunk_prefix(util, region))) return;
  const bool stands_alone = util.IsValidNumber(*number);
  if (stands_alone && !writes_trunk_prefix(util, region)) return;

  std::string national;
  util.GetNationalSignificantNumber(*number, &national);
  PhoneNumber local;
  const auto written = "+" + std::to_string(number->country_code()) + area + national;
  if (util.Parse(written, region, &local) != PhoneNumberUtil::NO_PARSING_ERROR) return;
  // Whether a number is assigned can't tell whether it is one, but it can tell which of two readings is meant.
  if (util.IsValidNumber(local) || (!stands_alone && util.IsPossibleNumber(local))) *number = local;
}

bool copy(const std::string &from, char *to) {
  if (from.size() >= CPHONENUMBER_ROOM) return false;
  std::memcpy(to, from.c_str(), from.size() + 1);
  return true;
}

} // namespace

bool cphonenumber_knows_region(const char *region) {
  // To ask the library is to have it read the numbering plans of the whole world, some megabytes.
  if (std::strlen(region) == 2 && !std::strchr(region, ' ') && std::strstr(certain, region)) return true;
  try {
    std::set<std::string> regions;
    PhoneNumberUtil::GetInstance()->GetSupportedRegions(&regions);
    return regions.count(region) > 0;
  } catch (...) {
    return false;
  }
}

cphonenumber_area_status cphonenumber_check_area(const char *region, const char *area) {
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber example;
    if (!util.GetExampleNumberForType(region, PhoneNumberUtil::FIXED_LINE, &example)
        || util.GetLengthOfGeographicalAreaCode(example) == 0)
      return CPHONENUMBER_NO_AREAS;
    return begins(area, trunk_prefix(util, region)) ? CPHONENUMBER_TRUNK_PREFIX : CPHONENUMBER_AREA_OK;
  } catch (...) {
    return CPHONENUMBER_AREA_FAILED;
  }
}

cphonenumber_status cphonenumber_parse(
    const char *text, size_t count, const char *region, const char *area, char *e164, char *dialled) {
  *e164 = '\0';
  if (dialled) *dialled = '\0';
  if (count > longest) return CPHONENUMBER_TOO_LONG;
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    const std::string written(text, count);
    auto status = status_of(util.ParseAndKeepRawInput(written, region, &number));
    if (status == CPHONENUMBER_OK && *area && number.country_code_source() == PhoneNumber::FROM_DEFAULT_COUNTRY)
      complete(util, written, region, area, &number);
    if (status == CPHONENUMBER_OK) status = status_of(util.IsPossibleNumberWithReason(number));
    if (status != CPHONENUMBER_OK) return status;

    std::string international, local;
    util.Format(number, PhoneNumberUtil::E164, &international);
    // E.164 has no extension: read again, the number has none either.
    if (number.has_extension() && util.Parse(international, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR)
      return CPHONENUMBER_FAILED;
    if (dialled) {
      if (number.country_code() == util.GetCountryCodeForRegion(region))
        util.Format(number, PhoneNumberUtil::NATIONAL, &local);
      else
        util.FormatOutOfCountryCallingNumber(number, region, &local);
    }
    if (copy(international, e164) && (!dialled || copy(undecorated(local), dialled))) return CPHONENUMBER_OK;
  } catch (...) {
  }
  *e164 = '\0';
  if (dialled) *dialled = '\0';
  return CPHONENUMBER_FAILED;
}
