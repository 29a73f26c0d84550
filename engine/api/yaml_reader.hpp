// yaml_reader.hpp - from text to trees: YAML with many documents, JSON, several JSON values in a row.
//
// Strict about what could be misread (duplicate keys, control characters, bad UTF-8) and about size, depth and alias
// expansion, so that no input can crash the program or eat its memory. All mistakes that can be found are reported,
// each with its place; after a syntax error reading goes on at the next "---". What words mean: scalar.hpp. Kinds
// called List are not taken apart here (read.hpp does).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/tree.hpp"

namespace jobset_twin::api {

struct ReadLimits {
  std::size_t document_bytes = 3 * 1024 * 1024;  // K-T-88: the API server's request body
  std::size_t total_bytes = 64 * 1024 * 1024;
  std::size_t depth = 100;
  std::size_t alias_nodes = 100'000;           // nodes that aliases and merge keys add, per document
  std::size_t alias_bytes = 16 * 1024 * 1024;  // and their text
  bool duplicate_keys = false;                 // true: the last one wins, as with --validate=ignore
};

struct Documents {
  std::vector<Tree> trees;  // those that could be read, in order; empty documents are left out
  Errors errors;            // code "Syntax", "Duplicate", "Limit" or "Encoding"
};

Documents readDocuments(std::string_view text, const std::string& file, const ReadLimits& limits = {});

}  // namespace jobset_twin::api
