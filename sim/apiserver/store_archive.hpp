// store_archive.hpp - include this to save or load a Store, a Server or a Transport with the archives of
// engine/api/archive.hpp.
#pragma once

#include <cereal/types/deque.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/request_archive.hpp"
#include "sim/apiserver/api_faults_archive.hpp"
#include "sim/apiserver/server.hpp"
#include "sim/apiserver/transport.hpp"

namespace jobset_twin::apiserver {

template <class Archive>
void serialize(Archive& ar, WatchEvent& event) {
  ar(event.type, event.object, event.previous, event.revision);
  kernel::serializeTime(ar, event.at);
}

template <class Archive>
void serialize(Archive& ar, Call& call) {
  ar(call.id, call.client, call.reply_target, call.tag, call.request, call.response);
  ar(call.stage, call.tries, call.crowded_out, call.pending);
  kernel::serializeDuration(ar, call.latency);
  kernel::serializeTime(ar, call.sent);
  kernel::serializeTime(ar, call.due);
}

template <class Archive>
void Store::serialize(Archive& ar) {
  ar(revision_);
  for (Objects& objects : objects_) ar(objects);
  for (Log& kept : logs_) ar(kept.first, kept.forgotten, kept.events);
}

// Memos (SpecCache) are made again as they are needed.
template <class Archive>
void Server::serialize(Archive& ar) {
  ar(store_, config_);
  if constexpr (Archive::is_loading::value) {
    writes_.clear();
    specs_ = {};
    webhook_spec_ = {};
  }
}

template <class Archive>
void Transport::serialize(Archive& ar) {
  ar(timing_, window_, next_call_, calls_, *faults_);
  std::uint64_t clients = clients_.size(), feeds = feeds_.size();
  ar(clients, feeds);
  if constexpr (Archive::is_loading::value) {
    if (clients > 0x10000 || feeds > 0x10000) api::damagedArchive("more clients than can be");
    clients_.resize(clients);
    feeds_.resize(feeds);
  }
  for (Client& client : clients_) ar(client.config, client.bucket);
  for (Feed& feed : feeds_) {
    auto state = static_cast<std::uint8_t>(feed.state);
    ar(feed.kind, feed.target, feed.identity, feed.cursor, state, feed.work_until, feed.retry_until, feed.pending);
    if (state > static_cast<std::uint8_t>(Feed::State::kClosed)) api::damagedArchive("a feed in no state");
    feed.state = static_cast<Feed::State>(state);
    kernel::serializeDuration(ar, feed.extra_lag);
    kernel::serializeTime(ar, feed.due_at);
    kernel::serializeTime(ar, feed.drawn_for);
    kernel::serializeDuration(ar, feed.drawn_lag);
    if (static_cast<std::size_t>(feed.kind) >= api::kKindCount) api::damagedArchive("a feed of no kind");
  }
  for (const auto& [id, call] : calls_) {
    if (call.client >= clients_.size()) api::damagedArchive("a call of nobody");
  }
  if (!faults_->brokenFeeds().empty() && faults_->brokenFeeds().rbegin()->first >= feeds_.size())
    api::damagedArchive("a watch of nobody is broken");
}

}  // namespace jobset_twin::apiserver
