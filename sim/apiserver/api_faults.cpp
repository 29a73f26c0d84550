#include "sim/apiserver/api_faults.hpp"

#include <algorithm>

#include "engine/api/ascii.hpp"
#include "sim/apiserver/kinds.hpp"

namespace jobset_twin::apiserver {
namespace {

bool sameText(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return api::lowerCase(x) == api::lowerCase(y); });
}

}  // namespace

ApiFaultsBox::ApiFaultsBox() : value_(std::make_unique<ApiFaults>()) {}
ApiFaultsBox::ApiFaultsBox(const ApiFaultsBox& other) : value_(std::make_unique<ApiFaults>(*other.value_)) {}
ApiFaultsBox::ApiFaultsBox(ApiFaultsBox&& other) noexcept = default;
ApiFaultsBox& ApiFaultsBox::operator=(const ApiFaultsBox& other) {
  if (this != &other) value_ = std::make_unique<ApiFaults>(*other.value_);
  return *this;
}
ApiFaultsBox& ApiFaultsBox::operator=(ApiFaultsBox&& other) noexcept = default;
ApiFaultsBox::~ApiFaultsBox() = default;

std::uint64_t ApiFaults::hits(FaultId id) const {
  const auto at = active_.find(id);
  return at == active_.end() ? 0 : at->second.hits;
}

void ApiFaults::forget(FeedId feed) {
  feeds_.erase(feed);
  reflectors_.erase(feed);
}

void ApiFaults::share(FeedId from, FeedId to) {
  if (const auto trouble = feeds_.find(from); trouble != feeds_.end()) feeds_[to] = FeedTrouble(trouble->second);
  if (const auto reflector = reflectors_.find(from); reflector != reflectors_.end())
    reflectors_[to] = Reflector(reflector->second);
}

bool isCalled(const api::ObjectKey& key, std::string_view name) {
  const ResourceNames names = namesOf(key);
  return sameText(name, names.kind) || sameText(name, names.resource) || sameText(name, names.qualifiedResource()) ||
         sameText(name, names.qualifiedKind());
}

}  // namespace jobset_twin::apiserver
