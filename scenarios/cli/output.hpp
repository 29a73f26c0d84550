// output.hpp - where a command's result goes: standard output, or a file that appears whole or not at all.
#pragma once

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "engine/api/result.hpp"

namespace jobset_twin::cli {

// A file that is written beside its name and renamed onto it by keep(). Without keep() nothing is left behind.
class WholeFile {
 public:
  explicit WholeFile(std::string path);
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  std::ostream& stream() { return stream_; }
  // "" or why not. Asked of before anything costly is done.
  std::string problem() const { return problem_; }
  std::string keep();

 private:
  std::string path_, beside_, problem_;
  std::ofstream stream_;
};

// What is written, line by line or whole: to standard output, or to a file (-O).
class Output {
 public:
  Output() = default;
  explicit Output(const std::string& path);  // "": standard output

  void write(std::string_view text);
  bool toFile() const { return file_ != nullptr; }
  std::string problem() const { return file_ ? file_->problem() : ""; }
  // "" or why not everything could be written.
  std::string finish();

 private:
  std::unique_ptr<WholeFile> file_;
};

}  // namespace jobset_twin::cli
