// study_input.hpp - a study as the command line gives it: read, its alternatives made and each of them checked, so that
// nothing runs if one of them is wrong.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/cli/invocation.hpp"
#include "scenarios/study/alternatives.hpp"
#include "scenarios/study/results.hpp"

namespace jobset_twin::cli {

// Texts of files, each read once.
class TextCache {
 public:
  std::optional<std::string> read(const std::string& path);
  const std::map<std::string, std::optional<std::string>>& texts() const { return texts_; }

 private:
  std::map<std::string, std::optional<std::string>> texts_;
};

struct StudyInput {
  std::shared_ptr<TextCache> texts = std::make_shared<TextCache>();
  std::string text;  // of the study
  scenarios::study::Study study;
  std::vector<scenarios::study::Point> points;
  scenarios::study::ReadFile read() const {
    return [texts = texts](const std::string& path) { return texts->read(path); };
  }
};

// Says what is wrong with it on standard error; nothing then.
std::optional<StudyInput> readStudyInput(const std::string& path, Invocation& invocation);
// Loads each alternative as a run would, and says what is wrong with the first that is. Warnings once.
bool checkPoints(const StudyInput& input, Invocation& invocation);

// Everything but the runs. The hash is over the texts, flags and seed that decide about results; not over the number of
// replications, what is shown, or free text.
scenarios::study::Results emptyResults(const StudyInput& input);

}  // namespace jobset_twin::cli
