// spec.faults of a Scenario, documents of kind Fault, and --fault: all are read by the same table.
#include <array>
#include <limits>
#include <span>

#include "engine/api/names.hpp"
#include "scenarios/fault_words.hpp"
#include "scenarios/read_fault_parts.hpp"
#include "scenarios/read_scenario.hpp"
#include "sim/faults/classes.hpp"

namespace jobset_twin::scenarios {
namespace {

using faults::Choice;
using faults::Fault;

void readFaultName(Reader& reader, const Place& place, Fault& out) {
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

constexpr std::size_t kCommonFields = 18;  // of kFaultFields: those of every class

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

// The first rows belong to every class; the others to those that name them (sim/faults/classes.cpp).
constexpr std::array<Field<Fault>, 44> kFaultFields = {{
    {"name", "string", "the fault's name; keys its random streams. The class and a number when left out",
     readFaultName},
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
    {"inTurn", "integer", "all that fit, one after the other: so many at once", readInTurn},
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
    {"notice", "duration", "how long before the node goes down or is removed its drain begins (maintenance: 10m)",
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
void readLong(Reader& reader, const Place& place, Fault& out) {
  const std::size_t before = reader.errors.size();
  reader.object<Fault>(place, kFaultFields, out);
  if (reader.errors.size() != before) return;
  checkClass(reader, place, out, std::span(kFaultFields).subspan(kCommonFields));
  checkTimes(reader, place, out);
  checkValues(reader, place, out);
  if (const Duration usual = faults::classInfo(out.class_).usual; !out.lasts && usual > Duration::zero()) {
    out.lasts.emplace();
    out.lasts->a = usual;
  }
}

constexpr std::array<Field<Fault>, 3> kFaultMetadataFields = {{
    {"name", "string", "the fault's name", readFaultName},
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

constexpr std::array<Field<Fault>, 4> kFaultRootFields = {{
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
     [](Reader& r, const Place& p, Fault& f) { r.object<Fault>(p, kFaultMetadataFields, f); }},
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
  reader.object<Fault>(place, kFaultRootFields, out);
  out.origin = reader.origin(place);
}

void addFaultFields(FieldTexts& out) {
  addFields<Fault>(out, "Fault", kFaultFields);
  addFaultEventFields(out);
  addCrewFields(out);
}

}  // namespace jobset_twin::scenarios
