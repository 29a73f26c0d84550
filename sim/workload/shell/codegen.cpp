// codegen.cpp - translates the tree of a script to instructions. See code.hpp for what each expects on the stacks.
#include <algorithm>
#include <map>

#include "sim/workload/shell/code.hpp"

namespace jobset_twin::workload::shell {
namespace {

class Generator {
 public:
  Generator(Code& code, Dialect dialect) : code_(code), dialect_(dialect) {}

  void unit(const Node& node) {
    emit(Op::kUnit);
    command(node);
  }

  int emit(Op op, int a = 0, int b = 0, int c = 0) {
    code_.instructions.push_back({op, static_cast<std::uint8_t>(c), a, b, line_});
    return static_cast<int>(code_.instructions.size()) - 1;
  }
  int here() const { return static_cast<int>(code_.instructions.size()); }
  void setLine(int line) { line_ = line; }

 private:
  void patchA(int at) { code_.instructions[static_cast<std::size_t>(at)].a = here(); }
  void patchB(int at) { code_.instructions[static_cast<std::size_t>(at)].b = here(); }

  int string(std::string_view text) {
    const auto [found, added] = interned_.try_emplace(std::string(text), static_cast<int>(code_.strings.size()));
    if (added) code_.strings.emplace_back(text);
    return found->second;
  }

  // words

  void literal(std::string_view text, char mark) {
    if (text.empty()) {
      if (mark == kMarkQuoted) emit(Op::kEmpty);
      return;
    }
    emit(Op::kLiteral, string(text), 0, mark);
  }

  static bool isAllArguments(const Part& part) {
    return part.kind == PartKind::kParam && (part.param->name == "@" || part.param->index == Index::kAt) &&
           part.param->op != ParamOp::kLength;
  }

  // The command of a list that is nothing but `<file`.
  static const Node* onlyReads(const Node& list) {
    if (list.kind != NodeKind::kList || list.children.size() != 1) return nullptr;
    const Node& node = *list.children[0];
    const bool reads = node.kind == NodeKind::kSimple && node.words.empty() && node.assignments.empty() &&
                       node.redirects.size() == 1 && node.redirects[0].op == RedirectOp::kRead &&
                       node.redirects[0].fd == 0;
    return reads ? &node : nullptr;
  }

  void parts(const std::vector<Part>& list, bool quoted, char text_mark) {
    for (const auto& part : list) {
      switch (part.kind) {
        case PartKind::kText: literal(part.text, quoted ? kMarkQuoted : text_mark); break;
        case PartKind::kQuoted: literal(part.text, kMarkQuoted); break;
        case PartKind::kDouble:
          if (!std::any_of(part.parts.begin(), part.parts.end(), isAllArguments)) emit(Op::kEmpty);
          parts(part.parts, true, kMarkQuoted);
          break;
        case PartKind::kParam: param(*part.param, quoted); break;
        case PartKind::kCommand: {
          const int at = emit(Op::kCommand, 0, 0, quoted ? 1 : 0);
          if (const Node* file = onlyReads(*part.body); file != nullptr && dialect_ == Dialect::kBash) {
            Node cat = *file;  // $(<file)
            cat.words.resize(1);
            cat.words[0].source = "cat";
            cat.words[0].parts.resize(1);
            cat.words[0].parts[0].text = "cat";
            command(cat);
          } else {
            command(*part.body);
          }
          emit(Op::kTaskEnd);
          patchA(at);
          break;
        }
        case PartKind::kArith:
          emit(Op::kWord);
          parts(part.parts, true, kMarkQuoted);
          emit(Op::kString);
          emit(Op::kArith, 0, 0, quoted ? 1 : 0);
          break;
      }
    }
  }

