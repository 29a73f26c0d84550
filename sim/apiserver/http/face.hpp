// face.hpp - the sockets of the HTTP face: connections with or without TLS, requests one by one to the handler, watches
// as chunks. All of it on the caller's thread, for objects belong to one: the caller lets the simulated cluster go on
// for a while, then the face for a while (docs/decisions/0005-the-http-face-has-no-thread.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sim/apiserver/http/certificates.hpp"
#include "sim/apiserver/http/message.hpp"

namespace boost::asio {
class io_context;
}

namespace jobset_twin::apiserver::http {

struct FaceOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;             // 0: any that is free
  std::optional<Certificates> tls{};  // TLS 1.2 and up; absent: plain HTTP
  std::size_t connections_max = 4096;
  std::size_t body_max = 3 * 1024 * 1024;          // K-T-88
  std::chrono::milliseconds request_most{60'000};  // of one that waits for calls: upstream's --request-timeout
  std::chrono::seconds idle{180};  // of a connection without a whole request, or a client that does not read
};

class Face {
 public:
  using Handler = std::function<HttpAnswer(const HttpRequest&)>;
  // The next lines of a watch, "" if there are none; over: the connection is to end after them.
  using WatchLines = std::function<std::string(WatchAnswer& watch, bool& over)>;

  // Throws std::runtime_error with the reason if the address cannot be listened on.
  Face(FaceOptions options, Handler handler, WatchLines lines);
  ~Face();
  Face(const Face&) = delete;
  Face& operator=(const Face&) = delete;

  std::uint16_t port() const;
  // Handles what comes, for so long at most; returns earlier once it has answered something.
  void serve(std::chrono::nanoseconds at_most);
  // Something was stored: watches may have lines to send.
  void notify();

  std::size_t connections() const;
  std::size_t watches() const;
  // Requests that are being read or answered, and watches that are being written to.
  std::size_t busy() const;
  std::uint64_t requests() const;  // answered so far

 private:
  struct State;
  std::unique_ptr<boost::asio::io_context> io_;  // goes last: it holds what is under way
  std::shared_ptr<State> state_;
};

}  // namespace jobset_twin::apiserver::http
