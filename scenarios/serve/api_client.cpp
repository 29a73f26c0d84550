#include "scenarios/serve/api_client.hpp"

#include <stdexcept>

#include <fmt/format.h>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "sim/apiserver/http/peer.hpp"

namespace jobset_twin::scenarios {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Request = beast::http::request<beast::http::string_body>;

Request requestOf(const ClientConfig& config, const std::string& method, const std::string& target,
                  const std::string& content_type, const std::string& body) {
  Request out;
  out.version(11);
  out.method_string(method);
  out.target(target);
  out.set(beast::http::field::host, config.host + ":" + config.port);
  out.set(beast::http::field::user_agent, "jobset-twin");
  out.set(beast::http::field::accept, "application/json");
  if (!content_type.empty()) out.set(beast::http::field::content_type, content_type);
  if (!config.token.empty()) out.set(beast::http::field::authorization, "Bearer " + config.token);
  out.keep_alive(false);
  out.body() = body;
  out.prepare_payload();
  return out;
}

// Asynchronous operations, one at a time, because only those of a beast stream can be timed.
class Exchange {
 public:
  explicit Exchange(std::chrono::nanoseconds patience) : until_(std::chrono::steady_clock::now() + patience) {}

  asio::io_context& context() { return io_; }
  template <class Start>
  void run(const char* what, beast::tcp_stream& stream, Start&& start) {
    stream.expires_at(until_);
    error_code result = asio::error::would_block;
    start([&result](const error_code& error, auto&&...) { result = error; });
    io_.restart();
    io_.run();
    if (result == beast::error::timeout) throw std::runtime_error(fmt::format("{}: no answer in time", what));
    if (result) throw std::runtime_error(fmt::format("{}: {}", what, result.message()));
  }

 private:
  asio::io_context io_{1};
  std::chrono::steady_clock::time_point until_;
};

void connect(Exchange& exchange, beast::tcp_stream& stream, const ClientConfig& config) {
  tcp::resolver resolver(exchange.context());
  error_code error;
  const auto found = resolver.resolve(config.host, config.port, error);
  if (error) throw std::runtime_error(fmt::format("{}: {}", config.host, error.message()));
  exchange.run("cannot connect", stream, [&](auto done) { stream.async_connect(found, std::move(done)); });
}

template <class Stream>
ClientAnswer talk(Exchange& exchange, Stream& stream, const Request& request) {
  auto& lowest = beast::get_lowest_layer(stream);
  exchange.run("cannot ask", lowest, [&](auto done) { beast::http::async_write(stream, request, std::move(done)); });
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::string_body> parser;
  constexpr std::uint64_t kMost = 64ULL * 1024 * 1024;
  parser.body_limit(kMost);
  exchange.run("no answer", lowest,
               [&](auto done) { beast::http::async_read(stream, buffer, parser, std::move(done)); });
  return {static_cast<int>(parser.get().result_int()), parser.get().body()};
}

}  // namespace

ClientAnswer ask(const ClientConfig& config, const std::string& method, const std::string& target,
                 const std::string& content_type, const std::string& body, std::chrono::nanoseconds patience) {
  Exchange exchange(patience);
  const Request request = requestOf(config, method, target, content_type, body);
  if (!config.tls) {
    beast::tcp_stream stream(exchange.context());
    connect(exchange, stream, config);
    return talk(exchange, stream, request);
  }
  ssl::context context(ssl::context::tls_client);
  if (config.authority.empty()) {
    context.set_default_verify_paths();
  } else {
    context.add_certificate_authority(asio::buffer(config.authority));
  }
  if (!config.certificate.empty()) {
    context.use_certificate_chain(asio::buffer(config.certificate));
    context.use_private_key(asio::buffer(config.key), ssl::context::pem);
  }
  beast::ssl_stream<beast::tcp_stream> stream(exchange.context(), context);
  stream.set_verify_mode(config.unverified ? ssl::verify_none : ssl::verify_peer);
  if (!config.unverified) apiserver::http::expectHost(stream.native_handle(), config.host);
  connect(exchange, beast::get_lowest_layer(stream), config);
  exchange.run("cannot agree on TLS", beast::get_lowest_layer(stream),
               [&](auto done) { stream.async_handshake(ssl::stream_base::client, std::move(done)); });
  return talk(exchange, stream, request);
}

}  // namespace jobset_twin::scenarios
