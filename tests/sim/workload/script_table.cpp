#include "tests/sim/workload/script_table.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace jobset_twin::workload::testing {
namespace {

ScriptCase readHeader(const std::string& line, const std::string& where) {
  ScriptCase script;
  const auto bar = line.find('|');
  if (bar == std::string::npos || bar + 2 >= line.size()) throw std::runtime_error(where + ": no `| name'");
  script.name = line.substr(bar + 2);
  std::istringstream words(line.substr(2, bar - 2));
  for (std::string word; words >> word;) {
    if (word == "bash" || word == "both") script.bash = true;
    if (word == "dash" || word == "both") script.dash = script.ash = true;
    if (word == "noash") script.ash = false;
    if (word == "pid1") script.pid1 = true;
    if (word == "trace") script.trace = true;
    if (word == "noisy") script.noisy = true;
    if (word == "unknown") script.unknown = true;
    constexpr std::array kWords = {"bash", "both", "dash", "noash", "pid1", "trace", "noisy", "unknown"};
    if (std::find(kWords.begin(), kWords.end(), word) == kWords.end()) {
      throw std::runtime_error(where + ": unknown word " + word);
    }
  }
  if (!script.bash && !script.dash) throw std::runtime_error(where + ": for no shell");
  return script;
}

}  // namespace

std::vector<ScriptCase> readScripts() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(TWIN_SOURCE_DIR "/tests/sim/workload/scripts")) {
    if (entry.path().extension() == ".sh") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<ScriptCase> scripts;
  for (const auto& path : files) {
    std::ifstream in(path);
    const std::string file = path.stem().string();
    bool begun = false;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (line.starts_with("#=")) {
        scripts.push_back(readHeader(line, file + ".sh:" + std::to_string(number)));
        scripts.back().file = file;
        begun = true;
      } else if (begun) {
        scripts.back().text += line + "\n";
      }
    }
  }
  return scripts;
}

}  // namespace jobset_twin::workload::testing
