// recording.hpp - what was done to a served cluster, as a file that plays it again: JSON lines. The first one says what
// the run was made of, one follows for each request that may change something, with the virtual time at which it was
// executed, and the last one where it ended. A file without the last one (the program was killed) is good up to there.
//
// The first line's `input` is the command line's business (scenarios/cli/recorded_input.hpp).
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/api/result.hpp"
#include "scenarios/serve/served_run.hpp"

namespace jobset_twin::scenarios {

class Recorder {
 public:
  Recorder(std::ostream& out, const nlohmann::json& input);
  // Whether a request belongs in a record: reads do not, nor does what is done to the clock, as each request has its
  // time.
  static bool keeps(const apiserver::http::HttpRequest& request, const apiserver::http::ApiPath& path);
  // admitted: its object as webhooks left it, as JSON; "": none was asked.
  void request(TimePoint at, const apiserver::http::HttpRequest& request, const apiserver::http::User& user, int code,
               const std::string& admitted = {});
  void end(TimePoint at, const std::string& fingerprint);

 private:
  void line(const nlohmann::json& value);
  std::ostream& out_;
};

struct RecordedRequest {
  int line = 0;
  TimePoint at{};
  apiserver::http::HttpRequest request;
  int code = 0;  // of its answer
};
struct Recording {
  nlohmann::json input;
  std::vector<RecordedRequest> requests;
  struct End {
    TimePoint at{};
    std::string fingerprint;
  };
  std::optional<End> end;  // absent: the file ends early
};
// Errors have the line.
api::Result<Recording> readRecording(const std::string& text, const std::string& file);

// Plays it; what is different from then, in words, at most one line for each request.
std::vector<std::string> replay(const Recording& recording, ServedRun& run);

}  // namespace jobset_twin::scenarios