  void param(const Param& param, bool quoted) {
    const bool all = param.index == Index::kAt || param.index == Index::kStar;
    ParamSpec spec{param.name, param.op, param.colon, param.indirect, param.has_second, param.index};
    if (param.index == Index::kWord) {
      begin(param.subscript, true);
      emit(Op::kString);
    }
    (void)all;
    code_.params.push_back(spec);
    const int index = static_cast<int>(code_.params.size()) - 1;
    const int q = quoted ? 1 : 0;
    switch (param.op) {
      case ParamOp::kPlain:
      case ParamOp::kLength:
      case ParamOp::kKeys: emit(Op::kParam, index, 0, q); return;
      case ParamOp::kDefault:
      case ParamOp::kAlternate: {
        const int test = emit(Op::kParamTest, index, 0, q);
        parts(param.word.parts, quoted, kMarkExpanded);
        patchB(test);
        return;
      }
      case ParamOp::kAssign:
      case ParamOp::kError: {
        const int test = emit(Op::kParamTest, index, 0, q);
        begin(param.word, quoted);
        emit(Op::kString);
        emit(param.op == ParamOp::kAssign ? Op::kParamAssign : Op::kParamError, index, 0, q);
        patchB(test);
        return;
      }
      case ParamOp::kSubstring:
        begin(param.word, true);
        emit(Op::kString);
        break;
      default: begin(param.word, false); emit(Op::kPattern);
    }
    if (param.has_second) {
      begin(param.second, param.op == ParamOp::kSubstring);
      emit(param.op == ParamOp::kSubstring ? Op::kString : Op::kPattern);  // an unquoted & stands for the match
    }
    emit(Op::kParam, index, 0, q);
  }

  // Pushes the word and leaves it unfinished.
  void begin(const Word& word, bool quoted = false) {
    emit(Op::kWord);
    if (!quoted && !word.parts.empty() && word.parts[0].kind == PartKind::kText && word.parts[0].text[0] == '~' &&
        (word.parts[0].text.size() == 1 ? word.parts.size() == 1 : word.parts[0].text[1] == '/')) {
      code_.params.push_back({"HOME", ParamOp::kPlain, false, false, false, Index::kNone});
      emit(Op::kParam, static_cast<int>(code_.params.size()) - 1, 0, 1);
      auto rest = word.parts;
      rest[0].text.erase(0, 1);
      parts(rest, quoted, kMarkLiteral);
      return;
    }
    parts(word.parts, quoted, kMarkLiteral);
  }

  void fields(const Word& word) {
    if (dialect_ != Dialect::kBash) {
      begin(word);
      emit(Op::kField);
      return;
    }
    bool too_many = false;
    const std::vector<Word> words = expandBraces(word, too_many);
    if (too_many) code_.unsupported.push_back({word.line, word.column, "braces that make more than 100,000 words"});
    for (const auto& expanded : words) {
      begin(expanded);
      emit(Op::kField);
    }
  }

  // commands

  void assignment(const Assignment& assignment, Op op) {
    AssignSpec spec{assignment.name, assignment.append, assignment.indexed, assignment.source};
    if (assignment.indexed) {
      begin(assignment.subscript, true);
      emit(Op::kString);
    }
    if (assignment.array) {
      emit(Op::kArgs);
      for (const auto& element : assignment.elements) fields(element);
      op = Op::kAssignArray;
    } else {
      begin(assignment.value);
      emit(Op::kString);
    }
    code_.assigns.push_back(std::move(spec));
    emit(op, static_cast<int>(code_.assigns.size()) - 1);
  }

  // Whether expanding the parts may assign a variable.
  static bool mayAssign(const std::vector<Part>& parts) {
    return std::any_of(parts.begin(), parts.end(), [](const Part& part) {
      if (part.kind == PartKind::kArith || mayAssign(part.parts)) return true;
      if (part.kind != PartKind::kParam) return false;
      return part.param->op == ParamOp::kAssign || part.param->index == Index::kWord ||
             part.param->op == ParamOp::kSubstring || mayAssign(part.param->word.parts);
    });
  }

  int redirects(const std::vector<Redirect>& list, int command) {
    const bool assign = std::any_of(list.begin(), list.end(), [](const Redirect& redirect) {
      return mayAssign(redirect.here ? redirect.here->parts : redirect.target.parts);
    });
    const int mark = emit(Op::kRedirMark, 0, assign ? 1 : 0, command);
    for (const auto& redirect : list) {
      if (redirect.here) emit(Op::kRedirHere);
      begin(redirect.here ? *redirect.here : redirect.target);
      emit(Op::kString);
      code_.redirects.push_back({redirect.fd, redirect.op});
      emit(Op::kRedirect, static_cast<int>(code_.redirects.size()) - 1);
    }
    return mark;
  }

