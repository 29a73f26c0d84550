// spec.faults of a Scenario, documents of kind Fault, and --fault: all are read by the same table.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/api/kinds.hpp"
#include "scenarios/fault_words.hpp"
#include "scenarios/read_parts.hpp"
#include "scenarios/read_scenario.hpp"
#include "sim/faults/classes.hpp"
#include "sim/faults/components.hpp"
#include "sim/faults/trigger.hpp"

namespace jobset_twin::scenarios {
namespace {

using faults::Choice;
using faults::EventPattern;
using faults::Fault;

// Text, or a number that is meant as one: pod=1.
void readWord(Reader& reader, const Place& place, std::string& out) {
  if (place.node.kind == api::TreeNode::Kind::kInt) {
    out = place.node.text;
  } else {
    reader.text(place, out);
  }
}

void readName(Reader& reader, const Place& place, Fault& out) {
  std::string name;
  if (!reader.text(place, name)) return;
  const std::vector<std::string> problems = api::dns1123SubdomainErrors(name);
  if (!problems.empty()) return reader.invalid(place, problems.front());
  out.name = name;
}

void readClass(Reader& reader, const Place& place, Fault& out) {
  std::string verb;
  if (reader.choice(place, verb, faults::classVerbs())) out.class_ = faults::findClass(verb)->value;
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

void readObject(Reader& reader, const Place& place, EventPattern& out) {
  std::string text;
  if (!reader.text(place, text)) return;
  const api::Result<EventPattern> event = faults::parseEvent(text + " created", reader.context().default_namespace);
  if (!event) return reader.invalid(place, event.errors().front().text, event.errors().front().hint);
  out.object = event->object;
}

constexpr std::array<Field<EventPattern>, 4> kEventFields = {{
    {"object", "pattern", "Kind/namespace/name; * stands for anything", readObject, true},
    {"reaches", "moment", "what happens to it",
     [](Reader& r, const Place& p, EventPattern& e) {
       std::string name;
       std::vector<std::string> known = faults::momentNames();
       known.pop_back();  // resolvable: nothing that is stored
       if (r.choice(p, name, known)) e.moment = *faults::momentFrom(name);
     },
     true},
    {"attempt", "integer", "in this attempt of its JobSet; 0 is the first",
     [](Reader& r, const Place& p, EventPattern& e) {
       std::int32_t attempt = 0;
       if (r.integer(p, attempt, 0)) e.attempt = attempt;
     }},
    {"delay", "duration", "so long after it",
     [](Reader& r, const Place& p, EventPattern& e) { r.duration(p, e.delay); }},
}};

void readAfter(Reader& reader, const Place& place, Fault& out) {
  if (place.node.isMap()) {
    EventPattern event;
    reader.object<EventPattern>(place, kEventFields, event);
    out.trigger.after = event;
    return;
  }
  std::string text;
  if (!reader.text(place, text)) return;
  const api::Result<EventPattern> event = faults::parseEvent(text, reader.context().default_namespace);
  if (!event) return reader.invalid(place, event.errors().front().text, event.errors().front().hint);
  out.trigger.after = *event;
}

void readHazard(Reader& reader, const Place& place, Fault& out) {
  if (out.trigger.hazard) {
    api::Error error = api::forbiddenField(place.path, "mtbf and hazard exclude each other");
    return reader.error(place, std::move(error));
  }
  workload::TimeDistribution distribution;
  if (readDistribution(reader, place, distribution)) out.trigger.hazard = distribution;
}

void readMtbf(Reader& reader, const Place& place, Fault& out) {
  Duration mean{};
  if (out.trigger.hazard) {
    api::Error error = api::forbiddenField(place.path, "mtbf and hazard exclude each other");
    return reader.error(place, std::move(error));
  }
  if (!reader.positiveDuration(place, mean)) return;
  workload::TimeDistribution distribution;
  distribution.kind = workload::TimeDistribution::Kind::kExponential;
  distribution.a = mean;
  out.trigger.hazard = distribution;
}

void readLasts(Reader& reader, const Place& place, Fault& out) {
  if (out.lasts) {
    api::Error error = api::forbiddenField(place.path, "for and repair are the same, and exclude each other");
    return reader.error(place, std::move(error));
  }
  workload::TimeDistribution distribution;
  if (readDistribution(reader, place, distribution)) out.lasts = distribution;
}

template <class T>
void readWhole(Reader& reader, const Place& place, std::optional<T>& out, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  if (reader.integer(place, value, least, most)) out = static_cast<T>(value);
}

constexpr double kSpeedLeast = 0.001, kSpeedMost = 1000, kFactorMost = 1e6, kQpsLeast = 0.001;
constexpr std::size_t kPodParts = 5;
constexpr std::string_view kPodForm = "namespace/jobset/replicated job/job index/pod index";
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

void readReal(Reader& reader, const Place& place, std::optional<double>& out, double least, double most) {
  double value = 0;
  if (reader.number(place, value, least, most)) out = value;
}

void readTime(Reader& reader, const Place& place, std::optional<Duration>& out) {
  Duration value{};
  if (reader.duration(place, value)) out = value;
}

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
  std::string lower;
  for (const char c : word) lower.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  if (const api::KindInfo* info = api::findResource(lower)) {
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

// The first rows belong to every class; the others to those that name them (sim/faults/classes.cpp).
constexpr std::array<Field<Fault>, 43> kFaultFields = {{
    {"name", "string", "the fault's name; keys its random streams. The class and a number when left out", readName},
    {"class", "string", "what goes wrong", readClass, true},
    {"pod", "path",
     "namespace/JobSet/replicated job/Job index/Pod index; parts may be *, or be left out from the left. Or "
     "namespace/name",
     [](Reader& r, const Place& p, Fault& f) { readPath(r, p, f.target.pod, kPodParts, kPodForm); }},
    {"node", "pattern", "a node's name; * stands for anything",
     [](Reader& r, const Place& p, Fault& f) { readWord(r, p, f.target.node); }},
    {"job", "path", "namespace/name of a Job",
     [](Reader& r, const Place& p, Fault& f) { readPath(r, p, f.target.job, 2, "namespace/job"); }},
    {"domain", "domain", "all nodes of a topology domain at once: rack/r3", readDomain},
    {"selector", "selector", "labels of the Pods or nodes: a map, or as kubectl's -l", readSelector},
    {"any", "boolean", "one of several that fit",
     [](Reader& r, const Place& p, Fault& f) { readChoice(r, p, f, Choice::kAny); }},
    {"all", "boolean", "all that fit", [](Reader& r, const Place& p, Fault& f) { readChoice(r, p, f, Choice::kAll); }},
    {"at", "duration", "when, after the start",
     [](Reader& r, const Place& p, Fault& f) {
       Duration at{};
       if (r.duration(p, at)) f.trigger.at = at;
     }},
    {"after", "event", "when something has happened: \"JobSet train ready +30s\"", readAfter},
    {"every", "duration", "again each time so long after",
     [](Reader& r, const Place& p, Fault& f) {
       Duration every{};
       if (r.positiveDuration(p, every)) f.trigger.every = every;
     }},
    {"times", "integer", "of every: so often at most",
     [](Reader& r, const Place& p, Fault& f) { readWhole(r, p, f.trigger.times, 1, kMost); }},
    {"mtbf", "duration", "at random, of each unit by itself: the mean of an exponential time to the next failure",
     readMtbf},
    {"hazard", "Distribution", "the same by any distribution", readHazard},
    {"for", "Distribution", "how long it lasts", readLasts},
    {"repair", "Distribution", "the same as for", readLasts},
    {"crew", "string", "who repairs it (spec.repairCrews): the repair begins when one of them is free",
     [](Reader& r, const Place& p, Fault& f) { r.text(p, f.crew); }},
    {"container", "string", "which container; all main containers when left out",
     [](Reader& r, const Place& p, Fault& f) { r.text(p, f.container); }},
    {"code", "integer", "exit code", [](Reader& r, const Place& p, Fault& f) { readWhole(r, p, f.code, 0, 255); }},
    {"gracePeriodSeconds", "integer", "grace period; the Pod's own when left out",
     [](Reader& r, const Place& p, Fault& f) { readWhole(r, p, f.grace_seconds, 0, kMost); }},
    {"image", "pattern", "which images, by name", [](Reader& r, const Place& p, Fault& f) { r.text(p, f.image); }},
    {"reason", "string", "of a pressure eviction: memory or ephemeral-storage; of an API error: its code or reason",
     [](Reader& r, const Place& p, Fault& f) { readWord(r, p, f.reason); }},
    {"factor", "number", "so many times as long",
     [](Reader& r, const Place& p, Fault& f) { readReal(r, p, f.factor, 1, kFactorMost); }},
    {"speed", "number", "1 is ordinary, 0.5 takes twice as long",
     [](Reader& r, const Place& p, Fault& f) { readReal(r, p, f.speed, kSpeedLeast, kSpeedMost); }},
    {"resource", "string", "an extended resource (nvidia.com/gpu)",
     [](Reader& r, const Place& p, Fault& f) { r.text(p, f.resource); }},
    {"count", "integer", "how many devices of it (1)",
     [](Reader& r, const Place& p, Fault& f) { readWhole(r, p, f.count, 1, kMost); }},
    {"notice", "duration", "how long before the node goes down its drain begins (10m)",
     [](Reader& r, const Place& p, Fault& f) { readTime(r, p, f.notice); }},
    {"spare", "pattern", "a cordoned node of that name takes its place when the repair is over",
     [](Reader& r, const Place& p, Fault& f) { r.text(p, f.spare); }},
    {"to", "path", "the Pods on the other side, as in pod; all others when left out",
     [](Reader& r, const Place& p, Fault& f) { readPath(r, p, f.to, kPodParts, kPodForm); }},
    {"latency", "duration", "so much longer", [](Reader& r, const Place& p, Fault& f) { readTime(r, p, f.latency); }},
    {"skew", "duration", "how far the clock goes fast; slow with a minus", readSkew},
    {"client", "pattern", "requests of which client (kube-controller-manager/*); all when left out",
     [](Reader& r, const Place& p, Fault& f) { r.text(p, f.client); }},
    {"kind", "string", "requests for, or watches of, which kind (Job); all when left out", readKind},
    {"verbs", "[]string", "which verbs: get, create, update, patch, delete, bind, evict; all when left out", readVerbs},
    {"probability", "number", "each request is hit with it (1)",
     [](Reader& r, const Place& p, Fault& f) { readReal(r, p, f.probability, 0, 1); }},
    {"written", "boolean", "the request was carried out all the same",
     [](Reader& r, const Place& p, Fault& f) { r.flag(p, f.written); }},
    {"expire", "boolean", "the watches find their place gone when it is over: 410, and a new list",
     [](Reader& r, const Place& p, Fault& f) { r.flag(p, f.expire); }},
    {"qps", "number", "requests a second of the client",
     [](Reader& r, const Place& p, Fault& f) { readReal(r, p, f.qps, kQpsLeast, kFactorMost); }},
    {"burst", "integer", "how many of them at once (as qps, rounded up)",
     [](Reader& r, const Place& p, Fault& f) { readWhole(r, p, f.burst, 1, kMost); }},
    {"seats", "integer", "requests that the server serves at once (priority and fairness)",
     [](Reader& r, const Place& p, Fault& f) { readWhole(r, p, f.seats, 1, kMost); }},
    {"component", "string", "which controller", readComponent},
    {"step", "string", "where in a pass: \"before\" or \"after\", and what it does there: \"after create Job\"",
     [](Reader& r, const Place& p, Fault& f) { r.text(p, f.step); }},
}};
constexpr std::size_t kCommonFields = 17;

bool given(const Place& place, std::string_view field) {
  const api::TreeNode* node = place.node.find(field);
  return node && !node->isNull();
}

void forbid(Reader& reader, const Place& place, std::string_view field, const std::string& why) {
  const Place inner = place.at(*place.node.findEntry(field));
  api::Error error = api::forbiddenField(inner.path, why);
  reader.error(inner, std::move(error));
}

// What belongs to the class and what does not.
void checkClass(Reader& reader, const Place& place, const Fault& fault) {
  const faults::ClassInfo& info = faults::classInfo(fault.class_);
  for (std::size_t i = kCommonFields; i < kFaultFields.size(); ++i) {
    const std::string_view field = kFaultFields[i].name;
    bool required = false;
    if (!faults::classTakes(info, field, &required)) {
      if (!given(place, field)) continue;
      std::string takers;
      for (const faults::ClassInfo& other : faults::faultClasses()) {
        if (faults::classTakes(other, field)) takers += fmt::format("{}{}", takers.empty() ? "" : ", ", other.verb);
      }
      forbid(reader, place, field, fmt::format("{} has no {}: it belongs to {}", info.verb, field, takers));
    } else if (required && !given(place, field)) {
      reader.missing(place, field, fmt::format("{} needs it", info.verb));
    }
  }
  for (const std::string_view field : {"for", "repair"}) {
    if (given(place, field) && !info.lasts) forbid(reader, place, field, fmt::format("{} is done at once", info.verb));
  }
  if (!fault.crew.empty() && !fault.lasts) reader.missing(place, "repair", "how long its crew takes");
  if (info.scope == faults::Scope::kGroup) {
    for (const std::string_view field : {"job", "any", "all"}) {
      if (given(place, field)) forbid(reader, place, field, fmt::format("{} takes all Pods that fit", info.verb));
    }
    for (const std::string& path : {fault.target.pod, fault.to}) {
      std::string_view rest = path;
      for (std::size_t slash = 0; slash != std::string_view::npos; rest = rest.substr(slash + 1)) {
        slash = rest.find('/');
        const std::string_view part = rest.substr(0, slash);
        if (part != "*" && part.find('*') != std::string_view::npos)
          reader.invalid(place, fmt::format("in a path of {} each part is a name or *", info.verb));
        if (slash == std::string_view::npos) break;
      }
    }
  }
  if (info.scope != faults::Scope::kCluster) return;
  for (const std::string_view field : {"pod", "node", "job", "domain", "selector", "any", "all"}) {
    if (given(place, field))
      forbid(reader, place, field, fmt::format("{} is about the cluster, not about Pods or nodes", info.verb));
  }
}

// Words that mean something in one class only.
void checkValues(Reader& reader, const Place& place, const Fault& fault) {
  const auto one_of = [&](std::string_view field, const std::string& word, const std::vector<std::string>& known) {
    api::Error wrong = api::unsupportedValue(fmt::format("{}{}{}", place.path, place.path.empty() ? "" : ".", field),
                                             api::quoted(word), known);
    if (const std::string near = api::nearestName(word, known); !near.empty())
      wrong.hint = fmt::format("did you mean \"{}\"?", near);
    reader.error(place.at(*place.node.findEntry(field)), std::move(wrong));
  };
  switch (fault.class_) {
    case faults::FaultClass::kApiError:
      if (!faults::errorWord(fault.reason)) one_of("reason", fault.reason, faults::errorWords());
      break;
    case faults::FaultClass::kPressureEvict:
      if (given(place, "reason") && fault.reason != "memory" && fault.reason != "ephemeral-storage")
        one_of("reason", fault.reason, {"memory", "ephemeral-storage"});
      break;
    case faults::FaultClass::kApiSlow:
    case faults::FaultClass::kWatchDelay:
      if (!fault.latency && !fault.factor) reader.missing(place, "latency", "or factor: how slow it is");
      if (fault.component == "controller-manager") one_of("component", fault.component, faults::componentWords());
      break;
    case faults::FaultClass::kControllerCrash:
    case faults::FaultClass::kControllerRestart:
    case faults::FaultClass::kSlowFailover:
    case faults::FaultClass::kTwoLeaders:
    case faults::FaultClass::kClockSkew:
      if (!faults::controllerNamed(fault.component)) one_of("component", fault.component, faults::controllerWords());
      break;
    case faults::FaultClass::kWatchFreeze:
    case faults::FaultClass::kWatchDrop:
    case faults::FaultClass::kWatchExpire:
      if (fault.component == "controller-manager") one_of("component", fault.component, faults::componentWords());
      break;
    default: break;
  }
  if (std::string problem; !fault.step.empty() && !faults::crashPoint(fault.step, &problem))
    reader.invalid(place.at(*place.node.findEntry("step")), problem, "for example 'after create Job'");
}

void checkTimes(Reader& reader, const Place& place, Fault& fault) {
  faults::Trigger& trigger = fault.trigger;
  const int ways = (trigger.at ? 1 : 0) + (trigger.after ? 1 : 0) + (trigger.hazard ? 1 : 0);
  if (ways == 0 && trigger.every) trigger.at = trigger.every;
  if (ways == 0 && !trigger.every) {
    api::Error error = api::requiredValue(place.path, "when: one of at, after, every, mtbf and hazard");
    return reader.error(place, std::move(error));
  }
  if (ways > 1) {
    api::Error error =
        api::plainError("Invalid", fmt::format("{}{}only one of at, after, mtbf and hazard can begin a fault",
                                               place.path, place.path.empty() ? "" : ": "));
    return reader.error(place, std::move(error));
  }
  if (trigger.every && trigger.hazard) forbid(reader, place, "every", "a hazard goes on by itself");
  if (trigger.times && !trigger.every) forbid(reader, place, "times", "belongs to every");
  if (!trigger.hazard) return;
  const faults::Scope scope = faults::classInfo(fault.class_).scope;
  for (const std::string_view field : {"pod", "job"}) {
    if (scope == faults::Scope::kNodes && given(place, field))
      forbid(reader, place, field,
             "a hazard of nodes goes by node, domain or selector: nodes fail whatever runs there");
  }
}

void readLong(Reader& reader, const Place& place, Fault& out) {
  const std::size_t before = reader.errors.size();
  reader.object<Fault>(place, kFaultFields, out);
  if (reader.errors.size() != before) return;
  checkClass(reader, place, out);
  checkTimes(reader, place, out);
  checkValues(reader, place, out);
  if (const Duration usual = faults::classInfo(out.class_).usual; !out.lasts && usual > Duration::zero()) {
    out.lasts.emplace();
    out.lasts->a = usual;
  }
}

constexpr std::array<Field<Fault>, 3> kMetadataFields = {{
    {"name", "string", "the fault's name", readName},
    {"labels", "map[string]string", "free for users",
     [](Reader& r, const Place& p, Fault&) {
       api::StringMap labels;
       r.stringMap(p, labels);
     }},
    {"annotations", "map[string]string", "free for users",
     [](Reader& r, const Place& p, Fault&) {
       api::StringMap annotations;
       r.stringMap(p, annotations);
     }},
}};

constexpr std::array<Field<Fault>, 4> kRootFields = {{
    {"apiVersion", "string", "jobset-twin.dev/v1alpha1",
     [](Reader& r, const Place& p, Fault&) {
       std::string version;
       r.choice(p, version, {std::string(kScenarioApiVersion)});
     },
     true},
    {"kind", "string", "Fault",
     [](Reader& r, const Place& p, Fault&) {
       std::string kind;
       r.choice(p, kind, {"Fault"});
     },
     true},
    {"metadata", "Metadata", "name, labels, annotations",
     [](Reader& r, const Place& p, Fault& f) { r.object<Fault>(p, kMetadataFields, f); }},
    {"spec", "Fault", "the fault",
     [](Reader& r, const Place& p, Fault& f) {
       if (given(p, "name")) return forbid(r, p, "name", "a document's name stands in its metadata");
       readFault(r, p, f);
     },
     true},
}};

}  // namespace

void readFault(Reader& reader, const Place& place, Fault& out) {
  out.origin = reader.origin(place);
  if (!place.node.isString()) return readLong(reader, place, out);
  // A text of its own (--fault) has columns; in a document all words stand where the text does.
  const bool whole = place.path.empty();
  const api::Result<api::TreeNode> node = faultFromWords(place.node.text, place.node.at, whole);
  if (node) return readLong(reader, {*node, place.path}, out);
  for (api::Error error : node.errors()) {
    error.file = reader.context().file;
    error.field = place.path;
    reader.errors.push_back(std::move(error));
  }
}

void readFaultDocument(Reader& reader, const Place& place, Fault& out) {
  reader.object<Fault>(place, kRootFields, out);
  out.origin = reader.origin(place);
}

void nameFaults(std::vector<Fault>& all, api::Errors& errors) {
  std::map<std::string, const Fault*> names;
  for (const Fault& fault : all) {
    if (fault.name.empty()) continue;
    const auto [found, added] = names.emplace(fault.name, &fault);
    if (added) continue;
    api::Error error = fault.origin;
    error.code = "Duplicate";
    error.text = fmt::format("a second fault {}: the first is at {}:{}", fault.name, found->second->origin.file,
                             found->second->origin.line);
    errors.push_back(std::move(error));
  }
  std::map<std::string, int> counts;
  for (Fault& fault : all) {
    if (!fault.name.empty()) continue;
    const std::string verb(faults::classInfo(fault.class_).verb);
    do {
      fault.name = fmt::format("{}-{}", verb, ++counts[verb]);
    } while (names.contains(fault.name));
  }
}

void addFaultFields(FieldTexts& out) {
  addFields<Fault>(out, "Fault", kFaultFields);
  addFields<EventPattern>(out, "FaultEvent", kEventFields);
  addCrewFields(out);
}

}  // namespace jobset_twin::scenarios
