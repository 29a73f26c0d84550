#include "sim/workload/shell/scanner.hpp"

#include <algorithm>

namespace jobset_twin::workload::shell {
namespace {

constexpr std::string_view kSpecialParams = "@*#?-$!";

bool isMeta(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' || c == '>' || c == '(' ||
         c == ')';
}

void addText(std::vector<Part>& parts, PartKind kind, std::string_view text) {
  if (!parts.empty() && parts.back().kind == kind && kind == PartKind::kText) {
    parts.back().text += text;
    return;
  }
  Part part;
  part.kind = kind;
  part.text = text;
  parts.push_back(std::move(part));
}

void appendUtf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | ((code >> 18) & 0x07));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string decodeAnsi(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    const auto hex = [&](std::size_t most) {
      std::uint32_t value = 0;
      std::size_t n = 0;
      while (n < most && i + 1 < text.size() && hexDigit(text[i + 1]) >= 0) {
        value = value * 16 + static_cast<std::uint32_t>(hexDigit(text[++i]));
        ++n;
      }
      return value;
    };
    switch (c) {
      case 'a': out += '\a'; break;
      case 'b': out += '\b'; break;
      case 'e':
      case 'E': out += '\033'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'v': out += '\v'; break;
      case '\\': out += '\\'; break;
      case '\'': out += '\''; break;
      case '"': out += '"'; break;
      case '?': out += '?'; break;
      case 'x': out += static_cast<char>(hex(2)); break;
      case 'u': appendUtf8(out, hex(4)); break;
      case 'U': appendUtf8(out, hex(8)); break;
      case 'c':
        if (i + 1 < text.size()) out += static_cast<char>(text[++i] & 0x1F);
        break;
      default:
        if (c >= '0' && c <= '7') {
          int value = c - '0';
          for (int n = 0; n < 2 && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7'; ++n) {
            value = value * 8 + (text[++i] - '0');
          }
          out += static_cast<char>(value);
        } else {
          out += '\\';
          out += c;
        }
    }
  }
  return out.substr(0, out.find('\0'));
}

bool isName(std::string_view text) {
  if (text.empty() || !isNameStart(text[0])) return false;
  return std::all_of(text.begin(), text.end(), isNameChar);
}

Scanner::Scanner(std::string_view text, Dialect dialect, int first_line)
    : text_(text), dialect_(dialect), first_line_(first_line) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

int Scanner::lineAt(std::size_t at) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
  return static_cast<int>(next - line_starts_.begin()) - 1 + first_line_;
}

int Scanner::columnAt(std::size_t at) const {
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), at);
  return static_cast<int>(at - *(next - 1)) + 1;
}

void Scanner::unsupported(std::size_t at, std::string text) {
  unsupported_.push_back({lineAt(at), columnAt(at), std::move(text)});
}

void Scanner::skipBlanks() {
  for (;;) {
    if (peek() == ' ' || peek() == '\t') {
      ++pos_;
    } else if (peek() == '\\' && peek(1) == '\n') {
      pos_ += 2;
    } else if (peek() == '#') {
      while (!atEnd() && peek() != '\n') ++pos_;
    } else {
      return;
    }
  }
}

void Scanner::takeNewline() {
  ++pos_;
  if (!pending_.empty()) readHereDocuments();
}

void Scanner::readHereDocuments() {
  const auto pending = std::move(pending_);
  pending_.clear();
  for (const auto& here : pending) {
    std::string body;
    bool closed = false;
    while (!atEnd()) {
      std::string line;
      // In an unquoted body a backslash at the end joins lines, before the delimiter is looked for.
      for (;;) {
        const auto end = std::min(text_.find('\n', pos_), text_.size());
        line += text_.substr(pos_, end - pos_);
        pos_ = std::min(end + 1, text_.size());
        const auto backslashes = line.size() - (line.find_last_not_of('\\') + 1);
        if (here.quoted || backslashes % 2 == 0 || atEnd()) break;
        line.pop_back();
      }
      if (here.strip) line.erase(0, std::min(line.find_first_not_of('\t'), line.size()));
      if (line == here.delimiter) {
        closed = true;
        break;
      }
      body += line + '\n';
    }
    if (!closed && bash()) unsupported(here.at, "here-document without its closing " + here.delimiter);
    if (here.quoted) {
      addText(here.body->parts, PartKind::kQuoted, body);
      continue;
    }
    // The body is read like the inside of double quotes in which `"` is an ordinary character.
    const auto saved_text = text_;
    const auto saved_pos = pos_;
    text_ = body;
    pos_ = 0;
    try {
      here.body->parts = readParts("", true, false);
    } catch (const SyntaxError& error) {
      text_ = saved_text;
      pos_ = saved_pos;
      throw SyntaxError{here.at, error.text + " in the here-document", error.unsupported};
    }
    text_ = saved_text;
    pos_ = saved_pos;
  }
}

