#include "scenarios/study/read_study.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/api/names.hpp"
#include "engine/api/time.hpp"
#include "scenarios/load.hpp"
#include "scenarios/read_scenario.hpp"
#include "scenarios/study/read_factors.hpp"

namespace jobset_twin::scenarios::study {
namespace {

// --- base ---

void readFiles(Reader& reader, const Place& place, std::vector<std::string>& out) {
  std::vector<std::string> paths;
  if (!reader.texts(place, paths)) return;
  for (const std::string& path : paths) {
    if (path.empty()) {
      reader.invalid(place, "must be the path of a file");
      continue;
    }
    out.push_back(besides(reader.context().file, path));
    if (reader.context().read && !reader.context().read(out.back()))
      reader.invalid(place, fmt::format("{} cannot be read", out.back()));
  }
}

void readChanges(Reader& reader, const Place& place, std::vector<std::string>& out) {
  std::vector<std::string> texts;
  if (!reader.texts(place, texts)) return;
  for (std::string& text : texts) {
    const api::Result<Change> change = parseChange(text);
    if (!change) {
      reader.invalid(place, change.errors().front().text, change.errors().front().hint);
    } else {
      out.push_back(std::move(text));
    }
  }
}

constexpr std::array<Field<Base>, 7> kBaseFields = {{
    {"files", "[]string", "a Scenario and manifests; paths are relative to the study's file",
     [](Reader& r, const Place& p, Base& b) { readFiles(r, p, b.files); }, true},
    {"nodes", "integer", "as --nodes",
     [](Reader& r, const Place& p, Base& b) {
       std::int32_t n = 0;
       if (r.integer(p, n, 1)) b.nodes = n;
     }},
    {"until", "duration", "as --until: runs end at this virtual time at the latest",
     [](Reader& r, const Place& p, Base& b) {
       Duration until{};
       if (r.positiveDuration(p, until)) b.until = until;
     }},
    {"faults", "[]string", "as --fault", [](Reader& r, const Place& p, Base& b) { r.texts(p, b.faults); }},
    {"set", "[]string", "as --set: changes for all alternatives",
     [](Reader& r, const Place& p, Base& b) { readChanges(r, p, b.changes); }},
    {"featureGates", "string", "as --feature-gates",
     [](Reader& r, const Place& p, Base& b) { r.text(p, b.feature_gates); }},
    {"kubernetesVersion", "string", "as --kubernetes-version",
     [](Reader& r, const Place& p, Base& b) {
       r.choice(p, b.kubernetes_version, {"1.36", "1.35", "1.34"});
     }},
}};

// --- replications ---

bool readMetric(Reader& reader, const Place& place, std::string& out) {
  std::string name;
  if (!reader.text(place, name)) return false;
  if (!findMetric(name)) {
    std::vector<std::string> names;
    for (const MetricInfo& info : metricInfos()) names.push_back(info.name);
    const std::string nearest = api::nearestName(name, names);
    reader.invalid(place, "there is no such metric",
                   nearest.empty() ? "docs/metrics.md lists them" : fmt::format("did you mean \"{}\"?", nearest));
    return false;
  }
  out = std::move(name);
  return true;
}

// "30s", "5%", or a number in the metric's own unit.
void readHalfWidth(Reader& reader, const Place& place, Precision& out) {
  const std::string wrong = "must be a duration (30s), a share of the mean (5%), or a number";
  if (!place.node.isString()) {
    if (reader.number(place, out.half_width) && out.half_width <= 0) reader.invalid(place, "must be greater than 0");
    return;
  }
  std::string text = place.node.text;
  if (text.ends_with('%')) {
    char* end = nullptr;
    out.half_width = std::strtod(text.c_str(), &end) / 100;
    out.relative = true;
    if (end != text.c_str() + text.size() - 1 || !(out.half_width > 0 && out.half_width < 1))
      reader.invalid(place, wrong);
    return;
  }
  const api::Result<Duration> duration = api::parseDuration(text);
  if (!duration || *duration <= Duration::zero()) return reader.invalid(place, wrong);
  out.half_width = std::chrono::duration<double>(*duration).count();
}

constexpr std::array<Field<Precision>, 2> kPrecisionFields = {{
    {"metric", "string", "whose mean", [](Reader& r, const Place& p, Precision& o) { readMetric(r, p, o.metric); },
     true},
    {"halfWidth", "duration|percentage|number", "of its 95 % interval", readHalfWidth, true},
}};

void readPrecision(Reader& reader, const Place& place, Precision& out) {
  reader.object<Precision>(place, kPrecisionFields, out);
  const api::TreeNode* width = place.node.isMap() ? place.node.find("halfWidth") : nullptr;
  const std::string problem = notATime(out.metric);
  if (!problem.empty() && width && width->isString() && api::parseDuration(width->text))
    reader.invalid({*width, place.path + ".halfWidth"}, problem);
}

void readCount(Reader& reader, const Place& place, std::uint32_t& out, std::int64_t least) {
  constexpr std::int64_t kMost = 1'000'000;
  std::int64_t count = 0;
  if (reader.integer(place, count, least, kMost)) out = static_cast<std::uint32_t>(count);
}

constexpr std::array<Field<Replications>, 3> kReplicationsFields = {{
    {"min", "integer", "so many at least (10)",
     [](Reader& r, const Place& p, Replications& o) { readCount(r, p, o.least, 2); }},
    {"max", "integer", "so many at most (200)",
     [](Reader& r, const Place& p, Replications& o) { readCount(r, p, o.most, 2); }},
    {"until", "[]Precision", "go on until all of these are as narrow",
     [](Reader& r, const Place& p, Replications& o) { r.list<Precision>(p, o.until, readPrecision); }, true},
}};

void readReplications(Reader& reader, const Place& place, Study& out) {
  if (!place.node.isMap()) {
    readCount(reader, place, out.replications.least, 1);
    out.replications.most = out.replications.least;
    return;
  }
  out.replications = {10, 200, {}};
  reader.object<Replications>(place, kReplicationsFields, out.replications);
  if (out.replications.most < out.replications.least)
    reader.invalid(place, fmt::format("max ({}) is less than min ({})", out.replications.most, out.replications.least));
}

// --- the rest ---

void readDesign(Reader& reader, const Place& place, Study& out) {
  if (place.node.isString()) {
    std::string word;
    if (!reader.choice(place, word, {"fullFactorial", "oneAtATime", "latinHypercube"})) return;
    if (word == "latinHypercube")
      return reader.invalid(place, "needs a number of samples", "write latinHypercube: {samples: 20}");
    out.design = word == "oneAtATime" ? DesignKind::kOneAtATime : DesignKind::kFullFactorial;
    return;
  }
  static constexpr std::array<Field<Study>, 2> kHypercubeFields = {{
      {"samples", "integer", "how many alternatives",
       [](Reader& r, const Place& p, Study& s) { readCount(r, p, s.samples, 2); }, true},
      {"seed", "integer", "of the draw (1)",
       [](Reader& r, const Place& p, Study& s) {
         std::int64_t seed = 0;
         if (r.integer(p, seed, 0)) s.design_seed = static_cast<std::uint64_t>(seed);
       }},
  }};
  static constexpr std::array<Field<Study>, 1> kFields = {{
      {"latinHypercube", "LatinHypercube", "values of ranges spread over all of them at once",
       [](Reader& r, const Place& p, Study& s) {
         s.design = DesignKind::kLatinHypercube;
         r.object<Study>(p, kHypercubeFields, s);
       },
       true},
  }};
  reader.object<Study>(place, kFields, out);
}

void readMetrics(Reader& reader, const Place& place, Study& out) {
  if (!reader.isList(place)) return;
  for (std::size_t i = 0; i < place.node.items.size(); ++i) {
    std::string name;
    if (readMetric(reader, place.at(i), name)) out.metrics.push_back(std::move(name));
  }
}

void readPrices(Reader& reader, const Place& place, Study& out) {
  if (!reader.isMap(place)) return;
  for (const api::TreeEntry& entry : place.node.entries) {
    double price = 0;
    if (reader.number(place.at(entry), price)) out.figures.prices[entry.key] = price;
  }
}

void readWithin(Reader& reader, const Place& place, std::optional<Duration>& out) {
  Duration within{};
  if (reader.duration(place, within)) out = within;
}

constexpr std::array<Field<ServiceLevel>, 3> kServiceLevelFields = {{
    {"startWithin", "duration", "all Pods are ready so soon after submission",
     [](Reader& r, const Place& p, ServiceLevel& s) { readWithin(r, p, s.start_within); }},
    {"finishWithin", "duration", "it has completed so soon after submission",
     [](Reader& r, const Place& p, ServiceLevel& s) { readWithin(r, p, s.finish_within); }},
    {"ettr", "number", "effective training time ratio, at least",
     [](Reader& r, const Place& p, ServiceLevel& s) {
       double ettr = 0;
       if (r.number(p, ettr, 0, 1)) s.ettr = ettr;
     }},
}};

constexpr std::array<Field<Theory>, 3> kYoungDalyFields = {{
    {"mttf", "duration", "mean time between failures of the whole",
     [](Reader& r, const Place& p, Theory& t) { r.positiveDuration(p, t.mttf); }, true},
    {"cost", "duration", "of a checkpoint", [](Reader& r, const Place& p, Theory& t) { r.positiveDuration(p, t.cost); },
     true},
    {"restart", "duration", "after a failure, until work goes on (0s)",
     [](Reader& r, const Place& p, Theory& t) { r.duration(p, t.restart); }},
}};

void readTheory(Reader& reader, const Place& place, Study& out) {
  static constexpr std::array<Field<Study>, 1> kFields = {{
      {"youngDaly", "YoungDaly", "the best interval between checkpoints, drawn into the chart",
       [](Reader& r, const Place& p, Study& s) {
         s.theory.emplace();
         r.object<Theory>(p, kYoungDalyFields, *s.theory);
       }},
  }};
  reader.object<Study>(place, kFields, out);
}

void readFacts(Reader& reader, const Place& place, Study& out) {
  if (!reader.isMap(place)) return;
  for (const api::TreeEntry& entry : place.node.entries) {
    std::string text;
    if (reader.text(place.at(entry), text)) out.facts.emplace_back(entry.key, std::move(text));
  }
}

constexpr std::array<Field<Study>, 13> kSpecFields = {{
    {"description", "string", "free text", [](Reader& r, const Place& p, Study& s) { r.text(p, s.description); }},
    {"base", "Base", "what all alternatives are made from",
     [](Reader& r, const Place& p, Study& s) { r.object<Base>(p, kBaseFields, s.base); }, true},
    {"factors", "[]Factor", "what is varied",
     [](Reader& r, const Place& p, Study& s) { r.list<Factor>(p, s.factors, readFactor); }, true},
    {"design", "Design", "fullFactorial (all combinations), oneAtATime, or {latinHypercube: {samples: 20}}",
     readDesign},
    {"replications", "integer|Replications", "runs of each alternative, each with another seed (30)", readReplications},
    {"seed", "integer", "of the first replication (1)",
     [](Reader& r, const Place& p, Study& s) {
       std::int64_t seed = 0;
       if (r.integer(p, seed, 0)) s.seed = static_cast<std::uint64_t>(seed);
     }},
    {"metrics", "[]string", "what is shown (docs/metrics.md); when left out, what differs", readMetrics},
    {"baseline", "string", "the alternative that the others are compared with; when left out, all pairs if few",
     [](Reader& r, const Place& p, Study& s) { r.text(p, s.baseline); }},
    {"prices", "map[string]number", "of a node for an hour, by node pool", readPrices},
    {"serviceLevel", "ServiceLevel", "what a workload is to reach, for the metrics slo, slo.start, …",
     [](Reader& r, const Place& p, Study& s) { r.object<ServiceLevel>(p, kServiceLevelFields, s.figures.slo); }},
    {"gpu", "string", "the extended resource that counts as GPU (nvidia.com/gpu)",
     [](Reader& r, const Place& p, Study& s) { r.text(p, s.figures.gpu); }},
    {"theory", "Theory", "what theory says, drawn into the charts", readTheory},
    {"facts", "map[string]string", "what is stated and not measured, with its source; printed below the results",
     readFacts},
}};

constexpr std::array<Field<Study>, 1> kMetadataFields = {{
    {"name", "string", "the study's name", [](Reader& r, const Place& p, Study& s) { r.text(p, s.name); }},
}};

constexpr std::array<Field<Study>, 4> kRootFields = {{
    {"apiVersion", "string", "jobset-twin.dev/v1alpha1",
     [](Reader& r, const Place& p, Study&) {
       std::string version;
       r.choice(p, version, {std::string(kScenarioApiVersion)});
     },
     true},
    {"kind", "string", "Study",
     [](Reader& r, const Place& p, Study&) {
       std::string kind;
       r.choice(p, kind, {"Study"});
     },
     true},
    {"metadata", "Metadata", "name",
     [](Reader& r, const Place& p, Study& s) { r.object<Study>(p, kMetadataFields, s); }},
    {"spec", "Spec", "everything else", [](Reader& r, const Place& p, Study& s) { r.object<Study>(p, kSpecFields, s); },
     true},
}};

// Fields that are given by name, and names that stand twice.
void resolve(Study& study, Reader& reader) {
  std::vector<InputFile> files;
  for (const std::string& path : study.base.files) {
    if (const std::optional<std::string> text = reader.context().read(path)) files.push_back({path, *text});
  }
  const std::vector<api::Tree> documents = documentsOf(files, reader.context().read);
  std::set<std::string> names;
  for (Factor& factor : study.factors) {
    api::Errors errors = resolveFactor(factor, documents);
    if (!names.insert(factor.name).second)
      errors.push_back(api::plainError("Duplicate", fmt::format("a second factor {}", api::quoted(factor.name))));
    for (api::Error& error : errors) {
      if (error.file.empty()) {
        error.file = factor.origin.file;
        error.line = factor.origin.line;
        error.column = factor.origin.column;
      }
      error.text = fmt::format("factor {}: {}", api::quoted(factor.name), error.text);
      reader.errors.push_back(std::move(error));
    }
  }
}

}  // namespace

StudyRead readStudy(const api::Tree& tree,
                    const std::function<std::optional<std::string>(const std::string& path)>& read) {
  Reader reader({tree.file, api::Validation::kStrict, "default", read});
  StudyRead out;
  out.study.origin = reader.origin({tree.root, ""});
  reader.object<Study>({tree.root, ""}, kRootFields, out.study);
  if (reader.errors.empty()) resolve(out.study, reader);
  out.errors = std::move(reader.errors);
  std::stable_sort(out.errors.begin(), out.errors.end(), [](const api::Error& a, const api::Error& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return out;
}

FieldTexts studyFields() {
  FieldTexts out;
  addFields<Study>(out, "Study", kRootFields);
  addFields<Study>(out, "Spec", kSpecFields);
  addFields<Base>(out, "Base", kBaseFields);
  addFactorFields(out);
  addFields<Replications>(out, "Replications", kReplicationsFields);
  addFields<Precision>(out, "Precision", kPrecisionFields);
  addFields<ServiceLevel>(out, "ServiceLevel", kServiceLevelFields);
  addFields<Theory>(out, "YoungDaly", kYoungDalyFields);
  return out;
}

}  // namespace jobset_twin::scenarios::study
