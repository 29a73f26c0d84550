// destination.hpp - where a webhook is called: at its URL, or at its Service, and on loopback alone.
//
// What a simulated Service leads to cannot be reached from outside. A Service without a selector can lead out of the
// simulation: its EndpointSlices, which somebody writes, name addresses on loopback.
#pragma once

#include <optional>
#include <string>

#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/http/webhooks/configuration.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver::http::webhooks {

// Of "https://host[:port][/path]": host, port and target of the call. Nothing: it is none.
std::optional<OutgoingCall> readUrl(const std::string& url);

// What is wrong with a URL in a configuration.
api::Errors urlErrors(const std::string& field, const std::string& url);

// As messages show it: with the timeout.
std::string shownUrl(const Webhook& webhook);
// Without the body. Nothing: `problem` says why it cannot be called.
std::optional<OutgoingCall> destinationOf(const Webhook& webhook, const Store& store, std::string& problem);

}  // namespace jobset_twin::apiserver::http::webhooks