bool Scanner::atWord() const {
  const char c = peek();
  return !atEnd() && !isMeta(c) && !(c == '\\' && peek(1) == '\n');
}

Word Scanner::finish(std::vector<Part> parts, std::size_t begin) {
  Word word;
  word.parts = std::move(parts);
  word.source = text_.substr(begin, pos_ - begin);
  word.line = lineAt(begin);
  word.column = columnAt(begin);
  return word;
}

Word Scanner::readWord(bool regex) {
  const Depth guard(*this);
  const auto begin = pos_;
  std::vector<Part> parts;
  int parens = 0;
  while (!atEnd()) {
    const char c = peek();
    if (regex) {
      if (c == '(') ++parens;
      if (c == ')' && parens-- == 0) break;
      if (parens == 0 && (c == ' ' || c == '\t' || c == '\n')) break;
      if (c == '(' || c == ')' || c == '|' || c == '<' || c == '>' || c == '&' || c == ';' || c == ' ') {
        addText(parts, PartKind::kText, std::string_view(&text_[pos_], 1));
        ++pos_;
        continue;
      }
    } else if (isMeta(c)) {
      if (c == '(' && bash() && !parts.empty() && parts.back().kind == PartKind::kText &&
          std::string_view("?*+@!").find(parts.back().text.back()) != std::string_view::npos) {
        failUnsupported("extended patterns such as @(a|b) are not supported");
      }
      break;
    }
    if (c == '\\') {
      if (peek(1) == '\n') {
        pos_ += 2;
      } else if (pos_ + 1 >= text_.size()) {
        addText(parts, PartKind::kQuoted, "\\");
        ++pos_;
      } else {
        addText(parts, PartKind::kQuoted, text_.substr(pos_ + 1, 1));
        pos_ += 2;
      }
    } else if (c == '\'') {
      readSingle(parts);
    } else if (c == '"') {
      readDouble(parts);
    } else if (c == '$') {
      readDollar(parts, false);
    } else if (c == '`') {
      readBacktick(parts, false);
    } else {
      addText(parts, PartKind::kText, text_.substr(pos_, 1));
      ++pos_;
    }
  }
  return finish(std::move(parts), begin);
}

std::vector<Part> Scanner::readParts(std::string_view stops, bool quoted, bool single_quotes) {
  const Depth guard(*this);
  std::vector<Part> parts;
  while (!atEnd()) {
    const char c = peek();
    if (stops.find(c) != std::string_view::npos) return parts;
    if (c == '\\') {
      const char next = peek(1);
      if (next == '\n') {
        pos_ += 2;
        continue;
      }
      const bool special = next == '$' || next == '`' || next == '\\' || (next == '"' && !stops.empty()) ||
                           (next == '}' && stops.find('}') != std::string_view::npos);
      if (next != '\0' && (!quoted || special)) {
        addText(parts, PartKind::kQuoted, text_.substr(pos_ + 1, 1));
        pos_ += 2;
      } else {
        addText(parts, quoted && !single_quotes ? PartKind::kText : PartKind::kQuoted, "\\");
        ++pos_;
      }
    } else if (c == '\'' && single_quotes) {
      readSingle(parts);
    } else if (c == '"' && !stops.empty()) {
      readDouble(parts);
    } else if (c == '$') {
      readDollar(parts, quoted);
    } else if (c == '`') {
      readBacktick(parts, quoted);
    } else {
      addText(parts, PartKind::kText, text_.substr(pos_, 1));
      ++pos_;
    }
  }
  if (!stops.empty()) fail(std::string("missing `") + stops.back() + "'");
  return parts;
}

void Scanner::readSingle(std::vector<Part>& parts) {
  const auto end = text_.find('\'', pos_ + 1);
  if (end == std::string_view::npos) fail("unterminated single quote");
  addText(parts, PartKind::kQuoted, text_.substr(pos_ + 1, end - pos_ - 1));
  pos_ = end + 1;
}

void Scanner::readDouble(std::vector<Part>& parts) {
  const Depth guard(*this);
  const auto begin = pos_++;
  Part part;
  part.kind = PartKind::kDouble;
  for (;;) {
    if (atEnd()) failAt(begin, "unterminated double quote");
    const char c = peek();
    if (c == '"') break;
    if (c == '\\') {
      const char next = peek(1);
      if (next == '\n') {
        pos_ += 2;
      } else if (next == '$' || next == '`' || next == '"' || next == '\\') {
        addText(part.parts, PartKind::kText, text_.substr(pos_ + 1, 1));
        pos_ += 2;
      } else {
        addText(part.parts, PartKind::kText, "\\");
        ++pos_;
      }
    } else if (c == '$') {
      readDollar(part.parts, true);
    } else if (c == '`') {
      readBacktick(part.parts, true);
    } else {
      addText(part.parts, PartKind::kText, text_.substr(pos_, 1));
      ++pos_;
    }
  }
  ++pos_;
  parts.push_back(std::move(part));
}

