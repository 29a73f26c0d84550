// Lists and watches as HTTP clients see them: order, selectors, bookmarks, the end of the window (K-API-40 to
// K-API-43).
#include "sim/apiserver/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "tests/sim/apiserver/fixture.hpp"

namespace jobset_twin::apiserver::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> lines(const std::vector<StreamEvent>& events) {
  std::vector<std::string> out;
  for (const StreamEvent& event : events) {
    switch (event.type) {
      case StreamType::kAdded: out.push_back("+" + event.object->meta.name); break;
      case StreamType::kModified: out.push_back("~" + event.object->meta.name); break;
      case StreamType::kDeleted: out.push_back("-" + event.object->meta.name); break;
      case StreamType::kBookmark: out.push_back("bookmark " + std::to_string(event.revision)); break;
      case StreamType::kError: out.push_back(shown(event.error)); break;
    }
  }
  return out;
}

struct Watching {
  Watching() = default;
  std::vector<std::string> next(Watch& watch, std::size_t limit = 1000) {
    return lines(nextEvents(cluster.server.store(), watch, cluster.now, limit));
  }
  Watch open(Selection selection, std::optional<std::int64_t> revision = {}, bool bookmarks = false) {
    return openWatch(cluster.server.store(), std::move(selection), revision, bookmarks, cluster.now);
  }
  std::int64_t revision() const { return cluster.server.store().revision(); }
  Cluster cluster;
};

Selection pods(std::string_view namespace_ = "") {
  Selection selection;
  selection.kind = api::Kind::kPod;
  selection.namespace_ = namespace_;
  return selection;
}
std::string podIn(std::string_view name, std::string_view namespace_) {
  std::string yaml = podYaml(name);
  return yaml.replace(yaml.find("namespace: default"), 18, fmt::format("namespace: {}", namespace_));
}

TEST(List, is_in_order_and_selects) {
  Watching w;
  for (const auto& [name, space] :
       {std::pair("b", "kube-system"), {"b", "default"}, {"a", "kube-system"}, {"c", "default"}}) {
    w.cluster.created(podIn(name, space));
  }
  w.cluster.update(w.cluster.pod("b"), [](api::Object& o) { o.meta.labels.set("k", "v"); });
  w.cluster.schedule("c", "node-1");
  const auto names = [&](const Selection& selection) {
    std::vector<std::string> out;
    const ObjectList found = list(w.cluster.server.store(), selection);
    EXPECT_EQ(found.revision, w.revision());
    for (const api::ObjectPtr& object : found.objects) out.push_back(object->meta.namespace_ + "/" + object->meta.name);
    return out;
  };
  EXPECT_THAT(names(pods()), ElementsAre("default/b", "default/c", "kube-system/a", "kube-system/b"));
  EXPECT_THAT(names(pods("kube-system")), ElementsAre("kube-system/a", "kube-system/b"));
  Selection labelled = pods();
  labelled.labels.emplace().matchLabels.set("k", "v");
  EXPECT_THAT(names(labelled), ElementsAre("default/b"));
  Selection placed = pods();
  placed.fields = *parseFieldSelector("spec.nodeName=node-1,status.phase==Pending", api::Kind::kPod);
  EXPECT_THAT(names(placed), ElementsAre("default/c"));
  Selection spaces;
  spaces.type = "Namespace";
  EXPECT_THAT(names(spaces), ElementsAre("/default", "/kube-node-lease", "/kube-public", "/kube-system"));
}

TEST(Watch, begins_with_what_is_there) {  // K-API-43
  Watching w;
  w.cluster.created(podYaml("a"));
  w.cluster.created(podYaml("b"));
  for (const std::optional<std::int64_t> revision : {std::optional<std::int64_t>(), std::optional<std::int64_t>(0)}) {
    Watch watch = w.open(pods(), revision);
    EXPECT_THAT(w.next(watch), ElementsAre("+a", "+b"));
    EXPECT_THAT(w.next(watch), IsEmpty());
  }
  Watch later = w.open(pods());
  const std::string c = podYaml("c");
  w.cluster.created(c);
  EXPECT_THAT(w.next(later), ElementsAre("+a", "+b", "+c")) << "none twice, none lost";
}

TEST(Watch, follows_in_order_from_a_revision) {  // K-API-40
  Watching w;
  const api::ObjectPtr a = w.cluster.created(podYaml("a"));
  const std::int64_t from = w.revision();
  w.cluster.created(jobYaml("other-kind"));
  w.cluster.created(podYaml("b"));
  w.cluster.update(a, [](api::Object& o) { o.meta.labels.set("x", "z"); });
  w.cluster.remove(w.cluster.pod("b"));
  Watch watch = w.open(pods(), from);
  const std::vector<StreamEvent> events = nextEvents(w.cluster.server.store(), watch, w.cluster.now, 1000);
  // A Pod that goes at once is marked first.
  EXPECT_THAT(lines(events), ElementsAre("+b", "~a", "~b", "-b"));
  for (std::size_t i = 1; i < events.size(); ++i) EXPECT_LT(events[i - 1].revision, events[i].revision);
  EXPECT_EQ(events.back().object->meta.resourceVersion, w.revision()) << "K-API-20: the deletion's own revision";
  Watch slow = w.open(pods(), from);
  EXPECT_THAT(w.next(slow, 3), ElementsAre("+b", "~a", "~b"));
  EXPECT_THAT(w.next(slow, 3), ElementsAre("-b"));
}

