// fields_fuzz.cpp - managed fields: a list of entries is read and written to the same again; two values are a document
// and a configuration that is applied to it, once as a Pod's, once as that of a kind of which nothing is known. Who
// applies what he applied owns it, and applying it again changes nothing.
#include "engine/api/object.hpp"
#include "sim/apiserver/apply/field_manager.hpp"
#include "tests/fuzz/sent_values.hpp"

namespace {

using namespace jobset_twin;
using namespace jobset_twin::apiserver;

void applyTwice(const nlohmann::json& live, const nlohmann::json& wanted, const api::Object& object) {
  const apply::Place root = apply::rootOf(object);
  if (!live.is_object() || !wanted.is_object() || !apply::problemsOf(live, root).empty() ||
      !apply::problemsOf(wanted, root).empty())
    return;
  const apply::Writer writer{.manager = "fuzz", .api_version = "v1", .time = "2026-01-01T00:00:00Z"};
  const nlohmann::json empty = nlohmann::json::object();
  const apply::Managers before =
      apply::afterUpdate(empty, live, {}, {.manager = "other", .api_version = "v1", .time = ""}, root);
  const apply::Applied once = apply::afterApply(live, empty, wanted, before, writer, true, root);
  fuzz::require(once.conflicts.empty());
  const apply::Applied twice = apply::afterApply(once.document, empty, wanted, once.managers, writer, false, root);
  fuzz::require(twice.conflicts.empty() && twice.document == once.document && twice.managers == once.managers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<nlohmann::json> values = fuzz::sentValues(data, size, 2);
  if (values.empty()) return 0;
  if (const auto managers = apply::managersOf(values[0])) {
    const auto again = apply::managersOf(apply::managedFields(*managers));
    fuzz::require(managers->empty() || (again && *again == *managers));
  }
  if (const auto set = apply::setOfWire(values[0])) fuzz::require(apply::setOfWire(apply::wireForm(*set)) == *set);
  applyTwice(values[0], values[1], api::Object(api::Pod()));
  applyTwice(values[0], values[1], api::Object(api::Generic{"example.com/v1", "Thing", {}}));
  return 0;
}
