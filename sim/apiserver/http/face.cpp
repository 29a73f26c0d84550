#include "sim/apiserver/http/face.hpp"

#include <array>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "sim/apiserver/http/outgoing_call.hpp"
#include "sim/apiserver/http/peer.hpp"
#include "sim/apiserver/http/status_document.hpp"

namespace jobset_twin::apiserver::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;
using Timer = asio::steady_timer;

struct Face::State {
  State(asio::io_context& on, FaceOptions given, Handler handle, WatchLines lines_of)
      : options(std::move(given)), handler(std::move(handle)), lines(std::move(lines_of)), io(on), acceptor(io) {
    if (options.tls) tls.emplace(serverContext(*options.tls));
  }

  FaceOptions options;
  Handler handler;
  WatchLines lines;
  std::optional<ssl::context> tls;
  Trust trust;
  asio::io_context& io;
  tcp::acceptor acceptor;
  std::size_t connections = 0;
  std::uint64_t requests = 0;
  std::set<Timer*> waiting;  // of watches that have nothing to send
  std::size_t watches = 0, busy = 0;
};

namespace {

using Request = beast::http::request<beast::http::string_body>;
using Response = beast::http::response<beast::http::string_body>;

auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

struct Counted {
  explicit Counted(std::size_t& number) : number_(number) { ++number_; }
  ~Counted() { --number_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::size_t& number_;
};

HttpRequest requestOf(Request&& from, const std::optional<User>& certificate) {
  HttpRequest out;
  out.method = std::string(from.method_string());
  if (from.method() == beast::http::verb::head) out.method = "GET";  // the same without the body
  out.target = std::string(from.target());
  out.content_type = std::string(from[beast::http::field::content_type]);
  out.accept = std::string(from[beast::http::field::accept]);
  out.authorization = std::string(from[beast::http::field::authorization]);
  out.user_agent = std::string(from[beast::http::field::user_agent]);
  out.certificate = certificate;
  out.impersonated.name = std::string(from["Impersonate-User"]);
  for (const auto& field : from)
    if (beast::iequals(field.name_string(), "Impersonate-Group")) out.impersonated.groups.emplace_back(field.value());
  out.if_none_match = std::string(from[beast::http::field::if_none_match]);
  out.body = std::move(from.body());
  return out;
}

Response responseOf(HttpAnswer answer, unsigned version, bool keep_alive) {
  Response out;
  out.version(version);
  out.result(static_cast<unsigned>(answer.code));
  out.set(beast::http::field::content_type, answer.content_type);
  out.set(beast::http::field::cache_control, "no-cache, private");
  for (const auto& [name, value] : answer.headers) {
    if (beast::iequals(name, "Cache-Control")) {
      out.set(name, value);
    } else {
      out.insert(name, value);
    }
  }
  out.keep_alive(keep_alive);
  out.body() = std::move(answer.body);
  out.prepare_payload();
  return out;
}

// A fault of ours that shows in one request is answered there, and is not everybody's.
template <class Answering>
HttpAnswer answerFrom(const Answering& answering) {
  try {
    return answering();
  } catch (const std::exception& fault) {
    return refusal(500, "InternalError", fmt::format("Internal error occurred: {}", fault.what()));
  }
}

// What is answered to something that is no request; nothing: the client is gone, or was too slow.
std::optional<HttpAnswer> answerToNoRequest(const error_code& error, std::size_t body_max) {
  using Problem = beast::http::error;
  if (error == Problem::body_limit)
    return refusal(413, "RequestEntityTooLarge", fmt::format("Request entity too large: limit is {}", body_max));
  if (error == Problem::header_limit) return refusal(431, "BadRequest", "the request's headers are too large");
  if (error == Problem::end_of_stream || error == Problem::partial_message) return std::nullopt;
  if (error.category() == make_error_code(Problem::bad_method).category())
    return refusal(400, "BadRequest", fmt::format("malformed HTTP: {}", error.message()));
  return std::nullopt;
}

}  // namespace

// What follows needs Face::State by name.
namespace session {

// A client that goes away while it watches is noticed when it does, not at the next event.
template <class Stream>
struct Leaving {
  explicit Leaving(std::shared_ptr<Stream> on) : stream(std::move(on)), timer(stream->get_executor()) {}
  std::shared_ptr<Stream> stream;
  Timer timer;
  std::array<char, 1> byte{};
  bool gone = false;
};

template <class Stream>
std::shared_ptr<Leaving<Stream>> watchForLeaving(std::shared_ptr<Stream> stream) {
  auto out = std::make_shared<Leaving<Stream>>(std::move(stream));
  // Whatever it says now, a watch is the last request of its connection.
  out->stream->async_read_some(asio::buffer(out->byte), [out](const error_code&, std::size_t) {
    out->gone = true;
    out->timer.cancel();
  });
  return out;
}

// What goes on after its head: the events of a watch, a log that is followed.
struct Flow {
  std::string content_type;
  std::function<std::string(bool& over)> next;
  std::optional<api::Duration> timeout;
};

template <class S>
Flow flowOf(std::shared_ptr<S> state, HttpAnswer answer) {
  if (answer.watch) {
    auto watch = std::make_shared<WatchAnswer>(std::move(*answer.watch));
    const std::string type = watch->content_type;
    const std::optional<api::Duration> timeout = watch->timeout;
    return {type, [state, watch](bool& over) { return state->lines(*watch, over); }, timeout};
  }
  auto first = std::make_shared<std::string>(std::move(answer.stream->first));
  return {answer.content_type,
          [first, next = std::move(answer.stream->next)](bool& over) {
            return first->empty() ? next(over) : std::exchange(*first, {});
          },
          std::nullopt};
}

template <class S, class Stream>
asio::awaitable<void> flow(std::shared_ptr<S> state, std::shared_ptr<Stream> stream, Flow flowing) {
  const Counted counted(state->watches);
  error_code error;
  beast::http::response<beast::http::empty_body> head;
  head.version(11);
  head.result(beast::http::status::ok);
  head.set(beast::http::field::content_type, flowing.content_type);
  head.set(beast::http::field::cache_control, "no-cache, private");
  head.chunked(true);
  beast::http::response_serializer<beast::http::empty_body> serializer(head);
  auto& lowest = beast::get_lowest_layer(*stream);
  lowest.expires_after(state->options.idle);
  co_await beast::http::async_write_header(*stream, serializer, into(error));
  lowest.expires_never();
  const auto leaving = watchForLeaving(stream);
  constexpr auto kUsual = std::chrono::minutes(30);  // the server's own limit is random, up to an hour (K-T-84)
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(flowing.timeout.value_or(kUsual));
  bool over = false;
  while (!error && !leaving->gone && std::chrono::steady_clock::now() < end) {
    const std::string text = over ? std::string() : flowing.next(over);
    if (!text.empty()) {
      const Counted writing(state->busy);
      lowest.expires_after(state->options.idle);
      const auto chunk = beast::http::make_chunk(asio::buffer(text));
      co_await asio::async_write(*stream, chunk, into(error));
      continue;
    }
    if (over) break;
    constexpr auto kBookmarks = std::chrono::seconds(1);  // they come by virtual time
    leaving->timer.expires_at(std::min(end, std::chrono::steady_clock::now() + kBookmarks));
    state->waiting.insert(&leaving->timer);
    error_code woken;
    co_await leaving->timer.async_wait(into(woken));
    state->waiting.erase(&leaving->timer);
  }
  const auto last = beast::http::make_chunk_last();
  if (!error && !leaving->gone) co_await asio::async_write(*stream, last, into(error));
}

// A client that still sends would lose the answer if the connection were closed upon it.
template <class Stream>
asio::awaitable<void> drain(std::shared_ptr<Stream> stream) {
  constexpr std::size_t kMost = 32 << 20;
  std::array<char, 65536> bytes{};
  error_code error;
  auto& lowest = beast::get_lowest_layer(*stream);
  lowest.expires_after(std::chrono::seconds(2));
  error_code ignored;
  lowest.socket().shutdown(tcp::socket::shutdown_send, ignored);
  for (std::size_t read = 0; !error && read < kMost;)
    read += co_await stream->async_read_some(asio::buffer(bytes), into(error));
}

template <class S, class Stream>
asio::awaitable<void> serve(std::shared_ptr<S> state, std::shared_ptr<Stream> stream, std::optional<User> user) {
  beast::flat_buffer buffer;
  error_code error;
  auto& lowest = beast::get_lowest_layer(*stream);
  bool keep_alive = true;
  while (!error && keep_alive) {
    beast::http::request_parser<beast::http::string_body> parser;
    constexpr std::uint32_t kHeaderMax = 64 * 1024;
    parser.header_limit(kHeaderMax);
    parser.body_limit(state->options.body_max);
    lowest.expires_after(state->options.idle);
    co_await beast::http::async_read_header(*stream, buffer, parser, into(error));
    std::optional<Counted> under_way(std::in_place, state->busy);
    if (!error && beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
      const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(*stream, asio::buffer(go_on), into(error));
    }
    if (!error) co_await beast::http::async_read(*stream, buffer, parser, into(error));
    if (error) {
      if (std::optional<HttpAnswer> refused = answerToNoRequest(error, state->options.body_max)) {
        Response response = responseOf(std::move(*refused), 11, false);
        error_code ignored;
        co_await beast::http::async_write(*stream, response, into(ignored));
        co_await drain(stream);
      }
      break;
    }
    ++state->requests;
    keep_alive = parser.get().keep_alive();
    const unsigned version = parser.get().version();
    const bool head_only = parser.get().method() == beast::http::verb::head;
    HttpAnswer answer = answerFrom([&] { return state->handler(requestOf(parser.release(), user)); });
    const auto request_until = std::chrono::steady_clock::now() + state->options.request_most;
    bool left = false;
    while (answer.awaited) {
      const std::function<HttpAnswer(const CallResult&)> then = std::move(answer.awaited->then);
      const auto call =
          std::make_shared<CallUnderWay>(state->io, state->trust, std::move(answer.awaited->call), request_until);
      asio::co_spawn(state->io, endWithClient(stream, call), asio::detached);
      co_await run(call);
      call->over = true;
      left = call->result.request_over;
      call->result.request_over = left || std::chrono::steady_clock::now() >= request_until;
      answer = answerFrom([&] { return then(call->result); });
      lowest.expires_after(state->options.idle);  // it may have taken its time
    }
    if (left) break;
    if ((answer.watch || answer.stream) && !head_only) {
      Flow flowing = flowOf(state, std::move(answer));
      under_way.reset();
      co_await flow(state, stream, std::move(flowing));
      break;
    }
    Response response = responseOf(std::move(answer), version, keep_alive);
    if (head_only) response.body().clear();
    co_await beast::http::async_write(*stream, response, into(error));
  }
}

template <class S>
asio::awaitable<void> plain(std::shared_ptr<S> state, tcp::socket socket) {
  const Counted counted(state->connections);
  auto stream = std::make_shared<beast::tcp_stream>(std::move(socket));
  co_await serve(state, stream, std::optional<User>());
  error_code ignored;
  stream->socket().shutdown(tcp::socket::shutdown_both, ignored);
}

template <class S>
asio::awaitable<void> secured(std::shared_ptr<S> state, tcp::socket socket) {
  const Counted counted(state->connections);
  auto stream = std::make_shared<beast::ssl_stream<beast::tcp_stream>>(std::move(socket), *state->tls);
  auto& lowest = beast::get_lowest_layer(*stream);
  error_code error;
  lowest.expires_after(std::chrono::seconds(10));
  co_await stream->async_handshake(ssl::stream_base::server, into(error));
  if (!error) {
    const std::optional<User> user = userOf(stream->native_handle());
    co_await serve(state, stream, user);
    lowest.expires_after(std::chrono::seconds(1));
    co_await stream->async_shutdown(into(error));
  }
  error_code ignored;
  lowest.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

template <class S>
asio::awaitable<void> accept(std::shared_ptr<S> state) {
  while (state->acceptor.is_open()) {
    error_code error;
    tcp::socket socket = co_await state->acceptor.async_accept(into(error));
    if (error) {
      Timer pause(state->io, std::chrono::milliseconds(50));  // no descriptor is left, say
      co_await pause.async_wait(into(error));
      continue;
    }
    if (state->connections >= state->options.connections_max) continue;  // closed
    socket.set_option(tcp::no_delay(true), error);
    if (state->tls) {
      asio::co_spawn(state->io, secured(state, std::move(socket)), asio::detached);
    } else {
      asio::co_spawn(state->io, plain(state, std::move(socket)), asio::detached);
    }
  }
}

}  // namespace session

Face::Face(FaceOptions options, Handler handler, WatchLines lines)
    : io_(std::make_unique<asio::io_context>(1)),
      state_(std::make_shared<State>(*io_, std::move(options), std::move(handler), std::move(lines))) {
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
  io_->stop();  // what is under way ends with it, and with that the state
}

std::uint16_t Face::port() const { return state_->acceptor.local_endpoint().port(); }

void Face::serve(std::chrono::nanoseconds at_most) {
  state_->io.restart();
  if (state_->io.run_one_for(at_most) > 0) state_->io.poll();
}

void Face::notify() {
  for (Timer* timer : std::set<Timer*>(state_->waiting)) timer->cancel();
}

std::size_t Face::connections() const { return state_->connections; }
std::size_t Face::watches() const { return state_->watches; }
std::size_t Face::busy() const { return state_->busy; }
std::uint64_t Face::requests() const { return state_->requests; }

}  // namespace jobset_twin::apiserver::http
