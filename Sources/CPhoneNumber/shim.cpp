#include "CPhoneNumber.h"

#include <cstring>
#include <dlfcn.h>
#include <phonenumbers/phonenumberutil.h>
#include <phonenumbers/shortnumberinfo.h>
#include <set>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;
using i18n::phonenumbers::ShortNumberInfo;

namespace {

/// In bytes. The library takes minutes over a text of 100,000 digits before it finds it too long.
constexpr size_t longest = 250;

/// The digits of the longest number with its country code (E.164, section 6.2.1), and the plus.
constexpr size_t longest_e164 = 16;

/// A number within an area of as few digits may be one inside a building as well.
constexpr size_t shortest_local = 5;

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

/// Whether it has as many digits as a telephone's number. In some countries only pagers' numbers are so short, and these are known.
bool has_length_of_telephone(const PhoneNumberUtil &util, const PhoneNumber &number) {
  for (const auto type : {PhoneNumberUtil::FIXED_LINE, PhoneNumberUtil::MOBILE, PhoneNumberUtil::TOLL_FREE,
           PhoneNumberUtil::PREMIUM_RATE, PhoneNumberUtil::SHARED_COST, PhoneNumberUtil::VOIP,
           PhoneNumberUtil::PERSONAL_NUMBER, PhoneNumberUtil::UAN})
    if (util.IsPossibleNumberForTypeWithReason(number, type) == PhoneNumberUtil::IS_POSSIBLE) return true;
  return util.IsValidNumber(number);
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

/// Whether numbers of this one's country have so much one length that none of its length lacks an area code.
bool has_one_length(const PhoneNumberUtil &util, const PhoneNumber &number) {
  PhoneNumber shorter(number);
  shorter.set_national_number(number.national_number() / 100);
  return util.IsPossibleNumberForTypeWithReason(shorter, PhoneNumberUtil::FIXED_LINE) != PhoneNumberUtil::IS_POSSIBLE;
}

/// Finds out what is meant by a number without a country code, and puts the area code into one that lacks it.
cphonenumber_status complete(
    const PhoneNumberUtil &util, const std::string &digits, const std::string &region, const std::string &area,
    PhoneNumber *number, bool *lacks_area) {
  if (begins(digits, trunk_prefix(util, region))) return CPHONENUMBER_OK;
  const bool stands_alone = util.IsValidNumber(*number);
  const bool writes_prefix = writes_trunk_prefix(util, region);
  if (stands_alone && !writes_prefix) return CPHONENUMBER_OK;

  if (!area.empty()) {
    std::string national;
    util.GetNationalSignificantNumber(*number, &national);
    PhoneNumber local;
    const auto written = "+" + std::to_string(number->country_code()) + area + national;
    if (util.Parse(written, region, &local) == PhoneNumberUtil::NO_PARSING_ERROR
        // Whether a number is assigned can't tell whether it is one, but it can tell which of two readings is meant.
        && (util.IsValidNumber(local) || (!stands_alone && util.IsPossibleNumber(local)))) {
      if (national.size() < shortest_local) return CPHONENUMBER_INTERNAL;
      *lacks_area = writes_prefix;
      *number = local;
      return CPHONENUMBER_OK;
    }
  }
  if (writes_prefix && !(stands_alone && has_one_length(util, *number)))
    return digits.size() < shortest_local ? CPHONENUMBER_INTERNAL : CPHONENUMBER_NO_AREA;
  return stands_alone || digits.size() > shortest_local ? CPHONENUMBER_OK : CPHONENUMBER_INTERNAL;
}

/// Whether people learn the number by letters.
bool may_be_letters(const PhoneNumberUtil &util, const PhoneNumber &number) {
  if (number.country_code() == 1) return true;
  switch (util.GetNumberType(number)) {
  case PhoneNumberUtil::TOLL_FREE:
  case PhoneNumberUtil::PREMIUM_RATE:
  case PhoneNumberUtil::SHARED_COST:
  case PhoneNumberUtil::PERSONAL_NUMBER:
  case PhoneNumberUtil::UAN: return true;
  default: return false;
  }
}

bool copy(const std::string &from, char *to) {
  if (from.size() >= CPHONENUMBER_ROOM) return false;
  std::memcpy(to, from.c_str(), from.size() + 1);
  return true;
}

} // namespace

bool cphonenumber_knows_region(const char *region) {
  // The library parses the numbering plans of the whole world first: 5 ms and 2.3 MiB, which a run without changes doesn't need otherwise.
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

bool cphonenumber_is_emergency(const char *region, const char *digits) {
  // The tables of short numbers are read for what can be one alone.
  const size_t count = std::strlen(digits);
  if (count < 2 || count > 6) return false;
  try {
    static const ShortNumberInfo info;
    return info.IsEmergencyNumber(digits, region);
  } catch (...) {
    return false;
  }
}

bool cphonenumber_prefixes(const char *region, char *trunk, char *country_code) {
  *trunk = *country_code = '\0';
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    const int code = util.GetCountryCodeForRegion(region);
    return code > 0 && copy(trunk_prefix(util, region), trunk) && copy(std::to_string(code), country_code);
  } catch (...) {
    *trunk = *country_code = '\0';
    return false;
  }
}

cphonenumber_status cphonenumber_parse(
    const char *text, size_t count, const char *region, const char *area, char *e164, char *dialled,
    cphonenumber_facts *facts) {
  *e164 = '\0';
  if (dialled) *dialled = '\0';
  if (facts) *facts = {};
  if (count > longest) return CPHONENUMBER_TOO_LONG;
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    const std::string written(text, count);
    bool lacks_area = false;
    auto status = status_of(util.ParseAndKeepRawInput(written, region, &number));
    if (status == CPHONENUMBER_OK && number.country_code_source() == PhoneNumber::FROM_DEFAULT_COUNTRY)
      status = complete(util, written, region, area, &number, &lacks_area);
    if (status == CPHONENUMBER_OK) status = status_of(util.IsPossibleNumberWithReason(number));
    if (status != CPHONENUMBER_OK) return status;
    if (!has_length_of_telephone(util, number)) return CPHONENUMBER_NOT_VALID;
    // Where numbers begin with 0 behind the country code, they are known. Elsewhere it is a trunk prefix, or no number at all.
    if ((number.italian_leading_zero() || number.national_number() == 0) && !util.IsValidNumber(number))
      return CPHONENUMBER_NOT_VALID;

    std::string international, local;
    util.Format(number, PhoneNumberUtil::E164, &international);
    if (international.size() > longest_e164) return CPHONENUMBER_TOO_LONG;
    if (dialled) {
      if (number.country_code() == util.GetCountryCodeForRegion(region))
        util.Format(number, PhoneNumberUtil::NATIONAL, &local);
      else
        util.FormatOutOfCountryCallingNumber(number, region, &local);
    }
    if (facts) {
      facts->national_digits = static_cast<int>(international.size() - 1 - std::to_string(number.country_code()).size());
      facts->lacks_area = lacks_area;
      facts->is_assigned = util.IsValidNumber(number);
      facts->may_be_letters = may_be_letters(util, number);
      facts->is_mobile = util.GetNumberType(number) == PhoneNumberUtil::MOBILE;
    }
    if (copy(international, e164) && (!dialled || copy(undecorated(local), dialled))) return CPHONENUMBER_OK;
  } catch (...) {
  }
  *e164 = '\0';
  if (dialled) *dialled = '\0';
  return CPHONENUMBER_FAILED;
}

bool cphonenumber_region(const char *e164, char *region) {
  *region = '\0';
  try {
    const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (util.Parse(e164, "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR) return false;
    std::string found;
    util.GetRegionCodeForNumber(number, &found);
    if (found == "ZZ" || found.empty()) util.GetRegionCodeForCountryCode(number.country_code(), &found);
    return found != "ZZ" && found != "001" && copy(found, region);
  } catch (...) {
    *region = '\0';
    return false;
  }
}

const char *cphonenumber_library(void) {
  Dl_info info;
  return dladdr(reinterpret_cast<const void *>(&PhoneNumberUtil::GetInstance), &info) ? info.dli_fname : nullptr;
}
