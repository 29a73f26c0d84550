// Goal: every part of every record, and their order, decides the fingerprint; and it is the same everywhere.
#include "sim/kernel/fingerprint.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "sim/kernel/trace.hpp"

namespace jobset_twin::kernel {
namespace {

using Step = std::function<void(Fingerprint&)>;

Step event(int at, std::uint32_t target, std::uint16_t kind, std::uint64_t a, std::uint64_t b) {
  return [=](Fingerprint& into) { into.event(kDefaultStart + Duration{at}, target, kind, a, b); };
}
Step write(const char* key, std::uint8_t verb, std::uint64_t version, std::uint64_t low, std::uint64_t high) {
  return [=](Fingerprint& into) { into.write(key, verb, version, low, high); };
}
Step line(int at, const char* source, const char* text) {
  return [=](Fingerprint& into) { into.line(kDefaultStart + Duration{at}, source, text); };
}
std::string textOf(const std::vector<Step>& steps) {
  Fingerprint fingerprint;
  for (const Step& step : steps) step(fingerprint);
  EXPECT_EQ(fingerprint.records, steps.size());
  return fingerprint.text();
}

TEST(Fingerprint, EveryPartCounts) {
  const std::vector<Step> different = {
      event(1, 2, 3, 4, 5),   event(2, 2, 3, 4, 5),   event(1, 3, 3, 4, 5),   event(1, 2, 4, 4, 5),
      event(1, 2, 3, 5, 5),   event(1, 2, 3, 4, 6),   event(1, 2, 3, 5, 4),   write("a", 1, 2, 3, 4),
      write("b", 1, 2, 3, 4), write("a", 2, 2, 3, 4), write("a", 1, 3, 3, 4), write("a", 1, 2, 4, 4),
      write("a", 1, 2, 3, 5), write("", 1, 2, 3, 4),  line(1, "a", "b"),      line(2, "a", "b"),
      line(1, "b", "b"),      line(1, "a", "c"),      line(1, "ab", ""),      line(1, "", "ab"),
      line(1, "", ""),
  };
  std::set<std::string> texts = {textOf({})};
  for (const Step& step : different) {
    EXPECT_TRUE(texts.insert(textOf({step})).second);
    EXPECT_TRUE(texts.insert(textOf({step, step})).second);
  }
  EXPECT_TRUE(texts.insert(textOf({different[0], different[1]})).second);
  EXPECT_TRUE(texts.insert(textOf({different[1], different[0]})).second);
}

TEST(Fingerprint, ValuesArePinned) {
  EXPECT_EQ(textOf({}), "00000000000000000000000000000000");
  EXPECT_EQ(textOf({event(1, 2, 3, 4, 5)}), "6ccc413209703805b2731a6dcd553abb");
  EXPECT_EQ(textOf({write("Pod/default/leader-0", 1, 2, 3, 4)}), "0afe5696582cdfa4ab89d9af84a61dac");
  EXPECT_EQ(textOf({line(1, "pod/default/leader-0", "hello")}), "c0f7c8fc953b936352b2524ad21b32d8");
}

TEST(Fingerprint, TextShowsTheHighHalfFirst) {
  Fingerprint fingerprint;
  fingerprint.low = 0x0123456789abcdef;
  fingerprint.high = 0xfedcba9876543210;
  EXPECT_EQ(fingerprint.text(), "fedcba98765432100123456789abcdef");
}

TEST(Trace, KeepsNotesOnlyWhileEnabledAndUntilTaken) {
  Trace trace;
  trace.note(kDefaultStart, 1, "a", "dropped");
  trace.enabled = true;
  trace.note(kDefaultStart, 2, "b", "kept", 3, 4);
  trace.note(Note{kDefaultStart, 3, "c", "kept too", 0, 0});
  const std::vector<Note> notes = trace.take();
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_EQ(notes[0], (Note{kDefaultStart, 2, "b", "kept", 3, 4}));
  EXPECT_TRUE(trace.take().empty());
}

}  // namespace
}  // namespace jobset_twin::kernel
