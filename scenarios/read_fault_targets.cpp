// Which Pods or nodes a fault is about.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "scenarios/read_fault_parts.hpp"

namespace jobset_twin::scenarios {

using faults::Choice;
using faults::Fault;

void readWord(Reader& reader, const Place& place, std::string& out) {
  if (place.node.kind == api::TreeNode::Kind::kInt) {
    out = place.node.text;
  } else {
    reader.text(place, out);
  }
}

void readPath(Reader& reader, const Place& place, std::string& out, std::size_t most, std::string_view form) {
  std::string text;
  readWord(reader, place, text);
  if (text.empty()) {
    if (place.node.isString()) reader.invalid(place, fmt::format("must be {}", form));
    return;
  }
  const auto parts = static_cast<std::size_t>(std::count(text.begin(), text.end(), '/')) + 1;
  if (parts > most || text.starts_with('/') || text.ends_with('/') || text.find("//") != std::string::npos)
    return reader.invalid(place, fmt::format("must be {}; parts may be *, or be left out from the left", form));
  out = text;
}

void readDomain(Reader& reader, const Place& place, Fault& out) {
  std::string text;
  if (!reader.text(place, text)) return;
  if (text.find('/') == std::string::npos || text.starts_with('/') || text.ends_with('/')) {
    return reader.invalid(place, "must be the last part of a node label's key (or all of it) and its value",
                          "for example rack/r3 or topology.kubernetes.io/zone/zone-1");
  }
  out.target.domain = text;
}

void readSelector(Reader& reader, const Place& place, Fault& out) {
  if (place.node.isMap()) {
    api::LabelSelector selector;
    if (reader.stringMap(place, selector.matchLabels)) out.target.selector = selector;
    return;
  }
  std::string text;
  if (!reader.text(place, text)) return;
  const api::Result<api::LabelSelector> parsed = api::parseSelector(text);
  if (!parsed) return reader.invalid(place, parsed.errors().front().text, "for example app=train,tier in (a,b)");
  out.target.selector = *parsed;
}

void readChoice(Reader& reader, const Place& place, Fault& out, Choice choice) {
  bool value = false;
  if (!reader.flag(place, value) || !value) return;
  if (out.target.choice != Choice::kOne) {
    api::Error error = api::forbiddenField(place.path, "any and all exclude each other");
    return reader.error(place, std::move(error));
  }
  out.target.choice = choice;
}

void readInTurn(Reader& reader, const Place& place, Fault& out) {
  std::int64_t at_once = 0;
  if (!reader.integer(place, at_once, 1, std::numeric_limits<std::int32_t>::max())) return;
  if (out.target.choice != Choice::kOne) {
    api::Error error = api::forbiddenField(place.path, "any, all and inTurn exclude each other");
    return reader.error(place, std::move(error));
  }
  out.target.choice = Choice::kInTurn;
  out.target.at_once = static_cast<std::int32_t>(at_once);
}

}  // namespace jobset_twin::scenarios
