// outgoing_call.hpp - a call over HTTPS as a coroutine of the face: it waits while others are served. For face.cpp, the
// one translation unit with coroutines.
//
// Each call has a connection of its own. What goes wrong is told in Go's words, for clients know these.
#pragma once

#include <memory>

#include <fmt/format.h>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/peer.hpp"

namespace jobset_twin::apiserver::http {

struct CallUnderWay {
  using Stream = boost::beast::ssl_stream<boost::beast::tcp_stream>;
  using Clock = std::chrono::steady_clock;

  CallUnderWay(boost::asio::io_context& io, OutgoingCall wanted)
      : call(std::move(wanted)), tls(boost::asio::ssl::context::tls_client), until(Clock::now() + call.timeout) {
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    boost::system::error_code error;
    if (call.authorities.empty()) {
      tls.set_default_verify_paths(error);
    } else {
      tls.add_certificate_authority(boost::asio::buffer(call.authorities), error);
    }
    if (error) result.failure = "unable to load root certificates";
    tls.set_verify_mode(boost::asio::ssl::verify_peer);
    stream = std::make_unique<Stream>(io, tls);
    stream->next_layer().expires_at(until);
    expectHost(stream->native_handle(), call.server_name);
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
  boost::asio::ssl::context tls;
  Clock::time_point until;
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
  request.set(http::field::host, one.call.server_name + ":" + one.call.port);
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
    one.result.body = std::move(parser.get().body());
  }
}

}  // namespace jobset_twin::apiserver::http
