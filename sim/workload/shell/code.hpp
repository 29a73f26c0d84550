// code.hpp - the instructions that a shell script is compiled to, and the tables they refer to.
//
// A stack machine (machine.hpp runs it): because all of its state is a position and a few stacks, a script can be
// stopped at any wait, copied, saved and resumed. Immutable and shared between all containers that run it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/workload/shell/ast.hpp"
#include "sim/workload/shell/parser.hpp"

namespace jobset_twin::workload::shell {

enum class Op : std::uint8_t {
  kUnit,  // a complete command line begins: where a script goes on after an expansion error
  // words: built on the word stack
  kWord,         // push an empty word
  kLiteral,      // a: string; c: mark
  kEmpty,        // a quoted empty string: the word makes a field
  kParam,        // a: parameter, c: quoted; takes what its operator needs from the string stack
  kParamTest,    // as kParam for - + = ?: jumps to b when the operand is not wanted
  kParamAssign,  // ${x=…}: takes the value from the string stack
  kParamError,   // ${x?…}
  kArith,        // $((…)): takes the text from the string stack; c: quoted
  kCommand,      // $(…): child runs from the next instruction, goes on at a; c: quoted
  // words: finished
  kField,    // split, glob, append to the argument list
  kArg,      // append as one argument
  kString,   // push to the string stack
  kPattern,  // the same; what was quoted is escaped
  kRegex,
  // commands
  kArgs,         // push an empty argument list
  kAssign,       // a: assignment; value from the string stack
  kAssignArray,  // a: assignment; elements from the argument list
  kPending,      // a: assignment in front of a command
  kTrace,
  kRedirMark,  // a: where an error of the command alone goes on; b: they assign; c: 1 simple command, 2 subshell
  kRedirHere,  // an expanded here-document follows
  kRedirect,   // a: redirection
  kRedirPop,
  kRedirSkip,  // jump to a if a redirection failed
  kExec,
  kErrCheck,
  kIgnore,  // a: +1 or -1: failures are not fatal in a condition
  // control
  kJump,
  kJumpTrue,
  kJumpFalse,
  kNot,
  kStatus,  // a: status
  kLoop,    // a: where break goes, b: where continue goes
  kLoopStatus,
  kLoopResult,
  kLoopEnd,
  kForItems,  // argument list becomes the loop's items; positional parameters if c
  kForNext,   // a: string (name), b: end, c unused
  kCaseTrace,
  kCaseMatch,  // a: body
  kCaseEnd,
  kFunction,    // a: string (name), b: end
  kReturn,      // end of a function or of a compiled text
  kSubshell,    // a: end
  kBackground,  // a: end; c: see Machine::beginPart
  kPipe,        // a: number of stages
  kPipeStage,   // a: end of this stage's code; c: see Machine::beginPart
  kPipeWait,
  kTaskEnd,
  kCondUnary,  // a: string (operator); c: negated, for the trace
  kCondBinary,
  kArithCommand,  // text from the string stack; b: where an error goes on, 0: as if false
  kTraceText,     // a: string
};

struct Instruction {
  Op op = Op::kUnit;
  std::uint8_t c = 0;
  std::int32_t a = 0;
  std::int32_t b = 0;
  std::int32_t line = 0;
};

// Marks of a word's characters.
inline constexpr char kMarkQuoted = 'q';    // neither split nor globbed
inline constexpr char kMarkLiteral = 'l';   // globbed
inline constexpr char kMarkExpanded = 'x';  // split and globbed
inline constexpr char kMarkBreak = 'b';     // field boundary of "$@"
inline constexpr char kMarkExists = 'e';    // no character; the field exists though empty

struct ParamSpec {
  std::string name;
  ParamOp op = ParamOp::kPlain;
  bool colon = false;
  bool indirect = false;
  bool has_second = false;
  Index index = Index::kNone;
};

struct AssignSpec {
  std::string name;
  bool append = false;
  bool indexed = false;  // subscript on the string stack, below the value
  std::string source;
};

struct RedirectSpec {
  int fd = 0;
  RedirectOp op = RedirectOp::kRead;
};

struct Code {
  std::string text;  // what it was compiled from
  Dialect dialect = Dialect::kBash;
  int first_line = 1;
  std::vector<Instruction> instructions;
  std::vector<std::string> strings;
  std::vector<ParamSpec> params;
  std::vector<AssignSpec> assigns;
  std::vector<RedirectSpec> redirects;
  bool failed = false;  // a syntax error: the instructions run what precedes it
  Note error;
  bool unreadable = false;  // the error is the interpreter's: see Parsed
  std::vector<Note> unsupported;

  // Saved as what it was compiled from, and compiled again when it is loaded.
  template <class Archive>
  void save(Archive& ar) const {
    ar(text, dialect, first_line);
  }
  template <class Archive>
  void load(Archive& ar);  // process_archive.hpp
};

// Parses and translates. Always returns code: see Code::failed.
[[nodiscard]] std::shared_ptr<const Code> compileScript(std::string_view text, Dialect dialect, int first_line = 1);
[[nodiscard]] std::shared_ptr<const Code> generate(const Parsed& parsed, std::string_view text, Dialect dialect,
                                                   int first_line);

// {a,b} and {1..5}: the words that one word stands for. Itself if there is no brace expression.
// Words of more than a limit stay as they are, and `too_many` is set.
[[nodiscard]] std::vector<Word> expandBraces(const Word& word, bool& too_many);

}  // namespace jobset_twin::workload::shell
