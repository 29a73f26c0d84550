// subject.hpp - what a note is about, taken apart: "Pod/ns/name/container", "Job ns/name", "Node/name".
#pragma once

#include <string>
#include <string_view>

#include "engine/api/ascii.hpp"
#include "viz/facts_text.hpp"

namespace jobset_twin::viz::report {

struct Subject {
  std::string kind;  // lower case
  std::string_view namespace_, name, rest;
};

inline Subject subjectOf(std::string_view text) {
  const auto next = [&text](std::string_view separators) {
    const std::size_t at = text.find_first_of(separators);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return part;
  };
  Subject subject;
  subject.kind = api::lowerCase(next("/ "));
  if (subject.kind != "node") subject.namespace_ = next("/");
  subject.name = next("/");
  subject.rest = text;
  return subject;
}

}  // namespace jobset_twin::viz::report