  static bool isDeclaration(const Word& word) {
    return word.source == "export" || word.source == "readonly" || word.source == "local" || word.source == "declare" ||
           word.source == "typeset";
  }

  static bool looksLikeAssignment(const Word& word) {
    if (word.parts.empty() || word.parts[0].kind != PartKind::kText) return false;
    const auto equals = word.parts[0].text.find('=');
    if (equals == std::string::npos) return false;
    auto name = std::string_view(word.parts[0].text).substr(0, equals);
    if (!name.empty() && name.back() == '+') name.remove_suffix(1);
    return isName(name);
  }

  // How the node begins as a part: see Machine::beginPart.
  static int partKind(const Node& node) {
    if (node.kind == NodeKind::kSimple) return 1;
    return node.redirects.empty() ? 0 : 2;
  }

  void simple(const Node& node) {
    if (node.words.empty()) {
      emit(Op::kStatus, 0, 0, 1);  // so that a command substitution's status remains
      const auto assign = [&] {
        for (const auto& a : node.assignments) assignment(a, Op::kAssign);
      };
      if (dialect_ == Dialect::kBash) assign();
      const int mark = node.redirects.empty() ? -1 : redirects(node.redirects, 0);
      const int skip = mark < 0 ? -1 : emit(Op::kRedirSkip);
      if (dialect_ != Dialect::kBash) assign();
      if (mark >= 0) patchA(mark);
      if (skip >= 0) patchA(skip);
      emit(Op::kStatus, 0, 0, 2);
      if (!node.redirects.empty()) emit(Op::kRedirPop);
      emit(Op::kErrCheck);
      return;
    }
    emit(Op::kStatus, 0, 0, 1);
    emit(Op::kArgs);
    const bool declaration = isDeclaration(node.words[0]);
    for (const auto& word : node.words) {
      if (declaration && looksLikeAssignment(word)) {
        begin(word);
        emit(Op::kArg);
      } else {
        fields(word);
      }
    }
    for (const auto& a : node.assignments) assignment(a, Op::kPending);
    emit(Op::kTrace);
    if (!node.redirects.empty()) patchA(redirects(node.redirects, 1));
    emit(Op::kExec);
    if (!node.redirects.empty()) emit(Op::kRedirPop);
    for (const auto& a : node.declared) assignment(a, Op::kAssign);
    emit(Op::kErrCheck);
  }

  void command(const Node& node) {
    const int outer = line_;
    line_ = node.line;
    const bool compound = node.kind != NodeKind::kSimple && !node.redirects.empty();
    int skip = 0;
    if (compound) {
      patchA(redirects(node.redirects, node.kind == NodeKind::kSubshell ? 2 : 0));
      skip = emit(Op::kRedirSkip);
    }
    body(node);
    if (compound) {
      patchA(skip);
      emit(Op::kRedirPop);
    }
    line_ = outer;
  }

  void condition(const Node& node) {
    emit(Op::kIgnore, 1);
    command(node);
    emit(Op::kIgnore, -1);
  }

  void body(const Node& node) {
    switch (node.kind) {
      case NodeKind::kSimple: simple(node); break;
      case NodeKind::kPipeline: pipeline(node); break;
      case NodeKind::kAnd:
      case NodeKind::kOr: {
        condition(*node.children[0]);
        const int jump = emit(node.kind == NodeKind::kAnd ? Op::kJumpFalse : Op::kJumpTrue);
        command(*node.children[1]);
        patchA(jump);
        break;
      }
      case NodeKind::kList:
      case NodeKind::kGroup:
        for (const auto& child : node.children) command(*child);
        break;
      case NodeKind::kBackground:
      case NodeKind::kSubshell: {
        const Node& inner = *node.children[0];
        const int at = emit(node.kind == NodeKind::kSubshell ? Op::kSubshell : Op::kBackground, 0, 0, partKind(inner));
        command(inner);
        emit(Op::kTaskEnd);
        patchA(at);
        if (node.kind == NodeKind::kSubshell) emit(Op::kErrCheck);
        break;
      }
      case NodeKind::kFor: forLoop(node); break;
      case NodeKind::kForArith: forArith(node); break;
      case NodeKind::kWhile:
      case NodeKind::kUntil: whileLoop(node); break;
      case NodeKind::kIf: ifElse(node); break;
      case NodeKind::kCase: caseOf(node); break;
      case NodeKind::kFunction: {
        const int at = emit(Op::kFunction, string(node.name));
        command(*node.children[0]);
        emit(Op::kReturn);
        patchB(at);
        break;
      }
      case NodeKind::kCond:
        condExpression(*node.cond, false);
        emit(Op::kErrCheck);
        break;
      case NodeKind::kArith:
        arithmetic(node.words[0]);
        emit(Op::kErrCheck);
        break;
    }
  }

