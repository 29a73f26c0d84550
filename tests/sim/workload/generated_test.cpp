// Scripts drawn from a grammar, through the interpreter and this machine's shells. A failure names the seed of its
// batch and the script; TWIN_SCRIPT_SEED=N begins with the batch of seed N.
//
// Which script a seed draws must not depend on the compiler. The operands of + and the arguments of a call are
// evaluated in an order that each compiler chooses, so an expression draws once, but for braced lists: those are
// evaluated from left to right (join).
//
// Many scripts make one text, each a subshell whose exit code is printed after it, so that a shell starts rarely. Only
// constructs whose output is the same each time; loops are bounded.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <cstdlib>
#include <initializer_list>

#include "sim/kernel/random.hpp"
#include "tests/sim/workload/run_script.hpp"
#include "tests/sim/workload/sanitized.hpp"

namespace jobset_twin::workload::testing {
namespace {

constexpr std::uint64_t kSeed = 20260801;
constexpr int kBatches = kSanitized ? 10 : 40;
constexpr int kScriptsInBatch = 50;

std::string join(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

class Author {
 public:
  Author(std::uint64_t seed, bool bash) : stream_(kernel::stream(seed, "scripts")), bash_(bash) {}

  std::string script() {
    loops_ = 0;
    calls_ = 0;
    std::string text = pick({"", "", "", "set -e\n", "set -u\n", "set -eu\n", "set -f\n"});
    if (chance(20))
      text += pick({"trap 'echo \"end $?\"' EXIT\n", "trap 'echo $a; exit 5' EXIT\n", "trap 'false' EXIT\n"});
    text += "a=1 b='x y' c= d=5; set -- p 'q r' ''\n";
    const int lines = 2 + below(6);
    for (int i = 0; i < lines; ++i) text += statement(0) + "\n";
    return text;
  }

 private:
  int below(int n) { return static_cast<int>(kernel::below(stream_, static_cast<std::uint64_t>(n))); }
  bool chance(int percent) { return below(100) < percent; }
  std::string pick(const std::vector<std::string>& options) {
    return options[static_cast<std::size_t>(below(static_cast<int>(options.size())))];
  }
  std::string name() { return pick({"a", "b", "c", "d", "e"}); }

  std::string number(int depth) {
    if (depth > 2 || chance(40)) return pick({"0", "1", "2", "7", "d", "$d", "010", "0x1f", "-3", "(2)", "nothing"});
    const std::string op = pick({"+", "-", "*", "/", "%", "<", ">", "<=", "==", "!=", "&&", "||", "&", "|", "^", "<<"});
    const std::string right = op == "/" || op == "%" || op == "<<" ? pick({"1", "2", "3"}) : number(depth + 1);
    switch (below(4)) {
      case 0: return "(" + number(depth + 1) + " " + op + " " + right + ")";
      case 1: return join({number(depth + 1), " ? ", number(depth + 1), " : ", number(depth + 1)});
      case 2: return join({pick({"!", "~", "- "}), "(", number(depth + 1), ")"});
      default: return number(depth + 1) + " " + op + " " + right;
    }
  }

  std::string parameter(int depth) {
    const std::string n = name();
    const std::string w = depth > 2 ? "w" : pick({"", "w", "'u v'", "\"$d\"", "$a", "$(echo s t)", "*"});
    int kind = below(bash_ ? 17 : 11);
    if (in_case_ && kind >= 11 && kind <= 13) kind -= 11;
    switch (kind) {
      case 0: return "$" + n;
      case 1: return "${" + n + pick({"-", ":-", "+", ":+"}) + w + "}";
      case 2: return "${" + n + pick({"=", ":="}) + w + "}";
      case 3: return "${#" + n + "}";
      case 4:
        return join({"${", n, pick({"#", "##", "%", "%%"}),
                     pick({"?", "*", "x", "* ", " *", "[a-x]", "[!x]*", "\"$c\"", "*y"}), "}"});
      case 5: return "$((" + number(0) + "))";
      case 6: return depth > 1 ? "$?" : "$( " + command(depth + 1) + ")";
      case 7: return pick({"$1", "$2", "${3}", "$#", "$*", "$@"});
      case 8: return "$?";
      case 9: return depth > 1 ? "`echo $a`" : "`" + pick({"echo $b", "echo \"$b\" z", "printf '%s-' $b"}) + "`";
      case 10: return pick({"${1-none}", "${4:-none}", "${2#q}", "${b%y}", "${#}", "${4+x}"});
      case 11:
        return join(
            {"${", n, pick({"/", "//", "/#", "/%"}), pick({"x", "?", " ", "[xy]", "1"}), pick({"", "/Z", "/"}), "}"});
      case 12: return "${" + n + pick({":1", ":0:1", ": -1", ":1:1", ":0"}) + "}";
      case 13: return "${" + n + pick({"^", "^^", ",", ",,"}) + "}";
      case 14:
        return pick({"${arr[0]}", "${arr[1]}", "${arr[@]}", "${arr[*]}", "${#arr[@]}", "${arr[-1]}", "${!arr[@]}",
                     "${arr[@]:1}"});
      case 15: return pick({"{1..3}", "{a,b}", "x{1,2}", "{3..1}"});
      default: return "${@:2}";
    }
  }

  std::string word(int depth) {
    std::string text;
    const int parts = 1 + below(3);
    for (int i = 0; i < parts; ++i) {
      switch (below(7)) {
        case 0: text += pick({"w", "lit", "x-1", "A", "."}); break;
        // `$.` and not `$`: two of them in what eval reads are a pid.
        case 1: text += pick({"'s q'", "''", "'$a'", "'*'", "\"\"", "\\$.", "\\*", "\\ "}); break;
        case 2:
        case 3: {
          const std::string quoted = join({"\"", pick({"", "t ", " "}), parameter(depth + 1), pick({"", " u"}), "\""});
          text += quoted;
          // dash 0.5.12 makes an empty field of two blanks in what follows "$@" unquoted in the same word.
          if (!bash_ && quoted.find("$@") != std::string::npos) return text;
          break;
        }
        default: text += parameter(depth); break;
      }
    }
    return text;
  }

  std::string words(int depth) {
    std::string text;
    const int n = 1 + below(3);
    for (int i = 0; i < n; ++i) text += (i > 0 ? " " : "") + word(depth);
    return text;
  }

  std::string condition(int depth) {
    switch (below(bash_ ? 10 : 8)) {
      case 0: return "true";
      case 1: return "false";
      case 2: return join({"[ \"", parameter(1), "\" ", pick({"=", "!="}), " \"", parameter(1), "\" ]"});
      case 3:
        return join({"[ ", pick({"$d", "3", "\"$#\"", "${#a}"}), " ", pick({"-eq", "-lt", "-ge", "-ne"}), " ",
                     pick({"1", "5", "3"}), " ]"});
      case 4: return pick({"[ -n \"$c\" ]", "[ -z \"$c\" ]", "[ \"$e\" ]", "[ -f no-file ]", "[ -d / ]"});
      case 5: return depth > 2 ? "! true" : join({condition(depth + 1), pick({" && ", " || "}), condition(depth + 1)});
      case 6: {  // dash does not read `! !`
        const std::string plain = condition(3);
        return plain.starts_with("! ") ? plain : "! " + plain;
      }
      case 7: return depth > 2 ? "(exit 2)" : "( " + command(depth + 1) + ")";
      case 8:
        return join({"[[ ", pick({"$a", "$b", "\"$c\"", "x1"}), " ", pick({"==", "!=", "=", "=~", "<"}), " ",
                     pick({"x*", "\"$b\"", "1", "[0-9]", "x"}), " ]]"});
      default: return "((" + number(1) + "))";
    }
  }

  std::string command(int depth) {
    switch (below(depth > 2 ? 6 : 13)) {
      case 0:
      case 1: return "echo " + words(depth);
      case 2: return "printf '[%s]' " + words(depth) + "; echo";
      case 3: return join({name(), "=", word(depth)});
      case 4: return pick({"true", "false", ":", "(exit 3)", "shift", "set -- m n", "unset e", "e=$?"});
      case 5: return "echo $?";
      case 6: return join({condition(depth), pick({" && ", " || "}), command(depth + 1)});
      case 7:
        return join({"echo ", words(depth), " | ",
                     pick({"cat", "while read x y; do echo \"$y:$x\"; done", "{ read x; echo \"<$x>\"; }", "tr a-z A-Z",
                           "wc -w | tr -d ' '"})});
      case 8: return join({"{ ", command(depth + 1), "; ", command(depth + 1), "; }"});
      case 9: return join({"( ", command(depth + 1), "; ", command(depth + 1), ")"});
      case 10: return "eval " + pick({"'echo $a'", "\"echo $d\"", "'e=$((d + 1))'", "'false'", "'(exit 4)'"});
      case 11:
        return bash_ ? pick({"arr=(1 \"$b\" $b)", "arr+=(z)", "arr[3]=t", "read e f <<< \"$b\"", "((d++))",
                             "((d -= 2))", "let d=d+1"})
                     : "d=$((d + 1))";
      default:
        return join({"cat <<END\n", pick({"", "t "}),
                     pick({"$a", "${e-none}", "${e=new}", "$(echo $b)", "$((d * 2))", "\\$a", "'$c'"}), "\nEND\n"});
    }
  }

  // Of a loop. A variable could grow by its own length in each round, beyond what any shell has memory for.
  std::string loopBody(int depth) { return "  t=$a$b$c$d${e-}; [ ${#t} -lt 300 ] || break\n" + body(depth); }

  std::string body(int depth) {
    std::string text;
    const int n = 1 + below(3);
    for (int i = 0; i < n; ++i) text += "  " + statement(depth + 1) + "\n";
    return text;
  }

  std::string statement(int depth) {
    if (depth > 2) return command(depth);
    const std::string counter = "i" + std::to_string(loops_);
    switch (below(14)) {
      case 0:
        return join({"if ", condition(0), "; then\n", body(depth), chance(50) ? "else\n" + body(depth) : "", "fi"});
      case 1: ++loops_; return join({"for ", counter, " in ", words(1), "; do\n", loopBody(depth), leave(), "done"});
      case 2:
        ++loops_;
        return join({counter, "=0; while [ $", counter, " -lt ", std::to_string(1 + below(3)), " ]; do ", counter,
                     "=$((", counter, " + 1))\n", loopBody(depth), leave(), "done"});
      case 3:
        ++loops_;
        return counter + "=0; until [ $" + counter + " -ge 2 ]; do " + counter + "=$((" + counter + " + 1))\n" +
               loopBody(depth) + "done";
      case 4: {
        // bash 5.2 leaves a DEL in the word where "${a/x}", "${a:1}" or "${a^}" is empty and something is not quoted.
        in_case_ = true;
        const std::string subject = word(1);
        in_case_ = false;
        return join({"case ", subject, " in\n", pick({"x*", "1", "''", "\"$a\""}), ") ", command(1), "\n;;\n",
                     pick({"[0-9]", "?", "$b", "*"}), ") ", command(1), "\n;;\nesac"});
      }
      case 5: {
        const std::string f = "f" + std::to_string(calls_++);
        return join({f, "() {\n", pick({"", "local a=in\n", "local e\n"}), body(depth),
                     pick({"", "return\n", "return 3\n"}), "}\n", f, " ", words(1),
                     pick({"", " || echo failed", " && echo fine"})});
      }
      case 6: return join({condition(0), chance(50) ? " && " : " || ", command(1)});
      default: return command(depth);
    }
  }

  std::string leave() {
    return pick({"", "", "  [ \"$d\" -gt 3 ] && break\n", "  [ \"$d\" -gt 3 ] || continue\n  echo kept\n",
                 "  continue\n", "  break\n"});
  }

  kernel::Stream stream_;
  bool bash_;
  bool in_case_ = false;  // the word of a case is drawn
  int loops_ = 0;
  int calls_ = 0;
};

std::vector<std::string> sections(const std::string& out) {
  std::vector<std::string> list;
  std::size_t at = 0;
  for (std::size_t mark; (mark = out.find("\n@@ ", at)) != std::string::npos; at = out.find('\n', mark + 1)) {
    list.push_back(out.substr(at, out.find('\n', mark + 1) - at));
  }
  list.push_back(out.substr(at));
  return list;
}

std::uint64_t firstSeed() {
  const char* given = std::getenv("TWIN_SCRIPT_SEED");
  return given == nullptr ? kSeed : std::strtoull(given, nullptr, 10);
}

void compare(const std::string& shell, bool bash) {
  const std::uint64_t first = firstSeed();
  fmt::print("seeds {} to {}\n", first, first + kBatches - 1);
  Machine machine;
  int different = 0;
  for (int batch = 0; batch < kBatches && different < 10; ++batch) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(batch);
    Author author(seed, bash);
    std::vector<std::string> scripts;
    std::string text;
    for (int i = 0; i < kScriptsInBatch; ++i) {
      scripts.push_back(author.script());
      text += "(\n" + scripts.back() + ") 2>/dev/null\ns=$?; echo; echo \"@@ $s\"\n";
    }
    const Place place = machine.freshPlace();
    const std::vector<std::string> ours = sections(interpret({shell, "-c", text, shell}, place).out);
    const std::vector<std::string> theirs = sections(machine.run({shell, "-c", text, shell}, place).out);
    for (std::size_t i = 0; i < scripts.size() && different < 10; ++i) {
      const std::string got = i < ours.size() ? ours[i] : "(nothing)";
      const std::string want = i < theirs.size() ? theirs[i] : "(nothing)";
      if (got == want) continue;
      ++different;
      ADD_FAILURE() << fmt::format("seed {}, script {}\n{}\n=== interpreter{}\n=== {}{}", seed, i, scripts[i], got,
                                   shell, want);
    }
  }
}

TEST(Generated, LikeBash) { compare("bash", true); }

TEST(Generated, LikeDash) { compare("dash", false); }

}  // namespace
}  // namespace jobset_twin::workload::testing
