// spec.kueue of a Scenario: Kueue's own configuration, as far as it is modelled.
#include <array>

#include "scenarios/read_parts.hpp"

namespace jobset_twin::scenarios {
namespace {

using cluster::KueueConfig;
using cluster::WaitForPodsReady;

constexpr std::array<Field<WaitForPodsReady>, 4> kRequeuingFields = {{
    {"timestamp", "string", "Eviction: after a timeout it goes to the end of its queue; Creation: it keeps its place",
     [](Reader& r, const Place& p, WaitForPodsReady& w) {
       std::string text;
       if (r.choice(p, text, {"Eviction", "Creation"})) w.by_eviction = text == "Eviction";
     }},
    {"backoffBaseSeconds", "integer", "the first wait after a timeout, doubling",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.integer(p, w.backoff_base_seconds, 0); }},
    {"backoffMaxSeconds", "integer", "the longest wait",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.integer(p, w.backoff_max_seconds, 0); }},
    {"backoffLimitCount", "integer", "after so many timeouts the next one deactivates the Workload",
     [](Reader& r, const Place& p, WaitForPodsReady& w) {
       std::int32_t count = 0;
       if (r.integer(p, count, 0)) w.backoff_limit = count;
     }},
}};

constexpr std::array<Field<WaitForPodsReady>, 5> kPodsReadyFields = {{
    {"enable", "boolean", "whether a Workload whose Pods are not ready in time is evicted",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.flag(p, w.enable); }},
    {"timeout", "duration", "from its admission until all its Pods are ready",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.positiveDuration(p, w.timeout); }},
    {"recoveryTimeout", "duration", "from when they cease to be ready until they are again",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.positiveDuration(p, w.recovery_timeout); }},
    {"blockAdmission", "boolean", "nothing else is admitted until they are ready",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.flag(p, w.block_admission); }},
    {"requeuingStrategy", "RequeuingStrategy", "how it comes back",
     [](Reader& r, const Place& p, WaitForPodsReady& w) { r.object<WaitForPodsReady>(p, kRequeuingFields, w); }},
}};

constexpr std::array<Field<KueueConfig>, 1> kKueueFields = {{
    {"waitForPodsReady", "WaitForPodsReady", "what becomes of admitted Workloads whose Pods are not ready",
     [](Reader& r, const Place& p, KueueConfig& k) {
       r.object<WaitForPodsReady>(p, kPodsReadyFields, k.wait_for_pods_ready);
     }},
}};

}  // namespace

void readKueue(Reader& reader, const Place& place, KueueConfig& out) {
  reader.object<KueueConfig>(place, kKueueFields, out);
}

void addKueueFields(FieldTexts& out) {
  addFields<KueueConfig>(out, "Kueue", kKueueFields);
  addFields<WaitForPodsReady>(out, "WaitForPodsReady", kPodsReadyFields);
  addFields<WaitForPodsReady>(out, "RequeuingStrategy", kRequeuingFields);
}

}  // namespace jobset_twin::scenarios