  int arithmetic(const Word& word) {
    emit(Op::kWord);
    auto list = word.parts;
    if (!list.empty() && list[0].kind == PartKind::kText) {
      list[0].text.erase(0, std::min(list[0].text.find_first_not_of(' '), list[0].text.size()));
    }
    parts(list, true, kMarkQuoted);
    emit(Op::kString);
    return emit(Op::kArithCommand);
  }

  void pipeline(const Node& node) {
    if (node.flag) emit(Op::kIgnore, 1);
    if (node.children.size() == 1) {
      command(*node.children[0]);
    } else {
      emit(Op::kPipe, static_cast<int>(node.children.size()));
      for (const auto& child : node.children) {
        const int stage = emit(Op::kPipeStage, 0, 0, partKind(*child));
        command(*child);
        emit(Op::kTaskEnd);
        patchA(stage);
      }
      emit(Op::kPipeWait);
    }
    if (node.flag) emit(Op::kIgnore, -1);
    if (node.name == "!") emit(Op::kNot);
    if (!node.flag) emit(Op::kErrCheck);
  }

  void forLoop(const Node& node) {
    if (node.flag) {
      emit(Op::kArgs);
      for (const auto& word : node.words) fields(word);
    }
    const int loop = emit(Op::kLoop);
    std::string source = "for " + node.name + " in";
    for (const auto& word : node.words) source += " " + word.source;
    if (!node.flag) source += " \"$@\"";
    emit(Op::kForItems, 0, 0, node.flag ? 0 : 1);
    patchB(loop);
    const int next = emit(Op::kForNext, string(node.name));
    if (dialect_ == Dialect::kBash) emit(Op::kTraceText, string(source));
    command(*node.children[0]);
    emit(Op::kLoopStatus);
    emit(Op::kJump, next);
    patchB(next);
    emit(Op::kLoopResult);
    patchA(loop);
    emit(Op::kLoopEnd);
  }

  void forArith(const Node& node) {
    const int first = node.words[0].parts.empty() ? -1 : arithmetic(node.words[0]);
    const int loop = emit(Op::kLoop);
    const int test = here();
    std::vector<int> wrong;  // what leaves the loop with status 1
    int leave = -1;
    if (!node.words[1].parts.empty()) {
      wrong.push_back(arithmetic(node.words[1]));
      leave = emit(Op::kJumpFalse);
    }
    command(*node.children[0]);
    emit(Op::kLoopStatus);
    patchB(loop);
    if (!node.words[2].parts.empty()) wrong.push_back(arithmetic(node.words[2]));
    emit(Op::kJump, test);
    if (leave >= 0) patchA(leave);
    emit(Op::kLoopResult);
    patchA(loop);
    for (const int at : wrong) patchB(at);
    emit(Op::kLoopEnd);
    if (first >= 0) patchB(first);
  }

  void whileLoop(const Node& node) {
    const int loop = emit(Op::kLoop);
    const int test = here();
    patchB(loop);
    condition(*node.children[0]);
    const int leave = emit(node.kind == NodeKind::kWhile ? Op::kJumpFalse : Op::kJumpTrue);
    command(*node.children[1]);
    emit(Op::kLoopStatus);
    emit(Op::kJump, test);
    patchA(leave);
    emit(Op::kLoopResult);
    patchA(loop);
    emit(Op::kLoopEnd);
  }

