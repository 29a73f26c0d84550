// outgoing_call.hpp - a call over HTTPS as a coroutine of the face: it waits while others are served. For face.cpp, the
// one translation unit with coroutines.
//
// Each call has a connection of its own. What goes wrong is told in Go's words, for clients know these.
#pragma once

#include <algorithm>
#include <memory>

#include <poll.h>

#include <fmt/format.h>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/peer.hpp"

namespace jobset_twin::apiserver::http {

// Who vouches for those that are called. The system's authorities are read once.
class Trust {
 public:
  using Context = boost::asio::ssl::context;
  std::shared_ptr<Context> in(const std::string& authorities, boost::system::error_code& error) {
    if (authorities.empty() && system_) return system_;
    auto out = std::make_shared<Context>(Context::tls_client);
    SSL_CTX_set_min_proto_version(out->native_handle(), TLS1_2_VERSION);
    out->set_verify_mode(boost::asio::ssl::verify_peer);
    if (authorities.empty()) {
      out->set_default_verify_paths(error);
      if (!error) system_ = out;
    } else {
      out->add_certificate_authority(boost::asio::buffer(authorities), error);
    }
    return out;
  }

 private:
  std::shared_ptr<Context> system_;
};

struct CallUnderWay {
  using Stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
  using Clock = std::chrono::steady_clock;

  // at_most: of the request that it is made for.
  CallUnderWay(boost::asio::io_context& io, Trust& trust, OutgoingCall wanted, Clock::time_point at_most)
      : call(std::move(wanted)), until(std::min(Clock::now() + call.timeout, at_most)) {
    boost::system::error_code error;
    tls = trust.in(call.authorities, error);
    if (error) result.failure = "unable to load root certificates: unable to parse bytes as PEM block";
    stream = std::make_unique<Stream>(io, *tls);
    stream->next_layer().expires_at(until);
    expectHost(stream->native_handle(), call.server_name);
  }

  void abandon() {
    result.request_over = true;
    stream->next_layer().close();
  }

  std::string wordsFor(const boost::system::error_code& error) const {
    if (error == boost::beast::error::timeout || Clock::now() >= until) return "context deadline exceeded";
    if (error.category() == boost::asio::error::get_ssl_category()) {
      const long verified = SSL_get_verify_result(const_cast<Stream&>(*stream).native_handle());
      if (verified == X509_V_OK) return fmt::format("tls: {}", error.message());
      return fmt::format("tls: failed to verify certificate: x509: {}", X509_verify_cert_error_string(verified));
    }
    if (error == boost::asio::error::connection_refused)
      return fmt::format("dial tcp {}:{}: connect: connection refused", call.host, call.port);
    if (error == boost::beast::http::error::end_of_stream) return "EOF";
    return error.message();
  }

  OutgoingCall call;
  std::shared_ptr<boost::asio::ssl::context> tls;
  Clock::time_point until;
  bool over = false;
  std::unique_ptr<Stream> stream;
  CallResult result;
};

inline boost::asio::awaitable<void> run(std::shared_ptr<CallUnderWay> under_way) {
  namespace asio = boost::asio;
  namespace http = boost::beast::http;
  CallUnderWay& one = *under_way;
  if (!one.result.failure.empty()) co_return;
  boost::system::error_code error;
  const auto into = [&error] { return asio::redirect_error(asio::use_awaitable, error); };
  auto& lowest = one.stream->next_layer();
  const asio::ip::tcp::endpoint at(asio::ip::make_address(one.call.host, error),
                                   static_cast<std::uint16_t>(std::stoi(one.call.port)));
  if (!error) co_await lowest.async_connect(at, into());
  if (!error) co_await one.stream->async_handshake(asio::ssl::stream_base::client, into());
  http::request<http::string_body> request(http::verb::post, one.call.target, 11, one.call.body);
  request.set(http::field::host, hostHeader(one.call));
  request.set(http::field::user_agent, "kube-apiserver-admission");
  request.set(http::field::content_type, "application/json");
  request.set(http::field::accept, "application/json");
  request.keep_alive(false);
  request.prepare_payload();
  if (!error) co_await http::async_write(*one.stream, request, into());
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  constexpr std::uint64_t kMost = 16ULL * 1024 * 1024;
  parser.body_limit(kMost);
  if (!error) co_await http::async_read(*one.stream, buffer, parser, into());
  if (error) {
    one.result.failure = one.wordsFor(error);
  } else {
    one.result.code = static_cast<int>(parser.get().result_int());
    one.result.content_type = std::string(parser.get()[http::field::content_type]);
    one.result.body = std::move(parser.get().body());
  }
}

// It may still have sent something: then it has no more to say.
inline bool hasLeft(boost::asio::ip::tcp::socket& client) {
  pollfd one{client.native_handle(), POLLRDHUP, 0};
  return ::poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

// Nobody waits for a call whose client has gone. Looked at from time to time: a read would take what the client sends
// next.
template <class Stream>
boost::asio::awaitable<void> endWithClient(std::shared_ptr<Stream> client, std::shared_ptr<CallUnderWay> call) {
  boost::asio::steady_timer pause(client->get_executor());
  while (!call->over) {
    if (hasLeft(boost::beast::get_lowest_layer(*client).socket())) co_return call->abandon();
    pause.expires_after(std::chrono::milliseconds(50));
    boost::system::error_code ignored;
    co_await pause.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
  }
}

}  // namespace jobset_twin::apiserver::http
