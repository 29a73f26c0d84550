// diagnostics.hpp - errors, warnings and hints as the user reads them on standard error:
//
//   error: a.yaml:14:9: spec.replicatedJobs[0].replicas: Invalid value: -3: …
//      14 |     replicas: -3
//         |     ^
//   hint: …
//
// Everything goes through here, so that one place decides on colour, on the limit of 20, and on what --quiet leaves
// out.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "engine/api/result.hpp"
#include "scenarios/cli/terminal.hpp"

namespace jobset_twin::cli {

class Diagnostics {
 public:
  ColorMode color = ColorMode::kAuto;
  int quiet = 0;  // how often -q was given; 2: no warnings either

  // The text of a file, for excerpts.
  void addSource(const std::string& name, const std::string& text) { sources_[name] = text; }

  void error(std::string_view text, std::string_view hint = {}) const;
  void warning(std::string_view text) const;
  void note(std::string_view text) const;   // neither; not with -q
  void usage(std::string_view text) const;  // where help is
  // At most 20, in their order, then how many more there are.
  void errors(const api::Errors& errors) const;
  void warnings(const api::Errors& warnings) const;

 private:
  void list(const api::Errors& errors, std::string_view word, Style style) const;
  std::string excerpt(const api::Error& error) const;
  std::map<std::string, std::string> sources_;
};

}  // namespace jobset_twin::cli
