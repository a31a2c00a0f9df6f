#include "CTOML.h"

#include <exception>
#include <string>
#include <string_view>
#include <toml++/toml.h>
#include <vector>

struct ctoml_document {
  toml::table root;
  std::vector<ctoml_node> nodes;
  std::string description;
  ctoml_place place{};
};

namespace {

constexpr int deepest = 64;

// Each dot of a key nests one table deeper, which toml++ 3.3 does without a limit and then frees recursively.
constexpr int most_dots = 1000;

ctoml_place place_of(const toml::source_region &source) { return {source.begin.line, source.begin.column}; }

ctoml_text text_of(std::string_view text) { return {text.data(), text.size()}; }

ctoml_kind kind_of(const toml::node &node) {
  switch (node.type()) {
  case toml::node_type::table: return CTOML_TABLE;
  case toml::node_type::array: return CTOML_ARRAY;
  case toml::node_type::string: return CTOML_STRING;
  case toml::node_type::integer: return CTOML_INTEGER;
  case toml::node_type::floating_point: return CTOML_FLOAT;
  case toml::node_type::boolean: return CTOML_BOOLEAN;
  default: return CTOML_DATE;
  }
}

/// Lists `node` and all below it; false where it is nested too deep.
bool list(const toml::node &node, const toml::key *key, std::vector<ctoml_node> &nodes, int depth) {
  if (depth > deepest) return false;
  ctoml_node listed{};
  listed.kind = kind_of(node);
  listed.place = place_of(node.source());
  if (key) {
    listed.key = text_of(key->str());
    listed.key_place = place_of(key->source());
  }
  if (const auto *string = node.as_string()) listed.text = text_of(string->get());
  if (const auto *integer = node.as_integer()) listed.integer = integer->get();
  if (const auto *boolean = node.as_boolean()) listed.integer = boolean->get();
  if (const auto *table = node.as_table()) listed.children = table->size();
  if (const auto *array = node.as_array()) listed.children = array->size();
  nodes.push_back(listed);
  if (const auto *table = node.as_table())
    for (auto &&[name, child] : *table)
      if (!list(child, &name, nodes, depth + 1)) return false;
  if (const auto *array = node.as_array())
    for (auto &&child : *array)
      if (!list(child, nullptr, nodes, depth + 1)) return false;
  return true;
}

/// The first line with more dots than any real one has; 0 where there is none.
uint32_t overdotted_line(std::string_view text) {
  uint32_t line = 1;
  int dots = 0;
  for (char byte : text) {
    if (byte == '.' && ++dots > most_dots) return line;
    if (byte == '\n') {
      ++line;
      dots = 0;
    }
  }
  return 0;
}

} // namespace

ctoml_document *ctoml_parse(const char *bytes, size_t count) {
  ctoml_document *document = nullptr;
  try {
    document = new ctoml_document;
    const std::string_view text(bytes, count);
    const uint32_t overdotted = overdotted_line(text);
    if (!overdotted) document->root = toml::parse(text);
    if (overdotted || !list(document->root, nullptr, document->nodes, 0)) {
      document->nodes.clear();
      document->description = "tables are nested too deep";
      document->place = {overdotted, overdotted ? 1u : 0u};
    }
    return document;
  } catch (const toml::parse_error &error) {
    document->description = error.description();
    document->place = place_of(error.source());
    return document;
  } catch (...) {
    delete document;
    return nullptr;
  }
}

void ctoml_free(ctoml_document *document) { delete document; }

ctoml_failure ctoml_failure_of(const ctoml_document *document) {
  if (document->description.empty()) return {};
  return {text_of(document->description), document->place};
}

size_t ctoml_count(const ctoml_document *document) { return document->nodes.size(); }

ctoml_node ctoml_node_at(const ctoml_document *document, size_t index) { return document->nodes[index]; }
