#pragma once

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a function gives instead of a count of bytes when memory is short or the library fails.
#define CUNICODE_FAILED ((size_t)-1)

/// Whether UTF-8 text is in canonical composition already (NFC, Unicode Standard Annex 15). Safe in any thread.
bool cunicode_is_composed(const char *text, size_t count);

/// Writes the canonical composition of UTF-8 text, or its compatibility composition (NFKC), as far as there is room, without a
/// terminator. Gives the bytes that it has in all, or CUNICODE_FAILED. No C++ exception leaves. Safe in any thread.
size_t cunicode_compose(const char *text, size_t count, bool compatibly, char *result, size_t room);

/// As `cunicode_compose`, of a domain's name in the letters that DNS has (UTS #46). CUNICODE_FAILED too where it can't be one.
size_t cunicode_domain_to_ascii(const char *name, size_t count, char *result, size_t room);

/// A way to write text in other letters. Opening one takes some megabytes, of which the next ones share most.
typedef struct cunicode_transform cunicode_transform;

/// Opens the transform of a compound id of ICU, such as "Any-Latin; Latin-ASCII"; NULL where there is none.
cunicode_transform *cunicode_transform_open(const char *id);

void cunicode_transform_close(cunicode_transform *transform);

/// As `cunicode_compose`. One thread at a time.
size_t cunicode_transform_apply(
    const cunicode_transform *transform, const char *text, size_t count, char *result, size_t room);

/// The library's file (dladdr(3)); NULL where it isn't known. It lives as long as the process.
const char *cunicode_library(void);

#ifdef __cplusplus
}
#endif
