#include "CUnicode.h"

#include <climits>
#include <dlfcn.h>
#include <memory>
#include <unicode/bytestream.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/unistr.h>

using icu::CheckedArrayByteSink;
using icu::IDNA;
using icu::IDNAInfo;
using icu::Normalizer2;
using icu::StringPiece;
using icu::Transliterator;
using icu::UnicodeString;

struct cunicode_transform {
  std::unique_ptr<Transliterator> transliterator;
};

namespace {

/// ICU counts in `int32_t`.
bool is_short(size_t count) { return count <= INT_MAX / 4; }

StringPiece piece(const char *text, size_t count) { return {text, static_cast<int32_t>(count)}; }

} // namespace

bool cunicode_is_composed(const char *text, size_t count) {
  UErrorCode error = U_ZERO_ERROR;
  const Normalizer2 *nfc = Normalizer2::getNFCInstance(error);
  return is_short(count) && U_SUCCESS(error) && nfc->isNormalizedUTF8(piece(text, count), error) && U_SUCCESS(error);
}

size_t cunicode_compose(const char *text, size_t count, bool compatibly, char *result, size_t room) {
  if (!is_short(count) || !is_short(room)) return CUNICODE_FAILED;
  try {
    UErrorCode error = U_ZERO_ERROR;
    const Normalizer2 *form = compatibly ? Normalizer2::getNFKCInstance(error) : Normalizer2::getNFCInstance(error);
    if (U_FAILURE(error)) return CUNICODE_FAILED;
    CheckedArrayByteSink sink(result, static_cast<int32_t>(room));
    form->normalizeUTF8(0, piece(text, count), sink, nullptr, error);
    return U_SUCCESS(error) ? static_cast<size_t>(sink.NumberOfBytesAppended()) : CUNICODE_FAILED;
  } catch (...) {
    return CUNICODE_FAILED;
  }
}

size_t cunicode_domain_to_ascii(const char *name, size_t count, char *result, size_t room) {
  if (!is_short(count) || !is_short(room)) return CUNICODE_FAILED;
  try {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<IDNA> idna(
        IDNA::createUTS46Instance(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ | UIDNA_NONTRANSITIONAL_TO_ASCII, error));
    if (U_FAILURE(error) || !idna) return CUNICODE_FAILED;
    CheckedArrayByteSink sink(result, static_cast<int32_t>(room));
    IDNAInfo info;
    idna->nameToASCII_UTF8(piece(name, count), sink, info, error);
    return U_SUCCESS(error) && !info.hasErrors() ? static_cast<size_t>(sink.NumberOfBytesAppended()) : CUNICODE_FAILED;
  } catch (...) {
    return CUNICODE_FAILED;
  }
}

cunicode_transform *cunicode_transform_open(const char *id) {
  try {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<Transliterator> transliterator(
        Transliterator::createInstance(UnicodeString::fromUTF8(id), UTRANS_FORWARD, error));
    if (U_FAILURE(error) || !transliterator) return nullptr;
    return new cunicode_transform{std::move(transliterator)};
  } catch (...) {
    return nullptr;
  }
}

void cunicode_transform_close(cunicode_transform *transform) { delete transform; }

size_t cunicode_transform_apply(
    const cunicode_transform *transform, const char *text, size_t count, char *result, size_t room) {
  if (!is_short(count) || !is_short(room)) return CUNICODE_FAILED;
  try {
    UnicodeString written = UnicodeString::fromUTF8(piece(text, count));
    transform->transliterator->transliterate(written);
    if (written.isBogus()) return CUNICODE_FAILED;
    CheckedArrayByteSink sink(result, static_cast<int32_t>(room));
    written.toUTF8(sink);
    return static_cast<size_t>(sink.NumberOfBytesAppended());
  } catch (...) {
    return CUNICODE_FAILED;
  }
}

const char *cunicode_library(void) {
  Dl_info info;
  return dladdr(reinterpret_cast<const void *>(&icu::Normalizer2::getNFCInstance), &info) ? info.dli_fname : nullptr;
}