  void ifElse(const Node& node) {
    std::vector<int> ends;
    std::size_t i = 0;
    for (; i + 1 < node.children.size(); i += 2) {
      condition(*node.children[i]);
      const int otherwise = emit(Op::kJumpFalse);
      command(*node.children[i + 1]);
      ends.push_back(emit(Op::kJump));
      patchA(otherwise);
    }
    if (i < node.children.size()) {
      command(*node.children[i]);
    } else {
      emit(Op::kStatus, 0);
    }
    for (const int end : ends) patchA(end);
  }

  void caseOf(const Node& node) {
    begin(node.words[0]);
    emit(Op::kString);
    if (dialect_ == Dialect::kBash) emit(Op::kTraceText, string("case " + node.words[0].source + " in"));
    std::vector<int> ends;
    int fall = -1;  // a jump from the body before, for ;&
    for (const auto& item : node.cases) {
      std::vector<int> matches;
      for (const auto& pattern : item.patterns) {
        begin(pattern);
        emit(Op::kPattern);
        matches.push_back(emit(Op::kCaseMatch));
      }
      const int next = emit(Op::kJump);
      for (const int match : matches) patchA(match);
      if (fall >= 0) patchA(fall);
      fall = -1;
      if (item.body->children.empty()) {
        emit(Op::kStatus, 0);
      } else {
        command(*item.body);
      }
      if (item.terminator == 0) ends.push_back(emit(Op::kJump));
      if (item.terminator == 1) fall = emit(Op::kJump);
      if (item.terminator == 2) {
        // Goes on testing; what follows sets the status only if it matches.
        patchA(next);
        continue;
      }
      patchA(next);
    }
    const int last = emit(Op::kJump);
    if (fall >= 0) {
      patchA(fall);
      fall = -1;
    }
    ends.push_back(emit(Op::kJump));
    patchA(last);
    const bool tests_on = !node.cases.empty() && node.cases.back().terminator == 2;
    if (!tests_on) emit(Op::kStatus, 0);
    for (const int end : ends) patchA(end);
    emit(Op::kCaseEnd);
  }

  void condExpression(const Cond& cond, bool negated) {
    switch (cond.kind) {
      case CondKind::kNot:
        condExpression(*cond.a, true);
        emit(Op::kNot, 0, 0, 1);
        break;
      case CondKind::kAnd:
      case CondKind::kOr: {
        condExpression(*cond.a, false);
        const int jump = emit(cond.kind == CondKind::kAnd ? Op::kJumpFalse : Op::kJumpTrue);
        condExpression(*cond.b, false);
        patchA(jump);
        break;
      }
      case CondKind::kUnary:
        begin(cond.left);
        emit(Op::kString);
        emit(Op::kCondUnary, string(cond.op), 0, negated ? 1 : 0);
        break;
      case CondKind::kBinary:
        begin(cond.left);
        emit(Op::kString);
        begin(cond.right);
        if (cond.op == "=~") {
          emit(Op::kRegex);
        } else if (cond.op == "=" || cond.op == "==" || cond.op == "!=") {
          emit(Op::kPattern);
        } else {
          emit(Op::kString);
        }
        emit(Op::kCondBinary, string(cond.op), 0, negated ? 1 : 0);
        break;
    }
  }

  Code& code_;
  std::map<std::string, int, std::less<>> interned_;
  Dialect dialect_;
  int line_ = 1;
};

}  // namespace

std::shared_ptr<const Code> generate(const Parsed& parsed, std::string_view text, Dialect dialect, int first_line) {
  auto code = std::make_shared<Code>();
  code->text = text;
  code->dialect = dialect;
  code->first_line = first_line;
  code->failed = parsed.failed;
  code->error = parsed.error;
  code->unreadable = parsed.unreadable;
  code->unsupported = parsed.unsupported;
  Generator generator(*code, dialect);
  generator.setLine(first_line);
  // dash and busybox read a line, run it, read the next, and so does bash: what precedes an error has run.
  for (const auto& unit : parsed.units) generator.unit(*unit);
  generator.emit(Op::kReturn);
  return code;
}

std::shared_ptr<const Code> compileScript(std::string_view text, Dialect dialect, int first_line) {
  return generate(parseScript(text, dialect, first_line), text, dialect, first_line);
}

}  // namespace jobset_twin::workload::shell
