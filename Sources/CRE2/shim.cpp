#include "CRE2.h"

#include <cstdio>
#include <dlfcn.h>
#include <new>
#include <re2/re2.h>

using re2::RE2;
using re2::StringPiece;

struct cre2_pattern {
  RE2 regex;
};

namespace {

/// In bytes, for the program and for what is kept from match to match. Patterns for names and numbers take some kilobytes.
constexpr int64_t most_memory = 1 << 20;

RE2::Options options() {
  RE2::Options options;
  // The library would write to stderr.
  options.set_log_errors(false);
  options.set_max_mem(most_memory);
  // As POSIX has it: of several matches at one place the longest, and a dot for any character.
  options.set_longest_match(true);
  options.set_dot_nl(true);
  return options;
}

} // namespace

cre2_pattern *cre2_open(const char *text, size_t count, char *error, size_t room) {
  try {
    auto *pattern = new cre2_pattern{RE2(StringPiece(text, count), options())};
    if (pattern->regex.ok()) return pattern;
    std::snprintf(error, room, "%s", pattern->regex.error().c_str());
    delete pattern;
  } catch (...) {
    std::snprintf(error, room, "out of memory");
  }
  return nullptr;
}

void cre2_close(cre2_pattern *pattern) { delete pattern; }

bool cre2_match(const cre2_pattern *pattern, const char *text, size_t count, size_t *start, size_t *end) {
  *start = *end = 0;
  StringPiece found[2];
  const int wanted = pattern->regex.NumberOfCapturingGroups() > 0 ? 1 : 0;
  if (!pattern->regex.Match(StringPiece(text, count), 0, count, RE2::UNANCHORED, found, wanted + 1)) return false;
  if (found[wanted].data()) {
    *start = found[wanted].data() - text;
    *end = *start + found[wanted].size();
  }
  return true;
}

const char *cre2_library(void) {
  Dl_info info;
  return dladdr(reinterpret_cast<const void *>(&RE2::QuoteMeta), &info) ? info.dli_fname : nullptr;
}
