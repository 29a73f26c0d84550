// book.hpp - the webhooks of all configurations in a store, in the order in which they are called: mutating ones first,
// by the configurations' names, then as they are listed. What did not change is not read again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/apiserver/http/webhooks/configuration.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver::http::webhooks {

using WebhookPtr = std::shared_ptr<const Webhook>;

class Book {
 public:
  // inside: names of Services whose webhooks run in the simulated API server itself, and are not called.
  explicit Book(std::vector<std::string> inside = {}) : inside_(std::move(inside)) {}
  // As the store has them now. With none there, two look-ups.
  const std::vector<WebhookPtr>& all(const Store& store);
  // Another number each time: for names and UIDs that are drawn before their write.
  std::uint64_t draw() { return ++drawn_; }

 private:
  std::vector<std::string> inside_;
  std::map<std::string, std::int64_t> known_;  // by key: the revision
  std::vector<WebhookPtr> webhooks_;
  std::uint64_t drawn_ = 0;
};

}  // namespace jobset_twin::apiserver::http::webhooks
