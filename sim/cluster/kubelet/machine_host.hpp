// machine_host.hpp - the Host of a container: its files (own ones, emptyDir, claims, ConfigMaps, the downward API),
// clock, name and random numbers (files.cpp, environment.cpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/workload/host.hpp"

namespace jobset_twin::cluster {

class MachineHost : public workload::Host {
 public:
  MachineHost(Kubelet& kubelet, PodRuntime& pod, std::size_t index, TimePoint now, std::uint64_t seed)
      : kubelet_(kubelet), pod_(pod), index_(index), now_(now), seed_(seed) {}

  TimePoint now() override { return now_; }
  std::uint32_t random15() override;
  std::string hostname() override;
  int processors() override { return kubelet_.nodes_[pod_.node].processors; }
  std::optional<std::string> readFile(std::string_view path) override;
  bool writeFile(std::string_view path, std::string_view content, bool append) override;
  bool isFile(std::string_view path) override;
  bool isDirectory(std::string_view path) override;
  std::vector<std::string> list(std::string_view directory) override;
  bool remove(std::string_view path) override;
  bool makeDirectory(std::string_view path) override;

  bool wroteShared() const { return wrote_shared_; }  // to a volume that other containers see
  bool wrote() const { return wrote_; }

 private:
  using Files = std::map<std::string, std::string>;
  struct Place {
    Files* files = nullptr;  // null: nothing is there, and nothing can be written
    std::string inner;       // the path within them; directories are entries that end in '/'
    bool shared = false, read_only = false;
  };
  Place placeOf(std::string_view path);
  const api::VolumeMount* mountOf(std::string_view path) const;
  std::string inside(const api::VolumeMount& mount, std::string_view path) const;

  Kubelet& kubelet_;
  PodRuntime& pod_;
  std::size_t index_;
  TimePoint now_;
  std::uint64_t seed_;
  bool wrote_ = false, wrote_shared_ = false;
  std::map<std::string, std::optional<Files>> projected_;  // by volume: those that are made from objects
};

// command + args with $(VAR) replaced as Kubernetes does: $$(VAR) stays $(VAR), an unknown one stays as it is.
std::vector<std::string> commandOf(const api::Container& container,
                                   const std::vector<std::pair<std::string, std::string>>& environment);
std::string expand(std::string_view text, const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace jobset_twin::cluster
