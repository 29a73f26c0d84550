#include "scenarios/serve/recording.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "engine/api/base64.hpp"
#include "engine/api/json_at.hpp"
#include "engine/api/utf8.hpp"

namespace jobset_twin::scenarios {
namespace {

using apiserver::http::ApiPath;
using apiserver::http::HttpRequest;
using apiserver::http::User;
using nlohmann::json;

constexpr const char* kKind = "Recording";

std::int64_t nanoseconds(TimePoint at) { return at.time_since_epoch().count(); }
TimePoint timeOf(const json& value) { return TimePoint(Duration(value.get<std::int64_t>())); }

}  // namespace

Recorder::Recorder(std::ostream& out, const json& input) : out_(out) {
  line({{"apiVersion", kTwinVersion}, {"kind", kKind}, {"input", input}});
}

bool Recorder::keeps(const HttpRequest& request, const ApiPath& path) {
  return path.api && request.method != "GET" && !(isControl(path) && path.resource == "clocks");
}

void Recorder::line(const json& value) {
  // Whole at once, and handed over: what was done is in the file whatever happens to this program.
  out_ << value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n" << std::flush;
}

void Recorder::request(TimePoint at, const HttpRequest& request, const User& user, int code,
                       const std::string& admitted) {
  json out = {{"at", nanoseconds(at)}, {"method", request.method}, {"target", request.target},
              {"user", user.name},     {"groups", user.groups},    {"code", code}};
  if (!request.content_type.empty()) out["contentType"] = request.content_type;
  if (!request.accept.empty()) out["accept"] = request.accept;
  if (!request.user_agent.empty()) out["userAgent"] = request.user_agent;
  if (!request.body.empty()) {
    if (api::utf8FirstInvalid(request.body) == std::string_view::npos) {
      out["body"] = request.body;
    } else {
      out["bodyBase64"] = api::base64(request.body);
    }
  }
  if (!admitted.empty()) out["admitted"] = admitted;
  line(out);
}

void Recorder::end(TimePoint at, const std::string& fingerprint) {
  line({{"end", {{"at", nanoseconds(at)}, {"fingerprint", fingerprint}}}});
}

namespace {

RecordedRequest requestFrom(const json& value) {
  RecordedRequest out;
  out.at = timeOf(value.at("at"));
  out.request.method = value.at("method").get<std::string>();
  out.request.target = value.at("target").get<std::string>();
  out.request.content_type = value.value("contentType", "");
  out.request.accept = value.value("accept", "");
  out.request.user_agent = value.value("userAgent", "");
  out.request.admitted = value.value("admitted", "");
  out.request.certificate =
      User{value.at("user").get<std::string>(), value.at("groups").get<std::vector<std::string>>()};
  if (value.contains("bodyBase64")) {
    const auto body = api::fromBase64(value["bodyBase64"].get<std::string>());
    if (!body) throw std::runtime_error("bodyBase64 is no base64");
    out.request.body = *body;
  } else {
    out.request.body = value.value("body", "");
  }
  out.code = value.at("code").get<int>();
  return out;
}

void takeHeader(const json& value, Recording& out) {
  if (!value.is_object() || value.value("kind", "") != kKind || value.value("apiVersion", "") != kTwinVersion)
    throw std::runtime_error("this is no recording: serve --record FILE makes them");
  out.input = value.at("input");
}

void takeLine(const json& value, int number, TimePoint& last, Recording& out) {
  if (out.end) throw std::runtime_error("there is more after the end");
  TimePoint at;
  if (value.contains("end")) {
    at = timeOf(value["end"].at("at"));
    out.end = Recording::End{at, value["end"].at("fingerprint").get<std::string>()};
  } else {
    out.requests.push_back(requestFrom(value));
    out.requests.back().line = number;
    at = out.requests.back().at;
  }
  if (at < last) throw std::runtime_error("time goes back");
  last = at;
}

}  // namespace

api::Result<Recording> readRecording(const std::string& text, const std::string& file) {
  Recording out;
  int number = 0;
  TimePoint last = TimePoint::min();
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t end = text.find('\n', from);
    ++number;
    // A line that was not written to its end is none, unless there is nothing else.
    if (end == std::string::npos && number > 1) break;
    const std::string_view line = std::string_view(text).substr(from, end == std::string::npos ? end : end - from);
    from = end == std::string::npos ? text.size() : end + 1;
    try {
      const json value = json::parse(line, nullptr, false);
      if (value.is_discarded()) throw std::runtime_error("the line is no JSON");
      if (number == 1) {
        takeHeader(value, out);
      } else {
        takeLine(value, number, last, out);
      }
    } catch (const std::exception& error) {
      api::Error problem = api::plainError("Invalid", api::jsonProblem(error.what()));
      problem.file = file;
      problem.line = number;
      return problem;
    }
  }
  if (number > 0) return out;
  api::Error problem = api::plainError("Invalid", "the file is empty");
  problem.file = file;
  return problem;
}

std::vector<std::string> replay(const Recording& recording, ServedRun& run) {
  std::vector<std::string> differences;
  for (const RecordedRequest& one : recording.requests) {
    run.advance(one.at);
    const int code = run.answer(one.request).code;
    if (code != one.code)
      differences.push_back(fmt::format("line {}: {} {} is answered {} now, and was {}", one.line, one.request.method,
                                        one.request.target, code, one.code));
  }
  if (recording.end) run.advance(recording.end->at);
  return differences;
}

}  // namespace jobset_twin::scenarios
