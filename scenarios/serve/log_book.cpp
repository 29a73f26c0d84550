#include "scenarios/serve/log_book.hpp"

#include "sim/cluster/component.hpp"

namespace jobset_twin::scenarios {
namespace {

constexpr std::size_t kMostBytes = 10 << 20;
constexpr std::string_view kPod = "Pod/";

}  // namespace

void LogBook::onChange(const apiserver::WatchEvent& change) {
  if (change.type != apiserver::WatchType::kDeleted || change.object->kind() != api::Kind::kPod) return;
  const std::string prefix = change.object->meta.namespace_ + "/" + change.object->meta.name + "/";
  auto at = kept_.lower_bound(prefix);
  while (at != kept_.end() && at->first.starts_with(prefix)) at = kept_.erase(at);
}

void LogBook::onNote(const kernel::Note& note) {
  if (note.kind != static_cast<std::uint16_t>(cluster::NoteKind::kLog)) return;
  Kept& kept = kept_[note.subject.substr(kPod.size())];
  kept.lines.push_back({note.at, note.text, static_cast<std::int32_t>(note.a), static_cast<std::int32_t>(note.b / 2),
                        kept.next++, note.b % 2 == 1});
  kept.bytes += note.text.size() + 1;
  ++printed_;
  while (kept.bytes > kMostBytes && kept.lines.size() > 1) {
    kept.bytes -= kept.lines.front().text.size() + 1;
    kept.lines.pop_front();
  }
}

std::vector<apiserver::http::PrintedLine> LogBook::lines(const std::string& namespace_, const std::string& pod,
                                                         const std::string& container, std::uint64_t from) const {
  const auto found = kept_.find(namespace_ + "/" + pod + "/" + container);
  if (found == kept_.end() || found->second.lines.empty()) return {};
  const std::deque<apiserver::http::PrintedLine>& all = found->second.lines;
  const std::uint64_t first = all.front().number;
  const std::size_t skipped = from > first ? std::min<std::uint64_t>(from - first, all.size()) : 0;
  return {all.begin() + static_cast<std::ptrdiff_t>(skipped), all.end()};
}

}  // namespace jobset_twin::scenarios
