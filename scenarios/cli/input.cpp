#include "scenarios/cli/input.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace jobset_twin::cli {
namespace {

api::Error inputError(const std::string& name, std::string text) {
  api::Error error = api::plainError("Input", std::move(text));
  error.file = name;
  return error;
}

api::Result<std::string> readAll(int file, const std::string& name) {
  std::string text;
  char buffer[65536];
  while (true) {
    const ssize_t got = read(file, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return inputError(name, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got == 0) return text;
    text.append(buffer, static_cast<std::size_t>(got));
    if (text.size() > kInputBytesMax)
      return inputError(name, fmt::format("is larger than {} MiB", kInputBytesMax >> 20));
  }
}

}  // namespace

api::Result<std::string> readFile(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return inputError(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  struct stat status {};
  if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    close(file);
    api::Error error = inputError(path, "is a directory, not a file");
    error.hint = fmt::format("name its files: {}/*.yaml", path);
    return error;
  }
  api::Result<std::string> text = readAll(file, path);
  close(file);
  return text;
}

api::Result<std::string> readStandardInput() { return readAll(STDIN_FILENO, "standard input"); }

api::Result<std::vector<scenarios::InputFile>> readInputs(const std::vector<std::string>& names) {
  std::vector<scenarios::InputFile> files;
  api::Errors errors;
  if (std::count(names.begin(), names.end(), "-") > 1) return inputError("standard input", "is named more than once");
  for (const std::string& name : names) {
    api::Result<std::string> text = name == "-" ? readStandardInput() : readFile(name);
    if (text) {
      files.push_back({name == "-" ? "standard input" : name, std::move(*text)});
    } else {
      errors.insert(errors.end(), text.errors().begin(), text.errors().end());
    }
  }
  if (!errors.empty()) return errors;
  return files;
}

}  // namespace jobset_twin::cli
