#include "sim/apiserver/spec_cache.hpp"

namespace jobset_twin::apiserver {

std::size_t SpecCache::slotOf(const api::Shared<api::PodSpec>& spec) {
  return (reinterpret_cast<std::uintptr_t>(&spec.get()) / 64) % kSlots;
}

SpecCache::Entry* SpecCache::find(const api::Shared<api::PodSpec>& sent, std::uint64_t classes) {
  if (slots_.empty() || !sent.present()) return nullptr;
  Entry& entry = slots_[slotOf(sent)];
  return entry.sent.present() && entry.sent.sameAs(sent) && entry.classes == classes ? &entry : nullptr;
}

SpecCache::Entry* SpecCache::findAdmitted(const api::Shared<api::PodSpec>& admitted) {
  if (slots_.empty() || !admitted.present()) return nullptr;
  const std::uint32_t slot = by_admitted_[slotOf(admitted)];
  if (slot == 0) return nullptr;
  Entry& entry = slots_[slot - 1];
  return entry.admitted.sameAs(admitted) ? &entry : nullptr;
}

SpecCache::Entry& SpecCache::keep(Entry entry) {
  if (slots_.empty()) {
    slots_.resize(kSlots);
    by_admitted_.resize(kSlots);
  }
  const std::size_t slot = slotOf(entry.sent);
  by_admitted_[slotOf(entry.admitted)] = static_cast<std::uint32_t>(slot + 1);
  return slots_[slot] = std::move(entry);
}

}  // namespace jobset_twin::apiserver
