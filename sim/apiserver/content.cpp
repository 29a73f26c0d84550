#include "sim/apiserver/content.hpp"

#include <nlohmann/json.hpp>

#include "engine/api/content.hpp"

namespace jobset_twin::apiserver {
namespace {

const api::TypeInfo& tableOf(std::string_view name) {
  const api::TypeInfo* info = api::typeTables().find(name);
  TWIN_ASSERT(info, "no table of that name", name);
  return *info;
}

// Members of a tree that belong to the status.
nlohmann::json withoutStatus(const nlohmann::json& content) {
  nlohmann::json out = content;
  if (out.is_object()) out.erase("status");
  return out;
}

}  // namespace

bool samePodStatus(const api::PodStatus& a, const api::PodStatus& b) {
  static const api::TypeInfo& table = tableOf("PodStatus");
  return api::sameContent(table, a, b);
}

bool samePodSpec(const api::PodSpec& a, const api::PodSpec& b) {
  static const api::TypeInfo& table = tableOf("PodSpec");
  return &a == &b || api::sameContent(table, a, b);
}

bool sameJobSpec(const api::JobSpec& a, const api::JobSpec& b) {
  static const api::TypeInfo& table = tableOf("JobSpec");
  return &a == &b || api::sameContent(table, a, b);
}

bool samePodTemplate(const api::PodTemplateSpec& a, const api::PodTemplateSpec& b) {
  static const api::TypeInfo& table = tableOf("PodTemplateSpec");
  return api::sameContent(table, a, b);
}

bool sameSpec(const api::Object& a, const api::Object& b) {
  TWIN_ASSERT(a.kind() == b.kind(), "objects of different kinds", a.meta.name, b.meta.name);
  if (a.kind() == api::Kind::kGeneric) {
    const api::Raw& left = api::as<api::Generic>(a).content;
    const api::Raw& right = api::as<api::Generic>(b).content;
    return left == right || withoutStatus(left.get()) == withoutStatus(right.get());
  }
  const bool has_status = std::visit([](const auto& body) { return requires { body.status; }; }, a.body);
  if (!has_status) return api::equalByTable(*api::bodyInfo(a), api::bodyPointer(a), api::bodyPointer(b));
  api::MutableObjectPtr left = api::edit(a), right = api::edit(b);
  for (const api::MutableObjectPtr& object : {left, right}) {
    std::visit(
        [](auto& body) {
          if constexpr (requires { body.status; }) body.status = {};
        },
        object->body);
  }
  return api::equalByTable(*api::bodyInfo(a), api::bodyPointer(*left), api::bodyPointer(*right));
}

void carryStatus(api::Object& to, const api::Object& from) {
  TWIN_ASSERT(to.kind() == from.kind(), "objects of different kinds", to.meta.name, from.meta.name);
  std::visit(
      [&](auto& body) {
        using T = std::decay_t<decltype(body)>;
        if constexpr (requires { body.status; }) body.status = std::get<T>(from.body).status;
      },
      to.body);
}

void copyStatus(api::Object& to, const api::Object& from) {
  if (to.kind() != api::Kind::kGeneric) return carryStatus(to, from);
  nlohmann::json content = api::as<api::Generic>(to).content.get();
  const nlohmann::json& source = api::as<api::Generic>(from).content.get();
  if (!content.is_object()) content = nlohmann::json::object();
  content.erase("status");
  if (const auto status = source.find("status"); source.is_object() && status != source.end())
    content["status"] = *status;
  api::as<api::Generic>(to).content.set(std::move(content));
}

std::vector<api::Condition>* conditionsOf(api::Object& object) {
  return std::visit(
      [](auto& body) -> std::vector<api::Condition>* {
        if constexpr (requires { body.status.conditions; }) {
          return &body.status.conditions;
        } else {
          return nullptr;
        }
      },
      object.body);
}

}  // namespace jobset_twin::apiserver
