#include <utility>

#include <fmt/format.h>

#include "engine/api/ascii.hpp"
#include "sim/cluster/component.hpp"
#include "viz/facts.hpp"
#include "viz/facts_text.hpp"

namespace jobset_twin::viz {
namespace {

// "Pod/ns/name/container", "Job ns/name" and "Node/name", as components write the subjects of their notes.
struct Subject {
  std::string_view kind, namespace_, name, container;
};
Subject subjectOf(std::string_view text) {
  Subject subject;
  const auto next = [&text](std::string_view separators) {
    const std::size_t at = text.find_first_of(separators);
    const std::string_view part = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
    return part;
  };
  subject.kind = next("/ ");
  if (subject.kind != "Node") subject.namespace_ = next("/");
  subject.name = next("/");
  subject.container = text;
  return subject;
}

}  // namespace

std::vector<Fact> FactReader::read(const kernel::Note& note) {
  using cluster::NoteKind;
  const Subject subject = subjectOf(note.subject);
  const std::string kind = api::lowerCase(subject.kind);
  Fact fact{note.at, Weight::kStep, shortName(kind, subject.namespace_, subject.name), note.text, {}, {}, {}, 0, false};
  std::string phase;
  Facts out;
  switch (static_cast<NoteKind>(note.kind)) {
    case NoteKind::kDecision:
      if (kind == "jobset") {
        readJobSetNote(note, std::move(fact), out);
        return out;
      }
      // What a Job does in its ordinary course is told by its Pods.
      if (note.text.find("fail") == std::string::npos && note.text.find("Failed") == std::string::npos && kind == "job")
        return out;
      fact.weight = kind == "job" ? Weight::kFailure : Weight::kDecision;
      phase = kind == "job" ? "decisions of Jobs" : kind == "node" ? "nodes decided on" : "Pods decided on";
      break;
    case NoteKind::kNameResolvable:
      fact.text = "resolvable as " + note.text;
      phase = "names resolvable";
      break;
    case NoteKind::kNameGone:
      fact.weight = Weight::kDetail;
      fact.text = "no longer resolvable as " + note.text;
      phase = "names gone";
      break;
    case NoteKind::kLookUp:
      if (note.text.find(" does not exist") != std::string::npos) {
        fact.weight = Weight::kFailure;
        phase = "look-ups without an answer";
      } else {
        phase = "look-ups";
      }
      fact.text = "looks up a name: " + note.text;
      fact.repeats = true;
      break;
    case NoteKind::kContainer: {
      const bool exit = note.text.find(" exits with code ") != std::string::npos;
      const bool killed = note.b != 0;
      const bool good = exit && note.a == 0;
      fact.weight = exit && !good && !killed ? Weight::kFailure : exit ? Weight::kStep : Weight::kDecision;
      phase = !exit ? "Pods whose containers stay after SIGTERM" : fmt::format("containers exit with code {}", note.a);
      break;
    }
    case NoteKind::kLog:
      fact.weight = Weight::kLog;
      if (!subject.container.empty()) fact.object += fmt::format("/{}", subject.container);
      break;
    case NoteKind::kRequestFailed:
      fact.weight =
          note.text.find("the object has been modified") == std::string::npos ? Weight::kFailure : Weight::kDetail;
      phase = "requests refused";
      fact.repeats = true;
      break;
    case NoteKind::kFault: readFaultNote(note, fact); break;
    case NoteKind::kWarning: fact.weight = Weight::kFailure; break;
    default: return out;
  }
  const bool fault = static_cast<NoteKind>(note.kind) == NoteKind::kFault;
  if (fact.weight != Weight::kLog && kind == "pod" && !fault) {
    if (const Group* group = podGroup(subject.namespace_, subject.name)) joinGroup(fact, *group, std::move(phase));
  } else if (kind == "job") {
    const auto group = pods_of_job_.find(fmt::format("{}/{}", subject.namespace_, subject.name));
    if (group != pods_of_job_.end()) joinGroup(fact, group->second, std::move(phase));
    fact.expected = 0;  // which counts Pods
  }
  out.push_back(std::move(fact));
  return out;
}

// Of several objects at once one line is enough.
void FactReader::readFaultNote(const kernel::Note& note, Fact& fact) {
  constexpr std::uint64_t kEnds = 2, kRepair = 3;
  fact.weight = note.b == kEnds || note.b == kRepair ? Weight::kDecision : Weight::kFailure;
  if (note.subject.starts_with("Fault/")) {
    told_together_.insert({note.a, note.b});
    fact.object = note.subject;
    fact.object[0] = 'f';
  } else if (told_together_.contains({note.a, note.b})) {
    fact.weight = Weight::kDetail;
  }
}

void FactReader::readJobSetNote(const kernel::Note& note, Fact fact, Facts& out) {
  const Subject subject = subjectOf(note.subject);
  const auto seen = jobsets_.find(fmt::format("{}/{}", subject.namespace_, subject.name));
  if (seen != jobsets_.end()) {
    if (seen->second.last_step == note.text) return;
    seen->second.last_step = note.text;
  }
  fact.weight =
      note.text.starts_with("create ") ? Weight::kDetail : Weight::kDecision;  // the objects themselves are told
  fact.text = "controller: " + note.text;
  out.push_back(std::move(fact));
}

}  // namespace jobset_twin::viz
