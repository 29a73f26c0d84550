// Requests over sockets that wait for a call: how long, and for whom.
#include <gtest/gtest.h>
#include <boost/asio.hpp>

#include "sim/apiserver/http/face.hpp"

namespace jobset_twin::apiserver::http::testing {
namespace {

using boost::asio::ip::tcp;
using std::chrono::milliseconds;

// Every request awaits a call that nobody answers.
struct Waiting {
  explicit Waiting(milliseconds request_most) : face(options(request_most), handler(), lines()) {
    client.connect({boost::asio::ip::address_v4::loopback(), face.port()});
    boost::asio::write(client, boost::asio::buffer(std::string("POST / HTTP/1.1\r\nHost: h\r\n\r\n")));
  }
  static FaceOptions options(milliseconds request_most) {
    FaceOptions out;
    out.request_most = request_most;
    return out;
  }
  Face::Handler handler() {
    return [this](const HttpRequest&) {
      OutgoingCall call;
      call.host = call.server_name = "127.0.0.1";
      call.port = std::to_string(mute.local_endpoint().port());
      HttpAnswer out;
      out.awaited = AwaitedCall{call, [this](const CallResult& result) {
                                  told = result;
                                  HttpAnswer answer;
                                  answer.code = result.request_over ? 504 : 500;
                                  return answer;
                                }};
      return out;
    };
  }
  static Face::WatchLines lines() {
    return [](WatchAnswer&, bool&) { return std::string(); };
  }
  void serveFor(milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (!told && std::chrono::steady_clock::now() < end) face.serve(milliseconds(10));
  }

  boost::asio::io_context io;
  tcp::acceptor mute{io, {boost::asio::ip::address_v4::loopback(), 0}};
  tcp::socket client{io};
  std::optional<CallResult> told;
  Face face;
};

TEST(Face, a_request_that_waits_for_a_call_has_a_limit) {
  Waiting waiting(milliseconds(200));
  waiting.serveFor(std::chrono::seconds(8));
  ASSERT_TRUE(waiting.told);
  EXPECT_TRUE(waiting.told->request_over);
  std::string answer(12, ' ');
  waiting.face.serve(milliseconds(10));
  boost::asio::read(waiting.client, boost::asio::buffer(answer));
  EXPECT_EQ(answer, "HTTP/1.1 504");
}

TEST(Face, a_request_ends_when_its_client_goes_away) {
  Waiting waiting(std::chrono::seconds(60));
  waiting.serveFor(milliseconds(200));
  EXPECT_FALSE(waiting.told);
  EXPECT_EQ(waiting.face.busy(), 1u);
  waiting.client.close();
  waiting.serveFor(std::chrono::seconds(8));
  ASSERT_TRUE(waiting.told);
  EXPECT_TRUE(waiting.told->request_over);
  EXPECT_EQ(waiting.face.busy(), 0u);
}

}  // namespace
}  // namespace jobset_twin::apiserver::http::testing
