// matching.hpp - which writes a webhook is asked about: by its rules, and by labels of the namespace and of the object.
// Source of the rules: apiserver v0.36 pkg/admission/plugin/webhook/predicates.
#pragma once

#include <string>

#include "engine/api/string_map.hpp"
#include "sim/apiserver/http/served_kinds.hpp"
#include "sim/apiserver/http/webhooks/configuration.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver::http::webhooks {

// A write, as rules see it. namespace_: of a Namespace it is its own name; "": it lives in none.
struct Attempted {
  std::string operation;  // CREATE, UPDATE, DELETE
  std::string group, version, resource, subresource, namespace_, name;
};

// Nobody is asked about the configurations themselves: a wrong one could not be mended.
bool isExempt(const Attempted& write);
bool matchesRules(const Webhook& webhook, const Attempted& write);
// As which resource the webhook wants to see it: the one that was asked for, or the same in another version. Null: as
// none.
const Resource* wantedAs(const Webhook& webhook, const Attempted& write, const Resource& asked,
                         const ServedKinds& kinds);

// labels of the object as it comes and as it is stored; null: there is none.
bool matchesLabels(const Webhook& webhook, const Attempted& write, const api::StringMap* fresh,
                   const api::StringMap* old, const Store& store);

}  // namespace jobset_twin::apiserver::http::webhooks
