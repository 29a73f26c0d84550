// Figures as bytes: one frame (saved_file.hpp), so that damage and another version's figures are found.
#include <sstream>

#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>

#include "engine/api/archive.hpp"
#include "engine/api/saved_file.hpp"
#include "scenarios/study/figures.hpp"

namespace jobset_twin::scenarios::study {
namespace {

constexpr std::string_view kFrame = "figures of a run";

}  // namespace

template <class Archive>
void WorkloadFigures::serialize(Archive& ar) {
  ar(kind, namespace_, name, state, reason, queued, started, finished, ettr, restarts, slo_met);
}

template <class Archive>
void RunFigures::serialize(Archive& ar) {
  ar(seed, events, fingerprint, end_reason, metrics, workloads);
}

std::string toBytes(const RunFigures& figures) {
  api::ArchiveWriter ar;
  ar(figures);
  std::ostringstream out;
  api::writeFrame(out, kFrame, 0, ar.take());
  return std::move(out).str();
}

RunFigures figuresFromBytes(const std::string& bytes) {
  std::istringstream in(bytes);
  const std::string state = api::readFrame(in, kFrame, 0);
  if (in.peek() != std::istringstream::traits_type::eof()) api::damagedArchive("more than the figures of one run");
  api::ArchiveReader ar(state);
  RunFigures figures;
  ar(figures);
  ar.expectEnd();
  return figures;
}

}  // namespace jobset_twin::scenarios::study
