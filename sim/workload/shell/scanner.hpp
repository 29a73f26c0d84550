// scanner.hpp - the part of the parser that reads words: quotes, expansions, here-documents.
//
// Internal to parser.cpp and scanner.cpp. Characters are read in place; there is no token list, because what a
// character means depends on the construct around it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/api/ascii.hpp"
#include "sim/workload/shell/parser.hpp"

namespace jobset_twin::workload::shell {

struct SyntaxError {
  std::size_t at;
  std::string text;
  bool unsupported = false;  // the shell would read it, the interpreter does not
};

class Scanner {
 public:
  Scanner(std::string_view text, Dialect dialect, int first_line);
  virtual ~Scanner() = default;

 protected:
  static constexpr int kMaxDepth = 150;  // nested constructs

  [[nodiscard]] bool atEnd() const { return pos_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : '\0';
  }
  [[nodiscard]] bool looksAt(std::string_view s) const { return text_.substr(pos_, s.size()) == s; }
  [[nodiscard]] int lineAt(std::size_t at) const;
  [[nodiscard]] int columnAt(std::size_t at) const;
  [[nodiscard]] bool bash() const { return dialect_ == Dialect::kBash; }
  [[nodiscard]] bool extended() const { return dialect_ != Dialect::kDash; }  // [[ ]], $'..', ${x/p/r}
  [[noreturn]] void fail(std::string text) const { throw SyntaxError{pos_, std::move(text)}; }
  [[noreturn]] void failAt(std::size_t at, std::string text) const { throw SyntaxError{at, std::move(text)}; }
  [[noreturn]] void failUnsupported(std::string text) const { throw SyntaxError{pos_, std::move(text), true}; }
  void unsupported(std::size_t at, std::string text);

  void skipBlanks();   // spaces, tabs, continued lines, a comment
  void takeNewline();  // one newline, and the here-documents that begin after it
  void readHereDocuments();

  [[nodiscard]] bool atWord() const;
  Word readWord(bool regex = false);
  Word finish(std::vector<Part> parts, std::size_t begin);

  // What a part contains: commands in $(…). Implemented by the parser. Leaves the position after `)`.
  virtual std::shared_ptr<Node> readCommandsUntilParenthesis() = 0;
  virtual std::shared_ptr<Node> parseEmbedded(std::string_view text, std::size_t at) = 0;

  // Reads parts until one of `stops` at depth 0; does not take it. `quoted`: inside double quotes.
  std::vector<Part> readParts(std::string_view stops, bool quoted, bool single_quotes);
  bool readArithmetic(std::vector<Part>& parts);  // after "((": true and past "))", or false with nothing changed
  void readDouble(std::vector<Part>& parts);
  void readSingle(std::vector<Part>& parts);
  void readDollar(std::vector<Part>& parts, bool quoted);
  void readBraced(std::vector<Part>& parts, bool quoted);
  void readParamOperator(Param& param, bool quoted);
  void readBacktick(std::vector<Part>& parts, bool quoted);
  void readAnsi(std::vector<Part>& parts);
  [[nodiscard]] std::string takeName();

  struct Depth {
    explicit Depth(Scanner& scanner) : scanner_(scanner) {
      if (++scanner_.depth_ > kMaxDepth) scanner_.failUnsupported("nested too deeply");
    }
    ~Depth() { --scanner_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;
    Scanner& scanner_;
  };

  struct PendingHere {
    std::shared_ptr<Word> body;
    std::string delimiter;
    bool quoted = false;
    bool strip = false;
    std::size_t at = 0;
  };

  std::string_view text_;
  Dialect dialect_;
  int first_line_;
  std::size_t pos_ = 0;
  int depth_ = 0;
  std::vector<PendingHere> pending_;
  std::vector<Note> unsupported_;
  std::vector<std::size_t> line_starts_;
};

[[nodiscard]] inline bool isNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
using api::isDigit;
[[nodiscard]] inline bool isNameChar(char c) { return isNameStart(c) || isDigit(c); }

// Decodes the escapes of $'…' (and of echo -e and printf %b with their own rules elsewhere).
[[nodiscard]] std::string decodeAnsi(std::string_view text);

}  // namespace jobset_twin::workload::shell
