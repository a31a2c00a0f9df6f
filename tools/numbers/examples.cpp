// Prints libphonenumber's own example numbers, for python3 -m tools.numbers: region, type, country code, national number,
// and how many of its digits are the area code.
#include <iostream>
#include <phonenumbers/phonenumberutil.h>
#include <set>
#include <string>

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

int main() {
  const PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
  std::set<std::string> regions;
  util.GetSupportedRegions(&regions);
  for (const auto &region : regions) {
    for (auto [type, name] : {std::pair{PhoneNumberUtil::FIXED_LINE, "fixed"}, {PhoneNumberUtil::MOBILE, "mobile"}}) {
      PhoneNumber number;
      if (!util.GetExampleNumberForType(region, type, &number)) continue;
      std::string national;
      util.GetNationalSignificantNumber(number, &national);
      std::cout << region << '\t' << name << '\t' << number.country_code() << '\t' << national << '\t'
                << util.GetLengthOfGeographicalAreaCode(number) << '\n';
    }
  }
}