std::string Scanner::takeName() {
  const auto begin = pos_;
  while (isNameChar(peek())) ++pos_;
  return std::string(text_.substr(begin, pos_ - begin));
}

void Scanner::readAnsi(std::vector<Part>& parts) {
  const auto begin = pos_;
  pos_ += 2;
  const auto from = pos_;
  while (!atEnd() && peek() != '\'') pos_ += peek() == '\\' ? 2U : 1U;
  if (atEnd() || pos_ >= text_.size()) failAt(begin, "unterminated single quote");
  addText(parts, PartKind::kQuoted, decodeAnsi(text_.substr(from, pos_ - from)));
  ++pos_;
}

void Scanner::readDollar(std::vector<Part>& parts, bool quoted) {
  const Depth guard(*this);
  const auto begin = pos_;
  const char c = peek(1);
  if (c == '\'' && !quoted && extended()) return readAnsi(parts);
  if (c == '"' && !quoted && bash()) {
    ++pos_;
    return readDouble(parts);
  }
  if (c == '{') return readBraced(parts, quoted);
  if (c == '(') {
    Part part;
    if (peek(2) == '(') {
      pos_ += 3;
      if (readArithmetic(part.parts)) {
        part.kind = PartKind::kArith;
        part.text = text_.substr(begin, pos_ - begin);
        parts.push_back(std::move(part));
        return;
      }
      if (!bash()) failAt(begin, "missing `))'");  // never a subshell in a substitution
    }
    pos_ = begin + 2;
    part.kind = PartKind::kCommand;
    const auto outer = std::move(pending_);
    pending_.clear();
    part.body = readCommandsUntilParenthesis();
    pending_ = outer;
    parts.push_back(std::move(part));
    return;
  }
  if (!isNameChar(c) && kSpecialParams.find(c) == std::string_view::npos) {
    addText(parts, PartKind::kText, "$");
    ++pos_;
    return;
  }
  ++pos_;
  Part part;
  part.kind = PartKind::kParam;
  part.param = std::make_shared<Param>();
  if (isNameStart(c)) {
    part.param->name = takeName();
    part.param->bare = true;
  } else {
    part.param->name = std::string(1, c);
    ++pos_;
  }
  parts.push_back(std::move(part));
}

bool Scanner::readArithmetic(std::vector<Part>& parts) {
  const auto begin = pos_;
  int parens = 0;
  try {
    while (!atEnd()) {
      const char c = peek();
      if (c == ')' && parens == 0) {
        if (peek(1) != ')') break;
        pos_ += 2;
        return true;
      }
      if (c == '(') ++parens;
      if (c == ')') --parens;
      if (c == '$') {
        readDollar(parts, true);
      } else if (c == '`') {
        readBacktick(parts, true);
      } else if (c == '"') {
        ++pos_;
      } else if (c == '\\' && peek(1) == '\n') {
        pos_ += 2;
      } else {
        addText(parts, PartKind::kText, text_.substr(pos_, 1));
        ++pos_;
      }
    }
  } catch (const SyntaxError&) {
    // Not arithmetic: a subshell at the start of a command substitution, read again as such.
  }
  pos_ = begin;
  parts.clear();
  return false;
}

void Scanner::readBacktick(std::vector<Part>& parts, bool quoted) {
  const auto begin = pos_++;
  std::string inner;
  while (!atEnd() && peek() != '`') {
    if (peek() == '\\' && (peek(1) == '`' || peek(1) == '\\' || peek(1) == '$' || (quoted && peek(1) == '"'))) ++pos_;
    if (!atEnd()) inner += text_[pos_++];
  }
  if (atEnd()) failAt(begin, "unterminated backquote");
  ++pos_;
  Part part;
  part.kind = PartKind::kCommand;
  part.body = parseEmbedded(inner, begin);
  parts.push_back(std::move(part));
}