TEST(Watch, selectors_turn_changes_into_comings_and_goings) {  // K-API-42
  Watching w;
  const api::ObjectPtr a = w.cluster.created(podYaml("a"));
  Selection selection = pods();
  selection.labels.emplace().matchLabels.set("k", "v");
  Watch watch = w.open(selection, w.revision());
  const auto label = [](std::string_view value) { return [value](api::Object& o) { o.meta.labels.set("k", value); }; };
  w.cluster.update(w.cluster.pod("a"), label("v"));
  w.cluster.update(w.cluster.pod("a"), [](api::Object& o) { o.meta.annotations.set("n", "m"); });
  w.cluster.update(w.cluster.pod("a"), label("w"));
  w.cluster.update(w.cluster.pod("a"), [](api::Object& o) { o.meta.annotations.set("n", "o"); });
  const std::vector<StreamEvent> events = nextEvents(w.cluster.server.store(), watch, w.cluster.now, 1000);
  EXPECT_THAT(lines(events), ElementsAre("+a", "~a", "-a"));
  EXPECT_EQ(events[2].object->meta.labels.get("k"), "v") << "the last state that was in the selection";
  EXPECT_EQ(events[2].object->meta.resourceVersion, events[2].revision);
}

TEST(Watch, bookmarks_about_every_minute) {  // K-T-83
  Watching w;
  Watch watch = w.open(pods(), w.revision(), true);
  w.cluster.created(jobYaml("j"));
  w.cluster.advance(59);
  EXPECT_THAT(w.next(watch), IsEmpty());
  w.cluster.advance(1);
  EXPECT_THAT(w.next(watch), ElementsAre("bookmark " + std::to_string(w.revision())))
      << "other kinds' changes move it on";
  EXPECT_THAT(w.next(watch), IsEmpty());
  w.cluster.created(podYaml("p"));
  w.cluster.advance(60);
  EXPECT_THAT(w.next(watch), ElementsAre("+p", "bookmark " + std::to_string(w.revision())));
  Watch silent = w.open(pods(), w.revision());
  w.cluster.advance(600);
  EXPECT_THAT(w.next(silent), IsEmpty());
}

TEST(Watch, ends_when_its_place_is_forgotten) {  // K-API-43, K-API-13
  Watching w;
  const api::ObjectPtr first = w.cluster.created(podYaml("a"));
  Watch slow = w.open(pods(), w.revision());
  const std::int64_t early = first->meta.resourceVersion;
  for (int i = 0; i < 6; ++i) {
    w.cluster.update(w.cluster.pod("a"), [i](api::Object& o) { o.meta.labels.set("i", std::to_string(i)); });
  }
  const std::int64_t oldest = w.revision() - 2;  // three changes are kept
  w.cluster.server.store().trim(api::Kind::kPod, w.cluster.server.store().changes(api::Kind::kPod),
                                {std::chrono::seconds(75), 1, 3}, w.cluster.now);
  const std::string gone = fmt::format("410 Expired: too old resource version: {} ({})", early, oldest - 1);
  EXPECT_THAT(w.next(slow), ElementsAre(gone));
  EXPECT_TRUE(slow.over);
  EXPECT_THAT(w.next(slow), IsEmpty());
  Watch too_late = w.open(pods(), early);
  EXPECT_THAT(w.next(too_late), ElementsAre(gone));
  EXPECT_TRUE(too_late.over);
  Watch just = w.open(pods(), oldest - 1);
  EXPECT_EQ(w.next(just).size(), 3U);
}

TEST(Store, the_window) {  // K-T-85
  Cluster cluster;
  Store& store = cluster.server.store();
  cluster.created(podYaml("a"));
  for (int i = 0; i < 20; ++i) {
    cluster.advance(10);
    cluster.update(cluster.pod("a"), [i](api::Object& o) { o.meta.labels.set("i", std::to_string(i)); });
  }
  const std::uint64_t all = store.changes(api::Kind::kPod);
  const auto kept = [&] { return all - store.oldestChange(api::Kind::kPod); };
  const WindowLimits window{std::chrono::seconds(75), 5, 100};
  store.trim(api::Kind::kPod, 3, window, cluster.now - window.age);
  EXPECT_EQ(kept(), all - 3) << "not before the slowest reader has passed";
  store.trim(api::Kind::kPod, all, window, cluster.now - window.age);
  EXPECT_EQ(kept(), 8U) << "those of the last 75 s";
  store.trim(api::Kind::kPod, all, window, cluster.now + std::chrono::hours(1));
  EXPECT_EQ(kept(), 5U) << "but some at least";
  store.trim(api::Kind::kPod, all, {std::chrono::seconds(75), 1, 2}, cluster.now - std::chrono::hours(1));
  EXPECT_EQ(kept(), 2U) << "and not too many";
}

}  // namespace
}  // namespace jobset_twin::apiserver::testing
