#include "sim/workload/shell/format.hpp"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

#include "sim/workload/shell/quote.hpp"
#include "sim/workload/shell/scanner.hpp"

namespace jobset_twin::workload::shell {
namespace {

// Escapes in a printf format (\NNN) or, with `echo`, in echo -e and %b (\0NNN).
std::string escapes(std::string_view text, bool echo, bool& stop) {
  std::string out;
  for (std::size_t i = 0; i < text.size() && !stop; ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out += text[i];
      continue;
    }
    const char c = text[++i];
    const auto octal = [&](std::size_t most) {
      int value = 0;
      for (std::size_t n = 0; n < most && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '7'; ++n) {
        value = value * 8 + (text[++i] - '0');
      }
      return static_cast<char>(value);
    };
    switch (c) {
      case 'a': out += '\a'; break;
      case 'b': out += '\b'; break;
      case 'c':
        if (echo) {
          stop = true;
        } else {
          out += "\\c";
        }
        break;
      case 'e': out += '\033'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'v': out += '\v'; break;
      case '\\': out += '\\'; break;
      case '"': out += echo ? "\\\"" : "\""; break;
      case 'x': {
        int value = 0;
        int n = 0;
        const auto hex = [](char h) {
          return isDigit(h) ? h - '0' : h >= 'a' && h <= 'f' ? h - 'a' + 10 : h >= 'A' && h <= 'F' ? h - 'A' + 10 : -1;
        };
        while (n < 2 && i + 1 < text.size() && hex(text[i + 1]) >= 0) {
          value = value * 16 + hex(text[++i]);
          ++n;
        }
        if (n == 0) {
          out += "\\x";
        } else {
          out += static_cast<char>(value);
        }
        break;
      }
      case '0':
        if (echo) {
          out += octal(3);
        } else {
          --i;
          out += octal(3);
        }
        break;
      default:
        if (!echo && c >= '1' && c <= '7') {
          --i;
          out += octal(3);
        } else {
          out += '\\';
          out += c;
        }
    }
  }
  return out;
}

std::string pad(std::string text, int width, bool left, bool zero) {
  const auto w = static_cast<std::size_t>(std::min(std::abs(width), 100'000));
  if (text.size() >= w) return text;
  if (left || width < 0) return text + std::string(w - text.size(), ' ');
  if (!zero) return std::string(w - text.size(), ' ') + text;
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  return text.substr(0, sign) + std::string(w - text.size(), '0') + text.substr(sign);
}

struct Spec {
  bool left = false, zero = false, plus = false, space = false, alternate = false;
  int width = 0;
  int precision = -1;
};

std::string integerText(std::int64_t value, char conversion, const Spec& spec) {
  std::string digits;
  std::string sign;
  if (conversion == 'd' || conversion == 'i') {
    const std::uint64_t magnitude =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    digits = fmt::format("{}", magnitude);
    sign = value < 0 ? "-" : spec.plus ? "+" : spec.space ? " " : "";
  } else if (conversion == 'u') {
    digits = fmt::format("{}", static_cast<std::uint64_t>(value));
  } else if (conversion == 'o') {
    digits = fmt::format("{:o}", static_cast<std::uint64_t>(value));
    if (spec.alternate && digits[0] != '0') digits.insert(0, "0");
  } else {
    digits = conversion == 'x' ? fmt::format("{:x}", static_cast<std::uint64_t>(value))
                               : fmt::format("{:X}", static_cast<std::uint64_t>(value));
    if (spec.alternate && value != 0) sign = conversion == 'x' ? "0x" : "0X";
  }
  if (spec.precision >= 0) {
    if (spec.precision == 0 && value == 0) digits.clear();
    const auto least = static_cast<std::size_t>(std::min(spec.precision, 100'000));
    if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  }
  const bool zero = spec.zero && spec.precision < 0 && !spec.left;
  if (zero && sign.size() == 2) {
    const auto w = static_cast<std::size_t>(std::min(std::abs(spec.width), 100'000));
    if (digits.size() + 2 < w) digits.insert(0, w - digits.size() - 2, '0');
  }
  return pad(sign + digits, spec.width, spec.left, zero);
}

}  // namespace

std::string echoEscapes(std::string_view text, bool& stop) { return escapes(text, true, stop); }

Printed printfText(const std::string& format, const std::vector<std::string>& args, bool bash) {
  Printed out;
  std::size_t next = 0;
  const auto take = [&]() -> std::string { return next < args.size() ? args[next++] : (++next, std::string()); };
  const auto integer = [&](const std::string& text) -> std::int64_t {
    if (text.empty()) return 0;
    if (text[0] == '"' || text[0] == '\'') return text.size() > 1 ? static_cast<unsigned char>(text[1]) : 0;
    char* end = nullptr;
    const auto value = std::strtoll(text.c_str(), &end, 0);
    if (*end != '\0')
      out.errors.push_back(bash ? text + ": invalid number"
                                : text + ": " +
                                      (end == text.c_str() ? "expected numeric value" : "not completely converted"));
    return value;
  };
  do {
    const auto before = next;
    for (std::size_t i = 0; i < format.size() && !out.stop; ++i) {
      if (format[i] == '\\') {
        std::size_t end = i + 2;
        if (end > format.size()) end = format.size();
        while (end < format.size() && end < i + 4 &&
               ((format[i + 1] >= '0' && format[i + 1] <= '7' && format[end] >= '0' && format[end] <= '7') ||
                (format[i + 1] == 'x' && std::isxdigit(static_cast<unsigned char>(format[end])) != 0))) {
          ++end;
        }
        bool stop = false;
        out.text += escapes(std::string_view(format).substr(i, end - i), false, stop);
        i = end - 1;
        continue;
      }
      if (format[i] != '%') {
        out.text += format[i];
        continue;
      }
      if (i + 1 < format.size() && format[i + 1] == '%') {
        out.text += '%';
        ++i;
        continue;
      }
      Spec spec;
      std::size_t at = i + 1;
      for (; at < format.size() && std::string_view("-0+ #").find(format[at]) != std::string_view::npos; ++at) {
        spec.left |= format[at] == '-';
        spec.zero |= format[at] == '0';
        spec.plus |= format[at] == '+';
        spec.space |= format[at] == ' ';
        spec.alternate |= format[at] == '#';
      }
      const auto count = [&](int& into) {
        if (at < format.size() && format[at] == '*') {
          ++at;
          into = static_cast<int>(std::max<std::int64_t>(-100'000, std::min<std::int64_t>(100'000, integer(take()))));
          return;
        }
        while (at < format.size() && isDigit(format[at])) into = std::min(100'000, into * 10 + (format[at++] - '0'));
      };
      count(spec.width);
      if (at < format.size() && format[at] == '.') {
        ++at;
        spec.precision = 0;
        count(spec.precision);
      }
      const char conversion = at < format.size() ? format[at] : '\0';
      i = at;
      const auto cut = [&](std::string text) {
        return spec.precision >= 0 ? text.substr(0, static_cast<std::size_t>(spec.precision)) : text;
      };
      switch (conversion) {
        case 's': out.text += pad(cut(take()), spec.width, spec.left, false); break;
        case 'b': {
          const std::string text = take();
          out.text += pad(cut(escapes(text, true, out.stop)), spec.width, spec.left, false);
          break;
        }
        case 'q': out.text += pad(cut(backslashQuote(take())), spec.width, spec.left, false); break;
        case 'c': out.text += pad(take().substr(0, 1), spec.width, spec.left, false); break;
        case 'd':
        case 'i':
        case 'u':
        case 'o':
        case 'x':
        case 'X': out.text += integerText(integer(take()), conversion, spec); break;
        case 'f':
        case 'F':
        case 'e':
        case 'E':
        case 'g':
        case 'G': {
          const std::string text = take();
          char* end = nullptr;
          const double value = std::strtod(text.c_str(), &end);
          if (*end != '\0') out.errors.push_back(bash ? text + ": invalid number" : text + ": expected numeric value");
          std::string pattern = "%";
          if (spec.plus) pattern += '+';
          if (spec.space) pattern += ' ';
          if (spec.alternate) pattern += '#';
          pattern += ".*";
          pattern += conversion;
          std::array<char, 512> buffer{};
          const int precision = std::min(spec.precision < 0 ? 6 : spec.precision, 100);
          const int n = std::snprintf(buffer.data(), buffer.size(), pattern.c_str(), precision, value);
          out.text += pad(std::string(buffer.data(), static_cast<std::size_t>(std::min(n, 511))), spec.width, spec.left,
                          spec.zero);
          break;
        }
        default:
          out.errors.push_back(conversion == '\0' ? "`%': missing format character"
                                                  : std::string("`") + conversion + "': invalid format character");
          out.stop = true;
      }
      if (out.text.size() > 16'000'000) out.stop = true;
    }
    if (next == before) break;  // a format without conversions is used once
  } while (next < args.size() && !out.stop);
  return out;
}

std::optional<Duration> sleepDuration(std::string_view text) {
  if (text == "infinity" || text == "inf") return Duration::max();
  std::int64_t unit = 1'000'000'000;
  if (!text.empty() && !isDigit(text.back()) && text.back() != '.') {
    switch (text.back()) {
      case 's': break;
      case 'm': unit *= 60; break;
      case 'h': unit *= 3600; break;
      case 'd': unit *= 86400; break;
      default: return std::nullopt;
    }
    text.remove_suffix(1);
  }
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  std::int64_t whole = 0;
  std::int64_t part = 0;
  std::int64_t scale = unit;
  bool digits = false;
  bool fraction = false;
  for (const char c : text) {
    if (c == '.' && !fraction) {
      fraction = true;
      continue;
    }
    if (!isDigit(c)) return std::nullopt;
    digits = true;
    if (!fraction) {
      if (whole > 9'000'000'000LL * 1'000'000'000LL / unit / 10 - 10) return Duration::max();
      whole = whole * 10 + (c - '0');
    } else {
      scale /= 10;
      part += scale * (c - '0');
    }
  }
  if (!digits) return std::nullopt;
  return Duration(whole * unit + part);
}

std::string dateText(std::string_view format, TimePoint at) {
  static constexpr std::array kDays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  static constexpr std::array kMonths = {"January", "February", "March",     "April",   "May",      "June",
                                         "July",    "August",   "September", "October", "November", "December"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  const auto weekday = std::chrono::weekday(day).c_encoding();
  const auto month = static_cast<unsigned>(date.month());
  const auto year = static_cast<int>(date.year());
  const auto h = clock.hours().count();
  const auto nanos = clock.subseconds().count();
  const auto day_of_year = (day - std::chrono::sys_days(date.year() / std::chrono::January / 1)).count() + 1;
  std::string out;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 >= format.size()) {
      out += format[i];
      continue;
    }
    char c = format[++i];
    int digits = 9;
    if (isDigit(c) && i + 1 < format.size() && format[i + 1] == 'N') {
      digits = c - '0';
      c = format[++i];
    }
    bool unpadded = false;
    if (c == '-' && i + 1 < format.size()) {
      unpadded = true;
      c = format[++i];
    }
    const auto two = [&](auto v) { out += unpadded ? fmt::format("{}", v) : fmt::format("{:02}", v); };
    const auto ns = fmt::format("{:09}", nanos);
    switch (c) {
      case 's': out += std::to_string(seconds); break;
      case 'N': out += ns.substr(0, static_cast<std::size_t>(digits == 0 ? 9 : digits)); break;
      case 'Y': out += fmt::format("{:04}", year); break;
      case 'y': two(year % 100); break;
      case 'C': two(year / 100); break;
      case 'm': two(month); break;
      case 'd': two(static_cast<unsigned>(date.day())); break;
      case 'e': out += fmt::format("{:2}", static_cast<unsigned>(date.day())); break;
      case 'H': two(h); break;
      case 'k': out += fmt::format("{:2}", h); break;
      case 'I': two(h % 12 == 0 ? 12 : h % 12); break;
      case 'l': out += fmt::format("{:2}", h % 12 == 0 ? 12 : h % 12); break;
      case 'M': two(clock.minutes().count()); break;
      case 'S': two(clock.seconds().count()); break;
      case 'p': out += h < 12 ? "AM" : "PM"; break;
      case 'P': out += h < 12 ? "am" : "pm"; break;
      case 'j': out += fmt::format("{:03}", day_of_year); break;
      case 'u': out += std::to_string(weekday == 0 ? 7 : weekday); break;
      case 'w': out += std::to_string(weekday); break;
      case 'a': out += std::string(kDays[weekday]).substr(0, 3); break;
      case 'A': out += kDays[weekday]; break;
      case 'b':
      case 'h': out += std::string(kMonths[month - 1]).substr(0, 3); break;
      case 'B': out += kMonths[month - 1]; break;
      case 'F': out += dateText("%Y-%m-%d", at); break;
      case 'T':
      case 'X': out += dateText("%H:%M:%S", at); break;
      case 'R': out += dateText("%H:%M", at); break;
      case 'D':
      case 'x': out += dateText("%m/%d/%y", at); break;
      case 'c': out += dateText("%a %b %e %H:%M:%S %Y", at); break;
      case 'r': out += dateText("%I:%M:%S %p", at); break;
      case 'Z': out += "UTC"; break;
      case 'z': out += "+0000"; break;
      case ':':
        out += "+00:00";
        ++i;
        break;
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case '%': out += '%'; break;
      default: out += '%'; out += c;
    }
  }
  return out;
}

}  // namespace jobset_twin::workload::shell
