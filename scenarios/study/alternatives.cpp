#include "scenarios/study/alternatives.hpp"

#include <list>
#include <memory>
#include <stdexcept>

#include <fmt/format.h>

namespace jobset_twin::scenarios::study {

std::vector<InputFile> filesOf(const Point& point, const ReadFile& read) {
  std::vector<InputFile> out;
  for (const std::string& path : point.base.files) {
    if (std::optional<std::string> text = read(path)) out.push_back({path, std::move(*text)});
  }
  return out;
}

LoadOptions optionsOf(const Point& point) {
  LoadOptions out;
  out.nodes = point.base.nodes;
  out.until = point.base.until;
  out.faults = point.base.faults;
  out.changes = point.base.changes;
  out.feature_gates = point.base.feature_gates;
  out.kubernetes_version = point.base.kubernetes_version;
  return out;
}

Loaded loadPoint(const Point& point, const ReadFile& read) {
  return load(filesOf(point, read), optionsOf(point), read);
}

std::vector<std::string> runWords(const Point& point) {
  std::vector<std::string> out = {"run"};
  out.insert(out.end(), point.base.files.begin(), point.base.files.end());
  const auto flag = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    out.emplace_back(name);
    out.push_back(value);
  };
  for (const std::string& change : point.base.changes) flag("--set", change);
  for (const std::string& fault : point.base.faults) flag("--fault", fault);
  if (point.base.nodes) flag("--nodes", std::to_string(*point.base.nodes));
  if (point.base.until) flag("--until", api::formatDuration(*point.base.until));
  flag("--feature-gates", point.base.feature_gates);
  flag("--kubernetes-version", point.base.kubernetes_version);
  return out;
}

Work workOf(const std::vector<Point>& points, const FigureOptions& figures, ReadFile read) {
  struct Kept {
    std::uint32_t point = 0;
    RunPlan plan;
  };
  const auto kept = std::make_shared<std::list<Kept>>();
  return [&points, figures, read = std::move(read), kept](const Task& task) {
    constexpr std::size_t kKeptMax = 64;
    auto found = kept->begin();
    while (found != kept->end() && found->point != task.point) ++found;
    if (found == kept->end()) {
      Loaded loaded = loadPoint(points[task.point], read);
      if (!loaded.errors.empty()) throw std::runtime_error(api::describe(loaded.errors.front()));
      kept->push_front({task.point, std::move(loaded.plan)});
      if (kept->size() > kKeptMax) kept->pop_back();
      found = kept->begin();
    }
    RunPlan plan = found->plan;
    plan.world.seed = task.seed;
    return runForFigures(std::move(plan), figures);
  };
}

}  // namespace jobset_twin::scenarios::study