void Scanner::readBraced(std::vector<Part>& parts, bool quoted) {
  const auto begin = pos_;
  pos_ += 2;
  Part part;
  part.kind = PartKind::kParam;
  part.param = std::make_shared<Param>();
  Param& param = *part.param;
  const auto isParam = [&](std::size_t ahead) {
    return isNameChar(peek(ahead)) ||
           (kSpecialParams.find(peek(ahead)) != std::string_view::npos && peek(ahead) != '\0');
  };
  if (peek() == '#' && isParam(1) && !(peek(1) == '#' && peek(2) != '}') && !(peek(1) == '-' && peek(2) != '}') &&
      !(peek(1) == '?' && peek(2) != '}')) {
    param.op = ParamOp::kLength;
    ++pos_;
  } else if (peek() == '!' && isNameStart(peek(1))) {
    if (!bash()) failAt(begin, "bad substitution");
    param.indirect = true;
    ++pos_;
  }
  if (isNameStart(peek())) {
    param.name = takeName();
  } else if (isDigit(peek())) {
    while (isDigit(peek())) param.name += text_[pos_++];
  } else if (isParam(0)) {
    param.name = std::string(1, text_[pos_++]);
  } else {
    failAt(begin, "bad substitution");
  }
  if (peek() == '[' && isName(param.name)) {
    if (!bash()) failAt(begin, "bad substitution");
    ++pos_;
    if ((peek() == '@' || peek() == '*') && peek(1) == ']') {
      param.index = peek() == '@' ? Index::kAt : Index::kStar;
      ++pos_;
    } else {
      const auto at = pos_;
      param.index = Index::kWord;
      param.subscript = finish(readParts("]", true, false), at);
    }
    ++pos_;
  }
  if (param.indirect && param.index != Index::kNone) {
    if (param.index == Index::kWord) unsupported(begin, "indirect expansion of an array element");
    param.indirect = false;
    param.op = ParamOp::kKeys;
  }
  if (param.indirect && (peek() == '*' || peek() == '@') && peek(1) == '}') {
    unsupported(begin, "${!prefix*} lists variables by prefix");
    ++pos_;
  }
  if (peek() != '}') {
    if (param.op != ParamOp::kPlain) failAt(begin, "bad substitution");
    readParamOperator(param, quoted);
  }
  if (peek() != '}') failAt(begin, "missing `}'");
  ++pos_;
  parts.push_back(std::move(part));
}

void Scanner::readParamOperator(Param& param, bool quoted) {
  const auto begin = pos_;
  const auto wordUntil = [&](std::string_view stops, bool pattern) {
    const auto at = pos_;
    param.word = finish(readParts(stops, quoted && !pattern, pattern || !quoted), at);
  };
  param.colon = peek() == ':' && std::string_view("-=?+").find(peek(1)) != std::string_view::npos && peek(1) != '\0';
  if (param.colon) ++pos_;
  const char c = peek();
  const bool twice = peek(1) == c;
  switch (c) {
    case '-': param.op = ParamOp::kDefault; break;
    case '=': param.op = ParamOp::kAssign; break;
    case '?': param.op = ParamOp::kError; break;
    case '+': param.op = ParamOp::kAlternate; break;
    case '%': param.op = twice ? ParamOp::kRemoveLargeSuffix : ParamOp::kRemoveSmallSuffix; break;
    case '#': param.op = twice ? ParamOp::kRemoveLargePrefix : ParamOp::kRemoveSmallPrefix; break;
    case '/':
      param.op = ParamOp::kReplaceFirst;
      if (peek(1) == '/') param.op = ParamOp::kReplaceAll;
      if (peek(1) == '#') param.op = ParamOp::kReplacePrefix;
      if (peek(1) == '%') param.op = ParamOp::kReplaceSuffix;
      break;
    case ':': param.op = ParamOp::kSubstring; break;
    case '^': param.op = twice ? ParamOp::kUpperAll : ParamOp::kUpperFirst; break;
    case ',': param.op = twice ? ParamOp::kLowerAll : ParamOp::kLowerFirst; break;
    case '@': failUnsupported("${x@…} transformations are not supported");
    default: fail("bad substitution");
  }
  const bool posix = std::string_view("-=?+%#").find(c) != std::string_view::npos;
  const bool case_change = c == '^' || c == ',';
  if ((!posix && !extended()) || (case_change && !bash())) failAt(begin, "bad substitution");
  ++pos_;
  if (c == '%' || c == '#' || case_change) {
    if (twice) ++pos_;
    wordUntil("}", true);
  } else if (c == '/') {
    if (param.op != ParamOp::kReplaceFirst) ++pos_;
    wordUntil("/}", true);
    if (peek() == '/') {
      ++pos_;
      const auto at = pos_;
      param.has_second = true;
      param.second = finish(readParts("}", false, true), at);
    }
  } else if (c == ':') {
    const auto at = pos_;
    param.word = finish(readParts(":}", true, false), at);
    if (peek() == ':') {
      ++pos_;
      const auto second_at = pos_;
      param.has_second = true;
      param.second = finish(readParts("}", true, false), second_at);
    }
  } else {
    wordUntil("}", false);
  }
}

}  // namespace jobset_twin::workload::shell
