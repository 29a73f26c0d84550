// Which requests, watches and controllers a fault is about, and how far a clock is off.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "engine/api/kinds.hpp"
#include "scenarios/read_fault_parts.hpp"
#include "sim/faults/components.hpp"

namespace jobset_twin::scenarios {

using faults::Fault;

void readSkew(Reader& reader, const Place& place, Fault& out) {
  std::string text;
  if (!reader.text(place, text)) return;
  const api::Result<Duration> skew = api::parseDuration(text);
  if (!skew) return reader.invalid(place, skew.errors().front().text, "for example 30s or -2s");
  out.skew = *skew;
}

void readKind(Reader& reader, const Place& place, Fault& out) {
  std::string word;
  if (!reader.text(place, word)) return;
  if (const api::KindInfo* info = api::findResource(api::lowerCase(word))) {
    out.kind = info->name;
    return;
  }
  std::vector<std::string> known;
  for (const api::KindInfo& info : api::knownKinds()) known.emplace_back(info.name);
  const std::string near = api::nearestName(word, known);
  reader.invalid(place, "there is no such kind", near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
}

void readVerbs(Reader& reader, const Place& place, Fault& out) {
  std::vector<std::string> words;
  if (place.node.isString()) {  // "create,update"
    std::string_view rest = place.node.text;
    while (true) {
      const std::size_t comma = rest.find(',');
      words.emplace_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest = rest.substr(comma + 1);
    }
  } else if (!reader.texts(place, words)) {
    return;
  }
  const std::vector<std::string> known = {"get", "create", "update", "patch", "delete", "bind", "evict"};
  for (const std::string& word : words) {
    if (std::find(known.begin(), known.end(), word) != known.end()) {
      out.verbs.push_back(word);
      continue;
    }
    api::Error wrong = api::unsupportedValue(place.path, api::quoted(word), known);
    if (const std::string near = api::nearestName(word, known); !near.empty())
      wrong.hint = fmt::format("did you mean \"{}\"?", near);
    reader.error(place, std::move(wrong));
  }
}

void readComponent(Reader& reader, const Place& place, Fault& out) {
  std::vector<std::string> known = faults::componentWords();
  known.emplace_back("controller-manager");
  reader.choice(place, out.component, known);
}

}  // namespace jobset_twin::scenarios
