#include "sim/workload/memory_host.hpp"

namespace jobset_twin::workload {
namespace {

std::string clean(std::string_view path) {
  std::string out(path);
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  return out;
}

std::string parentOf(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return "/";
  return path.substr(0, slash);
}

}  // namespace

MemoryHost::MemoryHost() : directories{"/", "/dev", "/etc", "/home", "/root", "/tmp", "/usr", "/var", "/var/log"} {}

std::uint32_t MemoryHost::random15() {
  // SplitMix64: enough for a container that is not part of a simulated cluster, and for tests.
  random_state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = random_state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) & 0x7FFF);
}

std::optional<std::string> MemoryHost::readFile(std::string_view path) {
  const auto found = files.find(clean(path));
  if (found == files.end()) return std::nullopt;
  return found->second;
}

bool MemoryHost::writeFile(std::string_view path, std::string_view content, bool append) {
  const std::string key = clean(path);
  if (directories.contains(key) || !directories.contains(parentOf(key))) return false;
  auto& file = files[key];
  if (!append) file.clear();
  if (content.size() > kMaxFileBytes - file.size()) return false;
  file += content;
  return true;
}

bool MemoryHost::isFile(std::string_view path) { return files.contains(clean(path)); }
bool MemoryHost::isDirectory(std::string_view path) { return directories.contains(clean(path)); }

std::vector<std::string> MemoryHost::list(std::string_view directory) {
  const std::string prefix = clean(directory) == "/" ? "/" : clean(directory) + "/";
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (path.size() <= prefix.size() || path.compare(0, prefix.size(), prefix) != 0) return;
    if (path.find('/', prefix.size()) == std::string::npos) names.push_back(path.substr(prefix.size()));
  };
  for (const auto& [path, content] : files) add(path);
  for (const auto& path : directories) add(path);
  return names;
}

bool MemoryHost::remove(std::string_view path) {
  const std::string key = clean(path);
  if (files.erase(key) != 0) return true;
  if (key == "/" || directories.erase(key) == 0) return false;
  const std::string prefix = key + "/";
  const auto below = [&](const std::string& p) { return p.compare(0, prefix.size(), prefix) == 0; };
  std::erase_if(files, [&](const auto& entry) { return below(entry.first); });
  std::erase_if(directories, below);
  return true;
}

bool MemoryHost::makeDirectory(std::string_view path) {
  const std::string key = clean(path);
  if (files.contains(key) || directories.contains(key) || !directories.contains(parentOf(key))) return false;
  directories.insert(key);
  return true;
}

}  // namespace jobset_twin::workload
