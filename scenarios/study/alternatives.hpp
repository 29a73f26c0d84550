// alternatives.hpp - from a point of a study to what is loaded and run, and the command that runs it alone.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/load.hpp"
#include "scenarios/study/farm.hpp"
#include "scenarios/study/study.hpp"

namespace jobset_twin::scenarios::study {

using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

// The files and flags of a point. A file that cannot be read is left out: loading says so.
std::vector<InputFile> filesOf(const Point& point, const ReadFile& read);
LoadOptions optionsOf(const Point& point);
Loaded loadPoint(const Point& point, const ReadFile& read);
// "run a.yaml --set maxRestarts=3", as words, without the program and the seed.
std::vector<std::string> runWords(const Point& point);

// Runs tasks of these points: each is loaded when it is met first and kept while it is among the last few. Throws
// std::runtime_error if a point cannot be loaded. To be called in a worker: it keeps what it has loaded.
Work workOf(const std::vector<Point>& points, const FigureOptions& figures, ReadFile read);

}  // namespace jobset_twin::scenarios::study
