// The files that a container sees: its own, those of emptyDirs and claims, and volumes made from objects, which are
// read only.
#include <algorithm>

#include <fmt/format.h>

#include "sim/cluster/kubelet/machine_host.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {

std::uint32_t MachineHost::random15() {
  const api::Container& spec = specOf(pod_, index_);
  ContainerRuntime& container = pod_.containers[index_];
  const std::string name = fmt::format("container/{}/{}/{}/random", pod_.identity, spec.name, container.attempt);
  return static_cast<std::uint32_t>(kernel::bitsAt(seed_, name, container.random_draws++) & 0x7fffU);
}

std::string MachineHost::hostname() { return kubelet_.hostnameOf(pod_); }

// The mount of a container that holds the path.
const api::VolumeMount* MachineHost::mountOf(std::string_view path) const {
  const api::VolumeMount* best = nullptr;
  for (const api::VolumeMount& mount : specOf(pod_, index_).volumeMounts) {
    const bool within =
        path == mount.mountPath ||
        (path.starts_with(mount.mountPath) && (mount.mountPath.ends_with('/') || path[mount.mountPath.size()] == '/'));
    if (within && (!best || mount.mountPath.size() > best->mountPath.size())) best = &mount;
  }
  return best;
}

std::string MachineHost::inside(const api::VolumeMount& mount, std::string_view path) const {
  std::string below = mount.subPath;
  if (!mount.subPathExpr.empty()) below = expand(mount.subPathExpr, kubelet_.environmentOf(pod_, specOf(pod_, index_)));
  std::string rest(path.substr(mount.mountPath.size()));
  if (!rest.empty() && rest.front() != '/') rest.insert(rest.begin(), '/');
  const std::string inner = (below.empty() ? "" : "/" + below) + rest;
  return inner.empty() ? "/" : inner;
}

MachineHost::Place MachineHost::placeOf(std::string_view path) {
  const api::VolumeMount* mount = mountOf(path);
  if (!mount) return {&pod_.containers[index_].files, std::string(path)};
  Place place{nullptr, inside(*mount, path), true, mount->readOnly};
  for (const api::Volume& volume : api::as<api::Pod>(pod_.pod).spec->volumes) {
    if (volume.name != mount->name) continue;
    if (const auto& claim = volume.persistentVolumeClaim) {
      place.files = &kubelet_.claims_[pod_.pod->meta.namespace_ + "/" + claim->claimName];
      place.read_only = place.read_only || claim->readOnly;
      return place;
    }
    const auto [made, fresh] = projected_.try_emplace(volume.name);
    if (fresh) made->second = kubelet_.volumeFiles(pod_, volume);
    if (!made->second) break;
    place.files = &*made->second;
    place.read_only = true;
    return place;
  }
  place.files = &pod_.empty_dirs[mount->name];
  return place;
}

namespace {

// Directories are entries that end in '/'.
bool holdsDirectory(const std::map<std::string, std::string>& files, const std::string& path) {
  const std::string prefix = path.ends_with('/') ? path : path + "/";
  const auto at = files.lower_bound(prefix);
  return at != files.end() && at->first.starts_with(prefix);
}

bool alwaysThere(std::string_view path) {
  constexpr std::string_view kDirectories[] = {
      "/",    "/tmp", "/etc",     "/dev",       "/root",          "/home", "/var", "/var/run", "/var/tmp", "/run",
      "/usr", "/bin", "/usr/bin", "/usr/local", "/usr/local/bin", "/proc", "/sys", "/opt",     "/mnt",     "/data"};
  return std::find(std::begin(kDirectories), std::end(kDirectories), path) != std::end(kDirectories);
}

std::string parentOf(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == 0 || slash == std::string_view::npos ? "/" : std::string(path.substr(0, slash));
}

}  // namespace

std::optional<std::string> MachineHost::readFile(std::string_view path) {
  if (path == "/etc/hostname") return hostname() + "\n";
  const Place place = placeOf(path);
  if (const auto found = place.files->find(place.inner); found != place.files->end()) return found->second;
  constexpr std::string_view kAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";
  if (!path.starts_with(kAccount)) return std::nullopt;
  const std::string_view file = path.substr(kAccount.size());
  if (file == "namespace") return pod_.pod->meta.namespace_;
  if (file == "token" || file == "ca.crt") return "simulated " + std::string(file);
  return std::nullopt;
}

bool MachineHost::writeFile(std::string_view path, std::string_view content, bool append) {
  if (!isDirectory(parentOf(path)) || isDirectory(path)) return false;
  const Place place = placeOf(path);
  if (place.read_only) return false;
  wrote_ = true;
  wrote_shared_ = wrote_shared_ || place.shared;
  std::string& file = (*place.files)[place.inner];
  if (!append) file.clear();
  if (content.size() > workload::kMaxFileBytes - file.size()) return false;
  file += content;
  return true;
}

bool MachineHost::isFile(std::string_view path) { return readFile(path).has_value(); }

bool MachineHost::isDirectory(std::string_view path) {
  if (alwaysThere(path)) return true;
  const api::Container& container = specOf(pod_, index_);
  if (path == container.workingDir) return true;
  for (const api::VolumeMount& mount : container.volumeMounts) {
    if (mount.mountPath.starts_with(std::string(path) + "/")) return true;
  }
  const Place place = placeOf(path);
  const api::VolumeMount* mount = mountOf(path);
  // A mount point is a directory unless a single file is mounted there.
  if (mount && mount->mountPath == path && !place.files->contains(place.inner)) return true;
  return holdsDirectory(*place.files, place.inner);
}

std::vector<std::string> MachineHost::list(std::string_view directory) {
  const Place place = placeOf(directory);
  std::vector<std::string> names;
  const std::string prefix = place.inner.ends_with('/') ? place.inner : place.inner + "/";
  for (auto at = place.files->lower_bound(prefix); at != place.files->end() && at->first.starts_with(prefix); ++at) {
    const std::string rest = at->first.substr(prefix.size());
    const std::string name = rest.substr(0, rest.find('/'));
    if (!name.empty() && (names.empty() || names.back() != name)) names.push_back(name);
  }
  return names;
}

bool MachineHost::remove(std::string_view path) {
  const Place place = placeOf(path);
  if (place.read_only) return false;
  wrote_ = true;
  wrote_shared_ = wrote_shared_ || place.shared;
  bool any = place.files->erase(place.inner) > 0;
  const std::string prefix = place.inner + "/";
  for (auto at = place.files->lower_bound(prefix); at != place.files->end() && at->first.starts_with(prefix);
       any = true)
    at = place.files->erase(at);
  return any;
}

bool MachineHost::makeDirectory(std::string_view path) {
  if (isDirectory(path) || isFile(path) || !isDirectory(parentOf(path))) return false;
  const Place place = placeOf(path);
  if (place.read_only) return false;
  wrote_ = true;
  (*place.files)[place.inner + "/"] = "";
  return true;
}

}  // namespace jobset_twin::cluster
