#include "sim/cluster/events/event_recorder.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace jobset_twin::cluster {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kQueueMax = 1000;
constexpr std::size_t kSimilarMax = 10;  // Events of a group before they are combined
constexpr auto kSimilarWithin = 600s;
constexpr double kSpamQps = 1.0 / 300.0;  // K-T-77
constexpr std::int32_t kSpamBurst = 25;
constexpr std::string_view kCombined = "(combined from similar events): ";
constexpr std::size_t kNoteMax = 1024;
constexpr auto kSeriesRefresh = 30min;
constexpr auto kSeriesEnd = 6min;

std::string hexNanoseconds(std::int64_t value) {
  std::string out;
  for (auto rest = static_cast<std::uint64_t>(value); rest > 0 || out.empty(); rest >>= 4)
    out += "0123456789abcdef"[rest & 15];
  std::reverse(out.begin(), out.end());
  return out;
}

// Virtual time stands still within an event, so the nanosecond in a name is moved on until it is new.
std::string eventName(std::string_view object, kernel::TimePoint now, std::int64_t& last) {
  last = std::max(last + 1, static_cast<std::int64_t>(now.time_since_epoch().count()));
  return std::string(object) + "." + hexNanoseconds(last);
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out.append(part).append("\x1f");
  return out;
}

std::string_view typeText(bool warning) { return warning ? "Warning" : "Normal"; }

api::ObjectReference referenceTo(const EventTarget& target) {
  api::ObjectReference reference;
  reference.kind = target.kind;
  reference.namespace_ = target.namespace_;
  reference.name = target.name;
  reference.uid = target.uid;
  reference.apiVersion = target.api_version;
  return reference;
}

std::string eventNamespace(const std::string& namespace_) { return namespace_.empty() ? "default" : namespace_; }

}  // namespace

EventTarget EventTarget::of(const api::Object& object) {
  return {std::string(api::apiVersionOf(object)), std::string(api::kindNameOf(object)), object.meta.namespace_,
          object.meta.name, object.meta.uid};
}

void CoreEventRecorder::start(Context& ctx, apiserver::ClientConfig client, Component owner) {
  client_ = ctx.transport.addClient(std::move(client));
  owner_ = ctx.self(owner);
}

void CoreEventRecorder::record(Context& ctx, const api::Object& about, EventType type, std::string_view reason,
                               std::string message) {
  if (pending_.size() >= kQueueMax) {
    ++dropped_;
    return;
  }
  pending_.push_back(
      {EventTarget::of(about), type == EventType::kWarning, std::string(reason), std::move(message), ctx.clock()});
  if (!in_flight_) sendNext(ctx);
}

// The key under which the report is counted; its message becomes the combined one when too many are alike.
std::string CoreEventRecorder::aggregate(const EventReport& report, std::string& message) {
  const EventTarget& target = report.target;
  const std::string group_key = joined({component_, host_, target.kind, target.namespace_, target.name, target.uid,
                                        target.api_version, typeText(report.warning), report.reason});
  bool fresh = false;
  Group& group = groups_.use(group_key, fresh);
  if (report.at - group.last > kSimilarWithin) group.messages.clear();
  group.last = report.at;
  group.messages.insert(report.message);
  if (group.messages.size() < kSimilarMax) return group_key + report.message;
  group.messages.erase(group.messages.begin());
  message = std::string(kCombined) + report.message;
  return group_key;
}

bool CoreEventRecorder::isSpam(const EventReport& report) {
  const EventTarget& target = report.target;
  const std::string key =
      joined({component_, host_, target.kind, target.namespace_, target.name, target.uid, target.api_version});
  bool fresh = false;
  apiserver::TokenBucket& bucket = buckets_.use(key, fresh);
  if (fresh) bucket = apiserver::TokenBucket(kSpamQps, kSpamBurst);
  apiserver::TokenBucket after = bucket;
  if (after.take(report.at) > report.at) return true;
  bucket = after;
  return false;
}

api::ObjectPtr CoreEventRecorder::correlate(const EventReport& report) {
  std::string message = report.message;
  const std::string key = aggregate(report, message);
  bool fresh = false;
  Seen& seen = seen_.use(key, fresh);
  if (seen.count++ == 0) {
    seen.name = eventName(report.target.name, report.at, last_name_);
    seen.first = api::truncateToSeconds(report.at);
  }
  if (isSpam(report)) {
    ++dropped_;
    return nullptr;
  }
  api::Event event;
  event.core = true;
  event.regarding = referenceTo(report.target);
  event.reason = report.reason;
  event.note = std::move(message);
  event.type = typeText(report.warning);
  event.source = {component_, host_};
  event.reportingController = component_;
  event.reportingInstance = host_;
  event.count = seen.count;
  event.firstTimestamp = seen.first;
  event.lastTimestamp = api::truncateToSeconds(report.at);
  api::MutableObjectPtr object = api::makeObject(std::move(event));
  object->meta.namespace_ = eventNamespace(report.target.namespace_);
  object->meta.name = seen.name;
  return object;
}

