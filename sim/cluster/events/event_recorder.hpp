// event_recorder.hpp - how a component reports to people: Events, by the rules of the two client libraries, which merge
// repeats and drop floods. Best effort: nothing may depend on an Event (K-API-57).
//
// CoreEventRecorder      core/v1 (Job controller, kubelet, node controllers), K-API-55. Source: client-go 0.36
//                        tools/record/{event.go,events_cache.go}. One request at a time, a queue of 1000, then dropped.
// SeriesEventRecorder    events.k8s.io/v1 (scheduler, controller-runtime), K-API-56. Source: client-go tools/events.
//                        A series is refreshed and ended when its next repeat or a later Event comes, not by a timer.
// Not modelled: client-go's retry (12 times every 10 s) of an Event whose request got no answer at all; it is given up.
//
// Use: start() once; record(); hand every answer for which owns(call) is true to onResponse().
#pragma once

#include <cereal/cereal.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "sim/cluster/component.hpp"

namespace jobset_twin::cluster {

// The object that an Event is about.
struct EventTarget {
  std::string api_version, kind, namespace_, name, uid;
  static EventTarget of(const api::Object& object);
  friend bool operator==(const EventTarget&, const EventTarget&) = default;

  template <class Archive>
  void serialize(Archive& ar) {
    ar(api_version, kind, namespace_, name, uid);
  }
};

// A map that forgets what was least recently used.
template <class Value>
class LruMap {
 public:
  explicit LruMap(std::size_t limit = 4096) : limit_(limit) {}

  // The value of the key, made new if there is none; `fresh` says so.
  Value& use(const std::string& key, bool& fresh) {
    auto [at, inserted] = entries_.try_emplace(key);
    fresh = inserted;
    if (!inserted) order_.erase(at->second.used);
    at->second.used = ++clock_;
    order_.emplace(clock_, key);
    if (entries_.size() > limit_) {
      entries_.erase(order_.begin()->second);
      order_.erase(order_.begin());
    }
    return at->second.value;
  }
  void erase(const std::string& key) {
    const auto at = entries_.find(key);
    if (at == entries_.end()) return;
    order_.erase(at->second.used);
    entries_.erase(at);
  }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(limit_, clock_, entries_, order_);
  }

 private:
  struct Entry {
    Value value{};
    std::uint64_t used = 0;
    template <class Archive>
    void serialize(Archive& ar) {
      ar(value, used);
    }
  };
  std::size_t limit_;
  std::uint64_t clock_ = 0;
  std::map<std::string, Entry> entries_;
  std::map<std::uint64_t, std::string> order_;
};

// One Event as it was reported.
struct EventReport {
  EventTarget target;
  bool warning = false;
  std::string reason, message;
  kernel::TimePoint at{};

  template <class Archive>
  void serialize(Archive& ar) {
    ar(target, warning, reason, message);
    kernel::serializeTime(ar, at);
  }
};

enum class EventType : bool { kNormal, kWarning };

class CoreEventRecorder {
 public:
  CoreEventRecorder() = default;
  // `component` as in source.component ("job-controller"); `host` as in source.host ("" but for kubelets).
  explicit CoreEventRecorder(std::string component, std::string host = {})
      : component_(std::move(component)), host_(std::move(host)) {}

  // Makes the recorder's own client; answers go to `owner`.
  void start(Context& ctx, apiserver::ClientConfig client, Component owner);
  void record(Context& ctx, const api::Object& about, EventType type, std::string_view reason, std::string message);
  bool owns(const apiserver::Call& call) const { return call.client == client_; }
  void onResponse(Context& ctx, const apiserver::Call& call);

  std::uint64_t dropped() const { return dropped_; }  // by the filter or because the queue was full

  template <class Archive>
  void serialize(Archive& ar) {
    ar(component_, host_, client_, owner_, pending_, groups_, seen_, buckets_, in_flight_, last_name_, dropped_);
  }

 private:
  struct Group {  // Events that differ in their message only
    std::set<std::string> messages;
    kernel::TimePoint last{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(messages);
      kernel::serializeTime(ar, last);
    }
  };
  struct Seen {  // what is known of an Event, written or filtered out
    std::int32_t count = 0;
    std::string name;
    kernel::TimePoint first{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(count, name);
      kernel::serializeTime(ar, first);
    }
  };
  void sendNext(Context& ctx);
  // The Event to write for a report, or null if the filter drops it; count > 1: it was written before.
  api::ObjectPtr correlate(const EventReport& report);
  std::string aggregate(const EventReport& report, std::string& message);
  bool isSpam(const EventReport& report);

  std::string component_, host_;
  apiserver::ClientId client_ = apiserver::kNoClient;
  std::uint32_t owner_ = 0;
  std::deque<EventReport> pending_;
  LruMap<Group> groups_;
  LruMap<Seen> seen_;
  LruMap<apiserver::TokenBucket> buckets_;
  api::ObjectPtr in_flight_;  // the Event that is being written; null: none
  std::int64_t last_name_ = 0;
  std::uint64_t dropped_ = 0;
};

class SeriesEventRecorder {
 public:
  SeriesEventRecorder() = default;
  // `controller` as in reportingController, `instance` as in reportingInstance.
  SeriesEventRecorder(std::string controller, std::string instance)
      : controller_(std::move(controller)), instance_(std::move(instance)) {}

  void start(Context& ctx, apiserver::ClientConfig client, Component owner);
  // `note` is cut to 1024 bytes. `related` may be null. `controller`: who reports, if it is another than usual.
  void record(Context& ctx, const api::Object& regarding, const api::Object* related, EventType type,
              std::string_view reason, std::string_view action, std::string note, std::string_view controller = {});
  bool owns(const apiserver::Call& call) const { return call.client == client_; }
  void onResponse(Context& ctx, const apiserver::Call& call);  // best effort: nothing follows from it

  template <class Archive>
  void serialize(Archive& ar) {
    ar(controller_, instance_, client_, owner_, series_, last_name_);
    kernel::serializeTime(ar, next_end_);
  }

 private:
  struct Series {
    std::string namespace_, name;
    std::int32_t count = 1;
    kernel::TimePoint last{}, written{};
    template <class Archive>
    void serialize(Archive& ar) {
      ar(namespace_, name, count);
      kernel::serializeTime(ar, last);
      kernel::serializeTime(ar, written);
    }
  };
  void writeSeries(Context& ctx, Series& series);
  void endOld(Context& ctx);

  std::string controller_, instance_;
  apiserver::ClientId client_ = apiserver::kNoClient;
  std::uint32_t owner_ = 0;
  std::map<std::string, Series> series_;
  std::int64_t last_name_ = 0;
  kernel::TimePoint next_end_{};  // when series that ended are looked for again
};

}  // namespace jobset_twin::cluster
