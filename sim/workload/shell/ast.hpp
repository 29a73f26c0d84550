// ast.hpp - the syntax tree of a shell script, as parser.hpp reads it and codegen.hpp translates it.
//
// Only what is kept until the script is compiled. Source of the grammar: POSIX.1-2017 XCU 2, bash 5.2 manual 3.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace jobset_twin::workload::shell {

// What a script is read as. kAsh is what `sh` means here: busybox's shell, a superset of dash with `[[`, `$'..'`,
// `${x:o:l}` and `${x/p/r}`, and an echo that does not interpret escapes.
enum class Dialect : std::uint8_t { kBash, kDash, kAsh };

struct Node;
struct Param;

enum class PartKind : std::uint8_t {
  kText,     // unquoted literal
  kQuoted,   // literal that was quoted in any way
  kDouble,   // "…", with parts
  kParam,    // $x, ${…}
  kCommand,  // $(…) and `…`
  kArith,    // $((…)), with parts
};

struct Part {
  PartKind kind = PartKind::kText;
  std::string text;
  std::vector<Part> parts;
  std::shared_ptr<Param> param;
  std::shared_ptr<Node> body;
};

struct Word {
  std::vector<Part> parts;
  std::string source;
  int line = 0;
  int column = 0;
};

enum class ParamOp : std::uint8_t {
  kPlain,
  kLength,
  kDefault,
  kAssign,
  kError,
  kAlternate,
  kRemoveSmallSuffix,
  kRemoveLargeSuffix,
  kRemoveSmallPrefix,
  kRemoveLargePrefix,
  kReplaceFirst,
  kReplaceAll,
  kReplacePrefix,
  kReplaceSuffix,
  kSubstring,
  kUpperFirst,
  kUpperAll,
  kLowerFirst,
  kLowerAll,
  kKeys,
};

enum class Index : std::uint8_t { kNone, kAt, kStar, kWord };

struct Param {
  std::string name;
  ParamOp op = ParamOp::kPlain;
  bool colon = false;
  bool indirect = false;  // ${!x}
  Index index = Index::kNone;
  Word subscript;
  Word word;
  Word second;
  bool has_second = false;
  bool bare = false;  // $name without braces
};

enum class RedirectOp : std::uint8_t {
  kRead,
  kWrite,
  kAppend,
  kDupIn,
  kDupOut,
  kHere,
  kHereString,
  kWriteBoth,
  kAppendBoth
};

struct Redirect {
  int fd = 0;
  RedirectOp op = RedirectOp::kRead;
  Word target;
  std::shared_ptr<Word> here;  // kHere: the body, read when its line ends
};

struct Assignment {
  std::string name;
  bool append = false;
  bool array = false;
  bool indexed = false;
  Word subscript;
  Word value;
  std::vector<Word> elements;
  std::string source;
};

enum class CondKind : std::uint8_t { kUnary, kBinary, kNot, kAnd, kOr };

struct Cond {
  CondKind kind = CondKind::kUnary;
  std::string op;
  Word left;
  Word right;
  std::shared_ptr<Cond> a;
  std::shared_ptr<Cond> b;
};

enum class NodeKind : std::uint8_t {
  kSimple,
  kPipeline,  // children; negated
  kAnd,
  kOr,
  kList,
  kBackground,  // one child
  kSubshell,
  kGroup,
  kFor,       // name, words (has_words), body = children[0]
  kForArith,  // three words
  kWhile,
  kUntil,
  kIf,  // cond, then, cond, then, …[, else]
  kCase,
  kFunction,
  kCond,
  kArith,
};

struct CaseItem {
  std::vector<Word> patterns;
  std::shared_ptr<Node> body;
  int terminator = 0;  // 0 ;;  1 ;&  2 ;;&
};

struct Node {
  NodeKind kind = NodeKind::kSimple;
  int line = 0;
  int column = 0;
  bool flag = false;  // pipeline: negated; for: has "in"
  std::string name;
  std::vector<Word> words;
  std::vector<Assignment> assignments;
  std::vector<Assignment> declared;  // arrays given to declare, local, export, readonly
  std::vector<Redirect> redirects;
  std::vector<std::shared_ptr<Node>> children;
  std::vector<CaseItem> cases;
  std::shared_ptr<Cond> cond;
  std::string source;
};

}  // namespace jobset_twin::workload::shell