void CoreEventRecorder::sendNext(Context& ctx) {
  while (!pending_.empty()) {
    in_flight_ = correlate(pending_.front());
    pending_.pop_front();
    if (!in_flight_) continue;
    const api::Event& event = api::as<api::Event>(in_flight_);
    if (event.count == 1) {
      ctx.transport.send(ctx.kernel, client_, owner_, api::createRequest(in_flight_));
    } else {
      nlohmann::json body = {
          {"count", event.count}, {"lastTimestamp", api::formatTime(*event.lastTimestamp)}, {"message", event.note}};
      ctx.transport.send(ctx.kernel, client_, owner_,
                         api::patchRequest(api::keyOf(*in_flight_), api::MergePatch{api::Raw(std::move(body))}));
    }
    return;
  }
}

void CoreEventRecorder::onResponse(Context& ctx, const apiserver::Call& call) {
  TWIN_ASSERT(in_flight_ != nullptr, "an answer to an Event that was not sent");
  if (call.request.verb == api::Verb::kPatch && call.response.reason == api::Reason::kNotFound) {
    ctx.transport.send(ctx.kernel, client_, owner_, api::createRequest(in_flight_));
    return;
  }
  in_flight_.reset();
  sendNext(ctx);
}

void SeriesEventRecorder::start(Context& ctx, apiserver::ClientConfig client, Component owner) {
  client_ = ctx.transport.addClient(std::move(client));
  owner_ = ctx.self(owner);
}

void SeriesEventRecorder::writeSeries(Context& ctx, Series& series) {
  series.written = ctx.clock();
  nlohmann::json body = {
      {"series", {{"count", series.count}, {"lastObservedTime", api::formatMicroTime(series.last)}}}};
  ctx.transport.send(ctx.kernel, client_, owner_,
                     api::patchRequest({api::Kind::kEvent, series.namespace_, series.name},
                                       api::MergePatch{api::Raw(std::move(body))}));
}

void SeriesEventRecorder::endOld(Context& ctx) {
  for (auto at = series_.begin(); at != series_.end();) {
    Series& series = at->second;
    if (ctx.clock() - series.last < kSeriesEnd) {
      ++at;
      continue;
    }
    if (series.count > 1 && series.written < series.last) writeSeries(ctx, series);
    at = series_.erase(at);
  }
  next_end_ = ctx.clock() + kSeriesEnd;
}

void SeriesEventRecorder::record(Context& ctx, const api::Object& regarding, const api::Object* related, EventType type,
                                 std::string_view reason, std::string_view action, std::string note,
                                 std::string_view controller) {
  if (ctx.clock() >= next_end_) endOld(ctx);
  if (note.size() > kNoteMax) note.resize(kNoteMax);
  const EventTarget target = EventTarget::of(regarding);
  const EventTarget other = related ? EventTarget::of(*related) : EventTarget{};
  const std::string_view type_text = typeText(type == EventType::kWarning);
  const std::string key =
      joined({type_text, action, reason, controller, target.api_version, target.kind, target.namespace_, target.name,
              target.uid, other.kind, other.namespace_, other.name, other.uid});
  const auto [at, fresh] = series_.try_emplace(key);
  Series& series = at->second;
  series.last = ctx.clock();
  if (!fresh) {
    ++series.count;
    if (series.count == 2 || ctx.clock() - series.written >= kSeriesRefresh) writeSeries(ctx, series);
    return;
  }
  series.namespace_ = eventNamespace(target.namespace_);
  series.name = eventName(target.name, ctx.clock(), last_name_);
  series.written = ctx.clock();
  api::Event event;
  event.core = false;
  event.regarding = referenceTo(target);
  if (related) event.related = referenceTo(other);
  event.reason = reason;
  event.action = action;
  event.note = std::move(note);
  event.type = type_text;
  event.eventTime = ctx.clock();
  event.reportingController = controller.empty() ? std::string_view(controller_) : controller;
  event.reportingInstance = instance_;
  api::MutableObjectPtr object = api::makeObject(std::move(event));
  object->meta.namespace_ = series.namespace_;
  object->meta.name = series.name;
  ctx.transport.send(ctx.kernel, client_, owner_, api::createRequest(object));
}

void SeriesEventRecorder::onResponse(Context&, const apiserver::Call&) {}  // best effort

}  // namespace jobset_twin::cluster
