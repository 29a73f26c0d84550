// The API server and its transport are values: copied or saved at any event, they go on to the same fingerprint.
#include "sim/apiserver/store_archive.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>

#include "engine/api/content.hpp"
#include "engine/api/read.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::apiserver {
namespace {

// A small cluster: a writer that creates, changes and deletes Pods, and two watchers of them, one slow.
struct Small {
  static constexpr std::uint32_t kWriter = 100, kWatcher = 101, kSlow = 102;
  static constexpr std::uint16_t kTick = 16;
  kernel::Kernel kernel{7};
  Server server;
  Transport transport{TransportTiming{}, WindowLimits{std::chrono::seconds(75), 5, 20}};
  ClientId client = 0;
  std::vector<api::ObjectPtr> seen;  // by the watcher: shared with the store

  void start() {
    server.bootstrap(kernel.now());
    transport.noteWrites(kernel, server);
    client = transport.addClient({"writer", 50, 5});
    transport.subscribe(api::Kind::kPod, kWatcher);
    transport.subscribe(api::Kind::kPod, kSlow, std::chrono::seconds(2));
    for (std::uint64_t i = 0; i < 120; ++i) {
      kernel.scheduleAfter(std::chrono::milliseconds(40) * static_cast<std::int64_t>(i), kWriter, kTick, i);
    }
  }

  api::Request requestOf(std::uint64_t i) const {
    const std::string name = "pod-" + std::to_string(i / 3);
    if (i % 3 == 0) {
      return api::createRequest(*api::fromJson(nlohmann::json::parse(
          R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":")" + name +
          R"(","namespace":"default","labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}})")));
    }
    const api::ObjectKey key{api::Kind::kPod, "default", name};
    if (i % 3 == 1) {
      return api::patchRequest(
          key, api::MergePatch{api::Raw(nlohmann::json::parse(R"({"metadata":{"labels":{"x":"y"}}})"))});
    }
    api::DeleteOptions options;
    options.gracePeriodSeconds = 0;
    return api::deleteRequest(key, options);
  }

  bool step() {
    const auto event = kernel.popNext();
    if (!event) return false;
    const EmptyWebhookView webhooks;
    if (event->target == kTransportTarget && event->kind == kArrive) {
      transport.onArrive(kernel, server, webhooks, event->a);
    } else if (event->target == kTransportTarget) {
      for (const WatchEvent& change : transport.due(kernel, server, static_cast<FeedId>(event->a))) {
        kernel.fingerprint().line(kernel.now(), std::to_string(event->a), change.object->meta.name);
        seen.push_back(change.object);
      }
    } else if (event->kind == kTick) {
      transport.send(kernel, client, kWriter, requestOf(event->a), event->a);
    } else {
      const Call call = transport.take(event->a);
      kernel.fingerprint().line(kernel.now(), std::to_string(call.tag), call.response.message);
    }
    return true;
  }
  std::string finish() {
    while (step()) {
    }
    return kernel.fingerprint().text() + " " + std::to_string(server.store().revision());
  }

  template <class Archive>
  void serialize(Archive& ar) {
    ar(kernel, server, transport, client, seen);
  }
};

std::string bytesOf(const Small& small) {
  api::ArchiveWriter writer;
  writer(small);
  return writer.take();
}

TEST(StoreArchive, GoesOnTheSameFromAnyEvent) {
  Small small;
  small.start();
  Small whole = small;
  const std::string want = whole.finish();
  ASSERT_GT(whole.kernel.processed(), 400U);
  ASSERT_GT(whole.server.store().oldestChange(api::Kind::kPod), 0U) << "the window never moved";
  for (std::uint64_t next = 0; small.step(); ++next) {
    if (next % 7 != 0) continue;
    const std::string bytes = bytesOf(small);
    Small copy = small;
    Small loaded;
    api::ArchiveReader reader(bytes);
    reader(loaded);
    reader.expectEnd();
    EXPECT_EQ(bytesOf(loaded), bytes) << "after event " << next;
    EXPECT_EQ(loaded.finish(), want) << "after event " << next;
    EXPECT_EQ(copy.finish(), want) << "after event " << next;
    EXPECT_EQ(bytesOf(small), bytes) << "the copy disturbed the original after event " << next;
  }
  EXPECT_EQ(small.finish(), want);
}

TEST(StoreArchive, ObjectsStaySharedBetweenStoreHistoryAndCaches) {
  Small small;
  small.start();
  for (int i = 0; i < 200; ++i) small.step();
  const std::string bytes = bytesOf(small);
  Small loaded;
  api::ArchiveReader reader(bytes);
  reader(loaded);
  ASSERT_EQ(loaded.seen.size(), small.seen.size());
  const Store &before = small.server.store(), &after = loaded.server.store();
  std::size_t shared = 0;
  const std::uint64_t first = before.oldestChange(api::Kind::kPod), end = before.changes(api::Kind::kPod);
  for (std::size_t i = 0; i < small.seen.size(); ++i) {
    for (std::uint64_t cursor = first; cursor < end; ++cursor) {
      const bool same = before.change(api::Kind::kPod, cursor).object == small.seen[i];
      EXPECT_EQ(after.change(api::Kind::kPod, cursor).object == loaded.seen[i], same);
      shared += same ? 1 : 0;
    }
    EXPECT_EQ(api::contentHash(*loaded.seen[i]), api::contentHash(*small.seen[i]));
  }
  EXPECT_GT(shared, 0U);
}

TEST(StoreArchive, DamageIsAnException) {
  Small small;
  small.start();
  for (int i = 0; i < 150; ++i) small.step();
  const std::string whole = bytesOf(small);
  const auto refuses = [](std::string_view bytes) {
    try {
      Small loaded;
      api::ArchiveReader reader(bytes);
      reader(loaded);
      reader.expectEnd();
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refuses(whole));
  for (std::size_t i = 0; i < 50; ++i)
    EXPECT_TRUE(refuses(std::string_view(whole).substr(0, whole.size() * i / 50))) << i;
  kernel::Stream stream = kernel::stream(1, "damage");
  for (int i = 0; i < 500; ++i) {
    std::string damaged = whole;
    damaged[kernel::below(stream, damaged.size())] ^= static_cast<char>(1 + kernel::below(stream, 255));
    refuses(damaged);  // what it says is the checksum's business; here it must only not crash
  }
}

}  // namespace
}  // namespace jobset_twin::apiserver
