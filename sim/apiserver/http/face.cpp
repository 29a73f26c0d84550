#include "sim/apiserver/http/face.hpp"

#include <set>
#include <stdexcept>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

namespace jobset_twin::apiserver::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

struct Face::State {
  State(FaceOptions given, Handler handle, WatchLines lines_of)
      : options(std::move(given)), handler(std::move(handle)), lines(std::move(lines_of)), acceptor(io) {}

  FaceOptions options;
  Handler handler;
  WatchLines lines;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  std::size_t connections = 0;
  std::uint64_t requests = 0;
  std::set<asio::steady_timer*> waiting;  // of watches that have nothing to send
  std::size_t watches = 0;
};

namespace {


auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

struct Counted {
  explicit Counted(std::size_t& number) : number_(number) { ++number_; }
  ~Counted() { --number_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& number_;
};

HttpRequest requestOf(const beast::http::request<beast::http::string_body>& from) {
  HttpRequest out;
  out.method = std::string(from.method_string());
  out.target = std::string(from.target());
  out.content_type = std::string(from[beast::http::field::content_type]);
  out.accept = std::string(from[beast::http::field::accept]);
  out.user_agent = std::string(from[beast::http::field::user_agent]);
  out.body = from.body();
  return out;
}

beast::http::response<beast::http::string_body> responseOf(HttpAnswer answer, unsigned version, bool keep_alive) {
  beast::http::response<beast::http::string_body> out;
  out.version(version);
  out.result(static_cast<unsigned>(answer.code));
  out.set(beast::http::field::content_type, answer.content_type);
  for (const auto& [name, value] : answer.headers) out.insert(name, value);
  out.keep_alive(keep_alive);
  out.body() = std::move(answer.body);
  out.prepare_payload();
  return out;
}

}  // namespace

// What follows needs Face::State by name.
namespace session {

template <class S>
asio::awaitable<void> watch(std::shared_ptr<S> state, beast::tcp_stream& stream, WatchAnswer answer) {
  const Counted counted(state->watches);
  error_code error;
  beast::http::response<beast::http::empty_body> head;
  head.version(11);
  head.result(beast::http::status::ok);
  head.set(beast::http::field::content_type, "application/json");
  head.chunked(true);
  beast::http::response_serializer<beast::http::empty_body> serializer(head);
  stream.expires_never();
  co_await beast::http::async_write_header(stream, serializer, into(error));
  asio::steady_timer timer(state->io);
  constexpr auto kUsual = std::chrono::minutes(30);  // the server's own limit is random, up to an hour (K-T-84)
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(answer.timeout.value_or(kUsual));
  bool over = false;
  while (!error && !over && std::chrono::steady_clock::now() < end) {
    const std::string text = state->lines(answer, over);
    if (!text.empty()) {
      stream.expires_after(state->options.idle);  // of a client that does not read
      co_await asio::async_write(stream, beast::http::make_chunk(asio::buffer(text)), into(error));
      stream.expires_never();
      continue;
    }
    if (over) break;
    timer.expires_at(std::min(end, std::chrono::steady_clock::now() + std::chrono::seconds(10)));
    state->waiting.insert(&timer);
    error_code woken;
    co_await timer.async_wait(into(woken));
    state->waiting.erase(&timer);
  }
  if (!error) co_await asio::async_write(stream, beast::http::make_chunk_last(), into(error));
}

template <class S>
asio::awaitable<void> serve(std::shared_ptr<S> state, tcp::socket socket) {
  const Counted counted(state->connections);
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  error_code error;
  while (!error) {
    beast::http::request_parser<beast::http::string_body> parser;
    constexpr std::uint32_t kHeaderMax = 64 * 1024;
    parser.header_limit(kHeaderMax);
    parser.body_limit(state->options.body_max);
    stream.expires_after(state->options.idle);
    co_await beast::http::async_read(stream, buffer, parser, into(error));
    if (error == beast::http::error::body_limit || error == beast::http::error::header_limit) {
      HttpAnswer large;
      large.code = 413;
      large.content_type = "text/plain; charset=utf-8";
      large.body = "the request is too large\n";
      error_code ignored;
      co_await beast::http::async_write(stream, responseOf(std::move(large), 11, false), into(ignored));
      break;
    }
    if (error) break;
    ++state->requests;
    const bool keep_alive = parser.get().keep_alive();
    HttpAnswer answer = state->handler(requestOf(parser.get()));
    if (answer.watch) {
      co_await watch(state, stream, std::move(*answer.watch));
      break;
    }
    auto response = responseOf(std::move(answer), parser.get().version(), keep_alive);
    co_await beast::http::async_write(stream, response, into(error));
    if (!keep_alive) break;
  }
  error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

template <class S>
asio::awaitable<void> accept(std::shared_ptr<S> state) {
  while (state->acceptor.is_open()) {
    error_code error;
    tcp::socket socket = co_await state->acceptor.async_accept(into(error));
    if (error) {
      asio::steady_timer pause(state->io, std::chrono::milliseconds(50));  // no descriptor is left, say
      co_await pause.async_wait(into(error));
      continue;
    }
    if (state->connections >= state->options.connections_max) continue;  // closed
    socket.set_option(tcp::no_delay(true), error);
    asio::co_spawn(state->io, serve(state, std::move(socket)), asio::detached);
  }
}

}  // namespace session

Face::Face(FaceOptions options, Handler handler, WatchLines lines)
    : state_(std::make_shared<State>(std::move(options), std::move(handler), std::move(lines))) {
  State& state = *state_;
  error_code error;
  const auto address = asio::ip::make_address(state.options.address, error);
  const tcp::endpoint endpoint(address, state.options.port);
  if (!error) state.acceptor.open(endpoint.protocol(), error);
  if (!error) state.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) state.acceptor.bind(endpoint, error);
  if (!error) state.acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error)
    throw std::runtime_error(
        fmt::format("cannot listen on {}:{}: {}", state.options.address, state.options.port, error.message()));
  asio::co_spawn(state.io, session::accept(state_), asio::detached);
}

Face::~Face() {
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->io.stop();
}

std::uint16_t Face::port() const { return state_->acceptor.local_endpoint().port(); }

void Face::serve(std::chrono::nanoseconds at_most) {
  state_->io.restart();
  if (state_->io.run_one_for(at_most) > 0) state_->io.poll();
}

void Face::notify() {
  for (asio::steady_timer* timer : std::set<asio::steady_timer*>(state_->waiting)) timer->cancel();
}

std::size_t Face::connections() const { return state_->connections; }
std::size_t Face::watches() const { return state_->watches; }
std::uint64_t Face::requests() const { return state_->requests; }

}  // namespace jobset_twin::apiserver::http
