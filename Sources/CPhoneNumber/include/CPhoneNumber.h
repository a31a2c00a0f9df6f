#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  CPHONENUMBER_OK,
  CPHONENUMBER_NOT_A_NUMBER,
  CPHONENUMBER_TOO_SHORT,
  CPHONENUMBER_TOO_LONG,
  /// The default region isn't known, or there is no such country code.
  CPHONENUMBER_BAD_REGION,
  /// The country has no numbers of this length, or it can't be dialled without an area code.
  CPHONENUMBER_NOT_VALID,
  /// It has neither country code nor area code, and nothing says which are meant.
  CPHONENUMBER_NO_AREA,
  /// It has neither, and too few digits for any number but one inside a building.
  CPHONENUMBER_INTERNAL,
  /// Memory is short, or the library threw.
  CPHONENUMBER_FAILED,
} cphonenumber_status;

/// Room for the longest result and its terminator: E.164 has at most 15 digits, a dialled number a few more.
enum { CPHONENUMBER_ROOM = 64 };

/// Whether the region (ISO 3166, two capital letters) is one whose numbering plan is known. Safe in any thread.
bool cphonenumber_knows_region(const char *region);

typedef enum {
  CPHONENUMBER_AREA_OK,
  /// Numbers of the region have no area codes, or the region isn't known.
  CPHONENUMBER_NO_AREAS,
  /// It begins with the digits that are dialled before an area code and are no part of it.
  CPHONENUMBER_TRUNK_PREFIX,
  CPHONENUMBER_AREA_FAILED,
} cphonenumber_area_status;

/// Whether digits can be an area code of the region. Safe in any thread.
cphonenumber_area_status cphonenumber_check_area(const char *region, const char *area);

/// Whether digits are what is dialled in an emergency in the region. Safe in any thread.
bool cphonenumber_is_emergency(const char *region, const char *digits);

/// Writes what is dialled in the region before an area code, which may be nothing, and the region's country code. Each buffer
/// holds `CPHONENUMBER_ROOM` bytes. False, and both empty, where they aren't known. Safe in any thread.
bool cphonenumber_prefixes(const char *region, char *trunk_prefix, char *country_code);

/// What is known of a number beside its digits.
typedef struct {
  /// How many digits it has behind its country code.
  int national_digits;
  /// Whether it was written with neither country code nor trunk prefix where the country writes that before an area code.
  bool lacks_area;
  /// Whether it is one that is given to somebody, as far as the library's tables go.
  bool is_assigned;
  /// Whether letters are common in it: a number of North America, or one that is dialled alike in the whole country.
  bool may_be_letters;
  /// Whether it is a mobile phone's, where the country's numbers tell.
  bool is_mobile;
} cphonenumber_facts;

/// Reads digits, with a `+` in front at most, as a phone number; one without a country code belongs to `region`, and one
/// without an area code to `area`, unless that is empty.
///
/// What has neither country code nor trunk prefix has no area code where the country writes the prefix before it. It is
/// taken for what it is as it stands only where it makes no number within the area, and where numbers of the country have one
/// length.
/// Both results are NUL-terminated and empty unless the status is OK; each buffer holds `CPHONENUMBER_ROOM` bytes. `dialled`
/// may be null, which spares a good half of the time, and so may `facts`.
/// `e164` gets the number with its `+`, 15 digits at most. `dialled` gets the digits that one dials in `region`: the trunk
/// prefix included, the international prefix for another country's number, or a `+` where the region has no single such prefix.
/// No C++ exception leaves. Safe in any thread.
cphonenumber_status cphonenumber_parse(
    const char *text, size_t count, const char *region, const char *area, char *e164, char *dialled,
    cphonenumber_facts *facts);

/// Writes the region of a number with its `+` and country code, as two capital letters: of several with the same code the one whose
/// numbering plan has it. The buffer holds `CPHONENUMBER_ROOM` bytes. False, and empty, where none is known. Safe in any thread.
bool cphonenumber_region(const char *e164, char *region);

/// The library's file (dladdr(3)); NULL where it isn't known. It lives as long as the process.
const char *cphonenumber_library(void);

#ifdef __cplusplus
}
#endif
