#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parsed document, or the reason why it couldn't be parsed.
typedef struct ctoml_document ctoml_document;

typedef enum {
  CTOML_TABLE,
  CTOML_ARRAY,
  CTOML_STRING,
  CTOML_INTEGER,
  CTOML_FLOAT,
  CTOML_BOOLEAN,
  CTOML_DATE,
} ctoml_kind;

/// Both count from 1; columns count code points. 0 where the parser knows none (tables that a dotted key implies).
typedef struct {
  uint32_t line;
  uint32_t column;
} ctoml_place;

/// Bytes in UTF-8 without a terminator, which live as long as the document. `bytes` is NULL where there is no text.
typedef struct {
  const char *bytes;
  size_t count;
} ctoml_text;

typedef struct {
  ctoml_kind kind;
  ctoml_place place;
  /// The last segment of the key; none for an element of an array and for the root.
  ctoml_text key;
  ctoml_place key_place;
  /// The value of a string.
  ctoml_text text;
  /// The value of an integer; 0 or 1 for a boolean.
  int64_t integer;
  /// How many children a table or an array has.
  size_t children;
} ctoml_node;

typedef struct {
  /// Without text where the document was parsed.
  ctoml_text description;
  ctoml_place place;
} ctoml_failure;

/// Parses UTF-8; no C++ exception leaves. NULL only where memory is short. Free with `ctoml_free`.
ctoml_document *ctoml_parse(const char *bytes, size_t count);
void ctoml_free(ctoml_document *document);

ctoml_failure ctoml_failure_of(const ctoml_document *document);

/// How many nodes there are: 0 after a failure.
size_t ctoml_count(const ctoml_document *document);
/// The nodes in depth-first order: the root at 0, each node followed by its children.
ctoml_node ctoml_node_at(const ctoml_document *document, size_t index);

#ifdef __cplusplus
}
#endif
