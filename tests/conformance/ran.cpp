#include "tests/conformance/ran.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace jobset_twin::scenarios::test {

Ran::Ran(const std::vector<InputFile>& files, const LoadOptions& options, const std::vector<Meanwhile>& meanwhile)
    : loaded(load(files, options, [](const std::string&) { return std::optional<std::string>(); })) {
  for (const api::Error& error : loaded.errors) ADD_FAILURE() << api::describe(error);
  if (!loaded.errors.empty()) return;
  RunHooks hooks;
  hooks.observers.push_back(this);
  run = std::make_unique<Run>(loaded.plan, hooks);
  for (const Meanwhile& one : meanwhile) {
    run->advance(loaded.plan.world.start + one.at);
    if (!run->ended()) one.act(*this);
  }
  run->advance();
  outcome = run->outcome();
}

void Ran::submit(api::Request request) {
  run->world().submit({run->world().kernel().now(), std::move(request), "a test"});
}

std::vector<double> Ran::times(api::Kind kind, const std::string& prefix, const Wanted& wanted) const {
  std::vector<double> out;
  for (const Change& change : changes) {
    if (change.object->kind() == kind && change.object->meta.name.starts_with(prefix) && wanted(change))
      out.push_back(seconds(change.at));
  }
  return out;
}

double Ran::first(api::Kind kind, const std::string& prefix, const Wanted& wanted) const {
  const std::vector<double> found = times(kind, prefix, wanted);
  if (found.empty()) ADD_FAILURE() << "nothing of the kind happened to " << prefix;
  return found.empty() ? -1 : found.front();
}

std::vector<double> Ran::noted(cluster::NoteKind kind, const std::string& subject, const std::string& text) const {
  std::vector<double> out;
  for (const kernel::Note& note : notes) {
    if (note.kind == static_cast<std::uint16_t>(kind) && note.subject.find(subject) != std::string::npos &&
        note.text.find(text) != std::string::npos)
      out.push_back(seconds(note.at));
  }
  return out;
}

api::ObjectPtr Ran::find(api::Kind kind, const std::string& name, const std::string& namespace_) const {
  return run ? run->world().server().store().find({kind, namespace_, name}) : nullptr;
}

std::vector<api::ObjectPtr> Ran::all(api::Kind kind, const std::string& prefix) const {
  std::vector<api::ObjectPtr> out;
  if (!run) return out;
  for (const auto& [key, object] : run->world().server().store().all(kind)) {
    if (object->meta.name.starts_with(prefix)) out.push_back(object);
  }
  return out;
}

const JobSetOutcome& Ran::jobset(const std::string& name) const {
  for (const JobSetOutcome& one : outcome.jobsets) {
    if (one.name == name) return one;
  }
  throw std::out_of_range("no JobSet " + name);
}

Ran::Wanted created() {
  return [](const Ran::Change& change) { return change.type == apiserver::WatchType::kAdded; };
}
Ran::Wanted deleted() {
  return [](const Ran::Change& change) { return change.type == apiserver::WatchType::kDeleted; };
}
Ran::Wanted deleting() {
  return [](const Ran::Change& change) {
    return change.object->meta.deletionTimestamp && change.previous && !change.previous->meta.deletionTimestamp;
  };
}
Ran::Wanted scheduled() {
  return [](const Ran::Change& change) {
    return !api::as<api::Pod>(change.object).nodeName.empty() && change.previous &&
           api::as<api::Pod>(change.previous).nodeName.empty();
  };
}
Ran::Wanted phase(std::string phase) {
  return [phase](const Ran::Change& change) {
    return api::as<api::Pod>(change.object).status.phase == phase &&
           (!change.previous || api::as<api::Pod>(change.previous).status.phase != phase);
  };
}

namespace {
bool holds(const api::Object& object, const std::string& type) {
  switch (object.kind()) {
    case api::Kind::kJobSet: return api::conditionIs(api::as<api::JobSet>(object).status.conditions, type, "True");
    case api::Kind::kJob: return api::conditionIs(api::as<api::Job>(object).status.conditions, type, "True");
    case api::Kind::kPod: return api::conditionIs(api::as<api::Pod>(object).status.conditions, type, "True");
    default: return false;
  }
}
}  // namespace

Ran::Wanted conditionTrue(std::string type) {
  return [type](const Ran::Change& change) {
    return holds(*change.object, type) && (!change.previous || !holds(*change.previous, type));
  };
}
Ran::Wanted job(std::function<bool(const api::JobStatus&)> wanted) {
  return [wanted](const Ran::Change& change) { return wanted(api::as<api::Job>(change.object).status); };
}

std::size_t preemptions(const Ran& ran) {
  std::size_t count = 0;
  for (const api::ObjectPtr& object : ran.all(api::Kind::kEvent))
    count += api::as<api::Event>(object).reason == "Preempted" ? 1 : 0;
  return count;
}

}  // namespace jobset_twin::scenarios::test
