// machine_host.hpp - the Host of a container: its files (own ones, emptyDir, claims, what the kubelet fills),
// clock, name and random numbers.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

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

 private:
  // The file map that holds `path` and the path within it; null: there is none, or it is to be changed and cannot be.
  std::map<std::string, std::string>* filesFor(std::string_view path, std::string& inner, bool& shared,
                                               bool change = false);
  bool fill(const nlohmann::json& source);

  Kubelet& kubelet_;
  PodRuntime& pod_;
  std::size_t index_;
  TimePoint now_;
  std::uint64_t seed_;
  bool wrote_shared_ = false;
  std::map<std::string, std::string> filled_;  // the files of a volume that the kubelet fills
};

// The environment of a container: its own, envFrom, downward API, what the kubelet adds (K-JOB-5 is in the spec
// already).
std::vector<std::pair<std::string, std::string>> environmentOf(
    const PodRuntime& pod, const api::Container& container,
    const std::map<std::string, std::map<std::string, std::string>>& configs, const NodeRuntime& node);
// "couldn't find key …" if the variable needs a key that its ConfigMap or Secret, which is there, lacks; else nothing.
std::string missingKey(const std::map<std::string, std::map<std::string, std::string>>& configs,
                       const std::string& namespace_, const api::EnvVarSource& from);
// command + args with $(VAR) replaced as Kubernetes does: $$(VAR) stays $(VAR), an unknown one stays as it is.
std::vector<std::string> commandOf(const api::Container& container,
                                   const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace jobset_twin::cluster
