#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled pattern. Safe in any thread, also in several at a time.
typedef struct cre2_pattern cre2_pattern;

/// Compiles UTF-8 text. Where it is no pattern the result is NULL, and `error` gets the reason, cut to `room` bytes with its terminator.
/// No C++ exception leaves.
cre2_pattern *cre2_open(const char *text, size_t count, char *error, size_t room);

void cre2_close(cre2_pattern *pattern);

/// Whether the pattern matches anywhere in UTF-8 text. `start` and `end` get the bytes of the first group of the leftmost match,
/// the longest of several; of the match itself if the pattern has no groups. Both are 0 if the group has no part in the match.
bool cre2_match(const cre2_pattern *pattern, const char *text, size_t count, size_t *start, size_t *end);

/// The library's file (dladdr(3)); NULL where it isn't known. It lives as long as the process.
const char *cre2_library(void);

#ifdef __cplusplus
}
#endif
