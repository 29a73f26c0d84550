// log_book.hpp - what containers have printed, kept for as long as their Pods are there: the last 10 MiB of each
// container, as a node keeps them (kubelet containerLogMaxSize).
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "scenarios/observer.hpp"
#include "sim/apiserver/http/log_source.hpp"

namespace jobset_twin::scenarios {

class LogBook : public Observer {
 public:
  void onChange(const apiserver::WatchEvent& change) override;
  void onNote(const kernel::Note& note) override;

  std::vector<apiserver::http::PrintedLine> lines(const std::string& namespace_, const std::string& pod,
                                                  const std::string& container, std::uint64_t from) const;
  std::uint64_t printed() const { return printed_; }  // lines ever, of all

 private:
  struct Kept {
    std::deque<apiserver::http::PrintedLine> lines;
    std::size_t bytes = 0;
    std::uint64_t next = 0;
  };
  std::map<std::string, Kept> kept_;  // by "namespace/pod/container"
  std::uint64_t printed_ = 0;
};

}  // namespace jobset_twin::scenarios
