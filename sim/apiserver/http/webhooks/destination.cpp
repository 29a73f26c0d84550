#include "sim/apiserver/http/webhooks/destination.hpp"

#include <charconv>

#include <fmt/format.h>
#include <boost/asio/ip/address.hpp>

#include "engine/api/ascii.hpp"
#include "engine/api/names.hpp"

namespace jobset_twin::apiserver::http::webhooks {
namespace {

bool isPort(std::string_view text) {
  int number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size() && number > 0 && number < 65536;
}

std::string pathOfService(const Webhook& webhook) {
  const std::string& path = webhook.service.path;
  return path.starts_with('/') ? path : "/" + path;
}

std::string timeoutOf(const Webhook& webhook) { return fmt::format("timeout={}s", webhook.timeout.count()); }

bool isOnLoopback(const std::string& host) {
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(host, no_address);
  return !no_address && address.is_loopback();
}

std::optional<OutgoingCall> destinationOfUrl(const Webhook& webhook, std::string& problem) {
  std::optional<OutgoingCall> out = readUrl(webhook.url);
  if (!out) {
    problem = "the URL is none of https";
    return std::nullopt;
  }
  if (api::lowerCase(out->host) == "localhost") out->host = "127.0.0.1";
  if (isOnLoopback(out->host)) return out;
  problem = fmt::format("{} is not called: this server calls webhooks on loopback alone", out->host);
  return std::nullopt;
}

// The address on loopback of the first endpoint that has one, with the port of that name.
bool leadsOut(const api::EndpointSlice& slice, const std::string& port, OutgoingCall& call) {
  for (const api::Endpoint& endpoint : slice.endpoints) {
    if (!endpoint.conditions.ready.value_or(true) || endpoint.addresses.empty()) continue;
    if (!isOnLoopback(endpoint.addresses.front())) continue;
    for (const api::EndpointPort& one : slice.ports) {
      if (one.name.value_or("") != port || !one.port) continue;
      call.host = endpoint.addresses.front();
      call.port = std::to_string(*one.port);
      return true;
    }
  }
  return false;
}

std::optional<OutgoingCall> destinationOfService(const Webhook& webhook, const Store& store, std::string& problem) {
  const auto& wanted = webhook.service;
  const api::ObjectPtr found = store.find({api::Kind::kService, wanted.namespace_, wanted.name});
  if (!found) {
    problem = fmt::format("service \"{}\" not found", wanted.name);
    return std::nullopt;
  }
  const api::Service& service = api::as<api::Service>(found);
  const api::ServicePort* port = nullptr;
  for (const api::ServicePort& one : service.spec.ports)
    if (one.port == wanted.port) port = &one;
  if (!port) {
    problem = fmt::format("no service port {} found for service \"{}\"", wanted.port, wanted.name);
    return std::nullopt;
  }
  OutgoingCall call;
  if (service.spec.selector.empty()) {
    const Store::Objects& slices = store.all(api::Kind::kEndpointSlice);
    for (auto at = slices.lower_bound({wanted.namespace_, ""});
         at != slices.end() && at->first.first == wanted.namespace_; ++at) {
      if (at->second->meta.labels.get("kubernetes.io/service-name") != wanted.name) continue;
      if (!leadsOut(api::as<api::EndpointSlice>(at->second), port->name, call)) continue;
      call.target = pathOfService(webhook);
      call.server_name = fmt::format("{}.{}.svc", wanted.name, wanted.namespace_);
      return call;
    }
  }
  problem = fmt::format(
      "no endpoints available for service \"{}\": what is simulated cannot be called; a URL can, and a Service without "
      "a selector whose EndpointSlice has an address on loopback",
      wanted.name);
  return std::nullopt;
}

}  // namespace

std::optional<OutgoingCall> readUrl(const std::string& url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) return std::nullopt;
  for (const char c : url)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '?' || c == '#' || c == '@') return std::nullopt;
  OutgoingCall out;
  std::string_view rest = std::string_view(url).substr(kScheme.size());
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  out.target = slash < rest.size() ? std::string(rest.substr(slash)) : "/";
  rest = rest.substr(0, slash);
  out.port = "443";
  std::string_view port;
  if (rest.starts_with('[')) {  // an IPv6 address
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = rest.substr(1, end - 1);
    port = rest.substr(end + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
  } else {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    out.host = rest.substr(0, colon);
    port = rest.substr(colon);
  }
  if (!port.empty()) {
    if (!isPort(port.substr(1))) return std::nullopt;
    out.port = port.substr(1);
  }
  if (out.host.empty()) return std::nullopt;
  out.server_name = out.host;
  return out;
}

api::Errors urlErrors(const std::string& field, const std::string& url) {
  static const std::string form = "; desired format: https://host[/path]";
  const std::size_t colon = url.find("://");
  const std::string scheme = colon == std::string::npos ? std::string() : url.substr(0, colon);
  std::string rest = colon == std::string::npos ? url : url.substr(colon + 3);
  const auto cut = [&rest](char at) {
    const std::size_t found = std::min(rest.find(at), rest.size());
    const std::string tail = found < rest.size() ? rest.substr(found + 1) : std::string();
    rest.resize(found);
    return tail;
  };
  const std::string fragment = cut('#'), query = cut('?');
  cut('/');
  const std::size_t at = rest.rfind('@');
  const std::string user = at == std::string::npos ? std::string() : rest.substr(0, at);
  api::Errors out;
  const auto add = [&](const std::string& value, const std::string& detail) {
    out.push_back(api::invalidValue(field, api::quoted(value), detail));
  };
  if (scheme != "https") add(scheme, "'https' is the only allowed URL scheme" + form);
  if (colon == std::string::npos || rest.empty()) add("", "host must be provided" + form);
  if (at != std::string::npos) add(user, "user information is not permitted in the URL");
  if (!fragment.empty()) add(fragment, "fragments are not permitted in the URL");
  if (!query.empty()) add(query, "query parameters are not permitted in the URL");
  if (out.empty() && !readUrl(url)) out.push_back(api::requiredValue(field, "url must be a valid URL" + form));
  return out;
}

std::string shownUrl(const Webhook& webhook) {
  if (webhook.url.empty())
    return fmt::format("https://{}.{}.svc:{}{}?{}", webhook.service.name, webhook.service.namespace_,
                       webhook.service.port, pathOfService(webhook), timeoutOf(webhook));
  const bool bare = webhook.url.find('/', std::string_view("https://").size()) == std::string::npos;
  return fmt::format("{}{}?{}", webhook.url, bare ? "/" : "", timeoutOf(webhook));
}

std::optional<OutgoingCall> destinationOf(const Webhook& webhook, const Store& store, std::string& problem) {
  std::optional<OutgoingCall> out =
      webhook.url.empty() ? destinationOfService(webhook, store, problem) : destinationOfUrl(webhook, problem);
  if (!out) return std::nullopt;
  out->target += "?" + timeoutOf(webhook);
  out->authorities = webhook.authorities;
  out->timeout = webhook.timeout;
  return out;
}

}  // namespace jobset_twin::apiserver::http::webhooks
