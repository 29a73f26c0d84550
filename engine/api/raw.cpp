#include "engine/api/raw.hpp"

#include <nlohmann/json.hpp>

namespace jobset_twin::api {

struct Raw::Held {
  nlohmann::json value;
  mutable std::uint32_t count = 0;
};

void intrusive_ptr_add_ref(const Raw::Held* held) { ++held->count; }

void intrusive_ptr_release(const Raw::Held* held) {
  if (--held->count == 0) delete held;
}

namespace {

const nlohmann::json& nullJson() {
  static const nlohmann::json null;
  return null;
}

}  // namespace

Raw::Raw() = default;
Raw::Raw(nlohmann::json value) { set(std::move(value)); }
Raw::Raw(const Raw&) = default;
Raw::Raw(Raw&&) noexcept = default;
Raw& Raw::operator=(const Raw&) = default;
Raw& Raw::operator=(Raw&&) noexcept = default;
Raw::~Raw() = default;

const nlohmann::json& Raw::get() const { return held_ ? held_->value : nullJson(); }

bool Raw::present() const { return held_ && !held_->value.is_null(); }

void Raw::set(nlohmann::json value) { held_.reset(new Held{std::move(value)}); }

bool operator==(const Raw& a, const Raw& b) { return a.held_ == b.held_ || a.get() == b.get(); }

}  // namespace jobset_twin::api
