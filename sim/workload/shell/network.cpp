#include "sim/workload/shell/network.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include "sim/workload/shell/format.hpp"
#include "sim/workload/shell/known.hpp"

namespace jobset_twin::workload::shell {
namespace {

struct Tool {
  std::string_view name;
  std::string_view flags;   // options without a value
  std::string_view valued;  // options with one
};
constexpr Tool kTools[] = {
    {"getent", "", ""},      {"nslookup", "", ""},        {"host", "4", "tW"},
    {"dig", "46", "t"},      {"ping", "q46n", "cWwiIst"}, {"nc", "zv46nu", "w"},
    {"ncat", "zv46nu", "w"}, {"wget", "qSc", "OtT"},      {"curl", "sSfLkivI46", "omwHXd"},
};

const Tool* findTool(std::string_view name) {
  for (const auto& tool : kTools) {
    if (tool.name == name) return &tool;
  }
  return nullptr;
}

struct Line {
  std::vector<std::pair<char, std::string>> options;
  std::vector<std::string> operands;
  std::string unknown;
  std::string value(char c) const {
    for (const auto& [letter, value] : options) {
      if (letter == c) return value;
    }
    return "";
  }
  bool has(char c) const {
    return std::any_of(options.begin(), options.end(), [&](const auto& o) { return o.first == c; });
  }
};

Line parse(const std::vector<std::string>& argv) {
  Line line;
  const std::string_view name = commandName(argv[0]);
  const Tool* tool = findTool(name);
  const bool web = name == "wget" || name == "curl";
  for (std::size_t i = 1; i < argv.size(); ++i) {
    const std::string& arg = argv[i];
    if (arg.size() < 2 || (arg[0] != '-' && !(name == "dig" && arg[0] == '+'))) {
      line.operands.push_back(arg);
    } else if (name == "dig" && arg[0] == '+') {
      line.options.emplace_back(arg == "+short" ? '+' : '*', "");
    } else if (name == "nslookup" && (arg.starts_with("-type=") || arg.starts_with("-timeout="))) {
      line.options.emplace_back('*', "");
    } else if (web && arg.starts_with("--")) {
      const auto equals = arg.find('=');
      const std::string option = arg.substr(0, equals);
      static constexpr std::string_view kValued[] = {
          "--max-time", "--connect-timeout", "--retry",  "--retry-delay", "--timeout",
          "--tries",    "--output",          "--header", "--request",     "--data"};
      static constexpr std::string_view kPlain[] = {
          "--silent", "--fail",     "--show-error",        "--location",   "--spider",
          "--quiet",  "--insecure", "--retry-connrefused", "--no-verbose", "--no-check-certificate"};
      std::string value = equals == std::string::npos ? "" : arg.substr(equals + 1);
      if (std::find(std::begin(kValued), std::end(kValued), option) != std::end(kValued)) {
        if (equals == std::string::npos && i + 1 < argv.size()) value = argv[++i];
        const char letter = option == "--max-time" || option == "--connect-timeout" ? 'm'
                            : option == "--timeout"                                 ? 'T'
                            : option == "--output"                                  ? 'o'
                                                                                    : '*';
        line.options.emplace_back(letter, value);
      } else if (std::find(std::begin(kPlain), std::end(kPlain), option) == std::end(kPlain)) {
        line.unknown = option;
      } else {
        line.options.emplace_back(option == "--fail"         ? 'f'
                                  : option == "--show-error" ? 'S'
                                  : option == "--silent"     ? 's'
                                  : option == "--quiet"      ? 'q'
                                                             : '*',
                                  "");
      }
    } else {
      for (std::size_t c = 1; c < arg.size(); ++c) {
        if (tool->valued.find(arg[c]) != std::string_view::npos) {
          line.options.emplace_back(arg[c], c + 1 < arg.size()    ? arg.substr(c + 1)
                                            : i + 1 < argv.size() ? argv[++i]
                                                                  : "");
          break;
        }
        if (tool->flags.find(arg[c]) == std::string_view::npos && line.unknown.empty())
          line.unknown = std::string("-") + arg[c];
        line.options.emplace_back(arg[c], "");
      }
    }
  }
  return line;
}

std::string target(std::string_view name, const Line& line) {
  if (name == "getent") return line.operands.size() > 1 ? line.operands[1] : "";
  return line.operands.empty() ? "" : line.operands[0];
}

struct Url {
  std::string host;
  int port = 80;
};

Url parseUrl(std::string text) {
  Url url;
  if (const auto scheme = text.find("://"); scheme != std::string::npos) {
    if (text.substr(0, scheme) == "https") url.port = 443;
    text.erase(0, scheme + 3);
  }
  text = text.substr(0, text.find_first_of("/?#"));
  if (const auto at = text.rfind('@'); at != std::string::npos) text.erase(0, at + 1);
  if (const auto colon = text.rfind(':'); colon != std::string::npos) {
    url.port = std::clamp(std::atoi(text.c_str() + colon + 1), 0, 65535);
    text.resize(colon);
  }
  url.host = text;
  return url;
}

Duration seconds(const std::string& text) {
  const auto parsed = sleepDuration(text);
  return parsed && *parsed < std::chrono::hours(1000) ? *parsed : Duration::zero();
}

}  // namespace

bool isNetworkProgram(std::string_view name) { return findTool(name) != nullptr; }

std::string whyNotNetwork(const std::vector<std::string>& argv) {
  const std::string name(commandName(argv[0]));
  const Line line = parse(argv);
  if (!line.unknown.empty()) return name + " with the option " + line.unknown;
  if (name == "getent" && (line.operands.size() != 2 || (line.operands[0] != "hosts" && line.operands[0] != "ahosts" &&
                                                         line.operands[0] != "ahostsv4"))) {
    return "getent other than `getent hosts NAME`";
  }
  if (name == "ping" && !line.has('c') && !line.has('w')) return "ping without -c: it never ends";
  if ((name == "nc" || name == "ncat") && !line.has('z')) return name + " without -z: it transfers data";
  if (line.operands.empty()) return name + " without a name";
  return "";
}

bool networkRequest(const std::vector<std::string>& argv, Request& request, std::string& problem) {
  const std::string_view name = commandName(argv[0]);
  const Line line = parse(argv);
  request.argv = argv;
  request.name = target(name, line);
  if (name == "ping") {
    request.kind = RequestKind::kPing;
    request.count = std::clamp(std::atoi(line.value('c').c_str()), 1, 1'000'000);
    request.patience = seconds(line.has('w') ? line.value('w') : line.value('W'));
  } else if (name == "nc" || name == "ncat") {
    request.kind = RequestKind::kConnect;
    request.port = line.operands.size() > 1 ? std::clamp(std::atoi(line.operands[1].c_str()), 0, 65535) : 0;
    request.patience = seconds(line.value('w'));
    if (request.port == 0) problem = "nc: missing port number";
  } else if (name == "wget" || name == "curl") {
    const Url url = parseUrl(request.name);
    request.kind = RequestKind::kConnect;
    request.name = url.host;
    request.port = url.port;
    request.patience = seconds(name == "curl" ? line.value('m') : line.value('T'));
  }
  return problem.empty();
}

NetworkResult networkResult(const std::vector<std::string>& argv, const Answer& answer) {
  const std::string name(commandName(argv[0]));
  const Line line = parse(argv);
  const std::string asked = target(name, line);
  const bool no_server = answer.outcome == Outcome::kNoServer;
  const bool found = !no_server && answer.outcome != Outcome::kNoSuchName;
  const std::string_view unresolved = no_server ? "Temporary failure in name resolution" : "Name or service not known";
  const bool done = answer.outcome == Outcome::kDone;
  const std::string address = answer.addresses.empty() ? "" : answer.addresses[0];
  NetworkResult r;
  if (name == "getent") {
    for (const auto& a : answer.addresses) r.out += fmt::format("{:<15} {}\n", a, asked);
    r.status = done && !answer.addresses.empty() ? 0 : 2;
  } else if (name == "nslookup") {
    if (done) {
      r.out = "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n";
      for (const auto& a : answer.addresses) r.out += "Name:\t" + asked + "\nAddress: " + a + "\n";
      r.out += "\n";
    } else {
      r.out = no_server ? ";; connection timed out; no servers could be reached\n\n"
                        : "Server:\t\t10.96.0.10\nAddress:\t10.96.0.10:53\n\n** server can't find " + asked +
                              ": NXDOMAIN\n\n";
      r.status = 1;
    }
  } else if (name == "host") {
    for (const auto& a : answer.addresses) r.out += asked + " has address " + a + "\n";
    if (!done)
      r.out = no_server ? ";; connection timed out; no servers could be reached\n"
                        : "Host " + asked + " not found: 3(NXDOMAIN)\n";
    r.status = done ? 0 : 1;
  } else if (name == "dig") {
    for (const auto& a : answer.addresses) r.out += line.has('+') ? a + "\n" : asked + ".\t5\tIN\tA\t" + a + "\n";
    if (no_server) {
      r.out = ";; connection timed out; no servers could be reached\n";
      r.status = 9;
    }
  } else if (name == "ping") {
    if (!found) {
      r.err = fmt::format("ping: {}: {}\n", asked, unresolved);
      r.status = 2;
      return r;
    }
    const int count = std::clamp(std::atoi(line.value('c').c_str()), 1, 1000);
    r.out = fmt::format("PING {} ({}) 56(84) bytes of data.\n", asked, address);
    for (int i = 1; done && i <= count; ++i)
      r.out += fmt::format("64 bytes from {} ({}): icmp_seq={} ttl=63 time=0.100 ms\n", asked, address, i);
    r.out +=
        fmt::format("\n--- {} ping statistics ---\n{} packets transmitted, {} received, {}% packet loss, time {}ms\n",
                    asked, count, done ? count : 0, done ? 0 : 100, (count - 1) * 1000);
    if (done) r.out += "rtt min/avg/max/mdev = 0.100/0.100/0.100/0.000 ms\n";
    if (line.has('q') && done) r.out.erase(r.out.find('\n') + 1, r.out.find("\n---") - r.out.find('\n') - 1);
    r.status = done ? 0 : 1;
  } else if (name == "nc" || name == "ncat") {
    const std::string port = line.operands.size() > 1 ? line.operands[1] : "";
    if (!found)
      r.err = fmt::format("nc: getaddrinfo for host \"{}\" port {}: {}\n", asked, port, unresolved);
    else if (line.has('v'))
      r.err = done ? "Connection to " + asked + " " + port + " port [tcp/*] succeeded!\n"
                   : "nc: connect to " + asked + " port " + port + " (tcp) failed: " +
                         (answer.outcome == Outcome::kTimedOut ? "Operation timed out" : "Connection refused") + "\n";
    r.status = done ? 0 : 1;
  } else if (name == "curl") {
    const bool quiet = line.has('s') && !line.has('S');
    const Url url = parseUrl(asked);
    r.status = done ? 0 : !found ? 6 : answer.outcome == Outcome::kTimedOut ? 28 : 7;
    if (!quiet && !done) {
      r.err = !found ? "curl: (6) Could not resolve host: " + url.host + "\n"
              : answer.outcome == Outcome::kTimedOut
                  ? "curl: (28) Connection timed out\n"
                  : fmt::format("curl: (7) Failed to connect to {} port {}: Connection refused\n", url.host, url.port);
    }
    if (done && !line.has('o')) r.out = answer.output;
  } else {
    const Url url = parseUrl(asked);
    r.status = done ? 0 : 4;
    if (!line.has('q') && !done)
      r.err = found ? fmt::format("wget: can't connect to remote host ({}): {}\n", address,
                                  answer.outcome == Outcome::kTimedOut ? "Connection timed out" : "Connection refused")
                    : "wget: unable to resolve host address '" + url.host + "'\n";
    if (done && line.value('O') == "-") r.out = answer.output;
  }
  return r;
}

}  // namespace jobset_twin::workload::shell
