// Image pulls of a node: what is there, what is pulled, what is tried again (K-T-12, K-T-13, K-POD-12).
//
// At most timing.kubelet.parallel_pulls at once, in the order in which they were asked for; those at once share the
// node's bandwidth. A pull that nobody waits for any more is given up. Not modelled: registryPullQPS; the layers that
// images have in common; the look-up of an image that is there waits for no other pull. Source: kubernetes 1.36
// pkg/kubelet/images/image_manager.go.
#include <algorithm>

#include <fmt/format.h>

#include "engine/api/pattern.hpp"
#include "sim/cluster/kubelet/kubelet.hpp"
#include "sim/kernel/random.hpp"

namespace jobset_twin::cluster {
namespace {

// What the reference grammar refuses most often: capitals in the repository, blanks, an empty tag.
std::string nameError(const std::string& image) {
  const std::size_t slash = image.rfind('/');
  const std::size_t colon = image.find(':', slash == std::string::npos ? 0 : slash);
  const std::size_t at = image.find('@');
  const std::string path = image.substr(0, std::min(colon, at));
  const std::size_t host_end = path.find('/');
  const bool has_host = host_end != std::string::npos && path.find_first_of(".:") < host_end;
  const std::string repository = has_host ? path.substr(host_end + 1) : path;
  const bool sound = !repository.empty() && image.find_first_of(" \t\n") == std::string::npos &&
                     (colon == std::string::npos || colon + 1 < image.size());
  if (sound && std::none_of(repository.begin(), repository.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    return {};
  return fmt::format("couldn't parse image name \"{}\": invalid reference format{}", image,
                     sound ? ": repository name must be lowercase" : "");
}

}  // namespace

bool Kubelet::setImage(Context& ctx, const std::string& pattern, ImageFault fault) {
  clearImage(ctx, pattern);
  image_faults_.emplace_back(pattern, fault);
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) pacePulls(ctx, node);
  return std::any_of(pods_.begin(), pods_.end(), [&](const PodRuntime& pod) {
    if (!pod.used) return false;
    const api::PodSpec& spec = *api::as<api::Pod>(pod.pod).spec;
    const auto uses = [&](const api::Container& container) { return api::matchesPattern(pattern, container.image); };
    return std::any_of(spec.containers.begin(), spec.containers.end(), uses) ||
           std::any_of(spec.initContainers.begin(), spec.initContainers.end(), uses);
  });
}

bool Kubelet::clearImage(Context& ctx, const std::string& pattern) {
  if (std::erase_if(image_faults_, [&](const auto& entry) { return entry.first == pattern; }) == 0) return false;
  for (std::uint32_t node = 0; node < nodes_.size(); ++node) pacePulls(ctx, node);
  return true;
}

// The last word about an image counts.
const ImageFault* Kubelet::imageFault(const std::string& image) const {
  for (auto entry = image_faults_.rbegin(); entry != image_faults_.rend(); ++entry) {
    if (api::matchesPattern(entry->first, image)) return &entry->second;
  }
  return nullptr;
}

// An image about which something was said is on those nodes only that pulled it.
bool Kubelet::imagePresent(Context& ctx, const NodeRuntime& node, const std::string& image) const {
  return node.images.contains(image) || (ctx.timing.kubelet.images_present && !imageFault(image));
}

// The container's image is made present, then it goes on with pulled(); or it waits, and asks again later.
void Kubelet::ensureImage(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  NodeRuntime& node = nodes_[pod.node];
  const api::Container& spec = specOf(pod, index);
  const std::string& policy = spec.imagePullPolicy;
  if (const std::string wrong = nameError(spec.image); !wrong.empty()) {
    const std::string message = fmt::format("Failed to apply default image tag \"{}\": {}", spec.image, wrong);
    block(ctx, slot, index, "InvalidImageName", message, "InspectFailed", message);
    return;
  }
  const bool present = imagePresent(ctx, node, spec.image);
  if (!present && policy == "Never") {
    const std::string message =
        fmt::format("Container image \"{}\" is not present with pull policy of Never", spec.image);
    block(ctx, slot, index, "ErrImageNeverPull", message, "ErrImageNeverPull", message);
    return;
  }
  if (present && policy != "Always") {
    c.blocked = false;
    event(ctx, pod, "Normal", "Pulled", fmt::format("Container image \"{}\" already present on machine", spec.image));
    schedule(ctx, Duration{}, kPulled, slot, timerOf(c, index));
    return;
  }
  if (const auto backoff = pod.image_backoffs.find(spec.image);
      backoff != pod.image_backoffs.end() && ctx.now() < backoff->second.until) {
    if (c.waiting_reason != "ImagePullBackOff") {
      c.waiting_message = fmt::format("Back-off pulling image \"{}\": {}", spec.image, c.waiting_message);
      c.waiting_reason = "ImagePullBackOff";
      event(ctx, pod, "Normal", "BackOff", fmt::format("Back-off pulling image \"{}\"", spec.image));
      event(ctx, pod, "Warning", "Failed", "Error: ImagePullBackOff");
      syncStatus(ctx, slot);
    }
    askAgain(ctx, slot, index, backoff->second.until - ctx.now());
    return;
  }
  event(ctx, pod, "Normal", "Pulling", fmt::format("Pulling image \"{}\"", spec.image));
  const auto waiter = PullWaiter{handleOf(slot), static_cast<std::uint32_t>(index), c.run};
  for (ImagePull& pull : node.pulls) {
    if (pull.image != spec.image) continue;
    pull.waiters.push_back(waiter);
    return;
  }
  ImagePull pull;
  pull.image = spec.image;
  pull.number = ++node.next_pull;
  pull.waiters.push_back(waiter);
  pull.updated = ctx.now();
  const ImageFault* fault = imageFault(spec.image);
  if (present || (fault && fault->missing)) {
    // A question to the registry: the image is there already, or nowhere.
    pull.look_up = true;
    pull.missing = fault && fault->missing;
    pull.timer = ctx.kernel.scheduleAfter(
        latency(ctx, ctx.timing.kubelet.image_check, pod, fmt::format("image/{}", index), c.run),
        targetOf(Component::kKubelet), kPullDone, pod.node, pull.number);
  } else {
    const auto size = config_.image_bytes.find(spec.image);
    pull.bytes_left =
        static_cast<double>(size == config_.image_bytes.end() ? ctx.timing.kubelet.default_image_bytes : size->second);
  }
  node.pulls.push_back(std::move(pull));
  pacePulls(ctx, pod.node);
}

// Starts what may start, and says anew when each pull is done.
void Kubelet::pacePulls(Context& ctx, std::uint32_t index) {
  NodeRuntime& node = nodes_[index];
  std::int32_t active = 0;
  for (ImagePull& pull : node.pulls) {
    if (pull.look_up) continue;
    if (pull.active) {
      const double elapsed = static_cast<double>((ctx.now() - pull.updated).count()) / 1e9;
      pull.bytes_left = std::max(pull.bytes_left - elapsed * pull.rate, 0.0);
    }
    pull.updated = ctx.now();
    pull.active = active < std::max(ctx.timing.kubelet.parallel_pulls, 1);
    if (pull.active) ++active;
  }
  for (ImagePull& pull : node.pulls) {
    if (pull.look_up || !pull.active) continue;
    const ImageFault* fault = imageFault(pull.image);
    const double rate =
        ctx.timing.kubelet.image_bytes_per_second / active / (fault ? std::max(fault->slow_factor, 1.0) : 1.0);
    if (ctx.kernel.isPending(pull.timer) && rate == pull.rate) continue;
    pull.rate = rate;
    ctx.kernel.cancel(pull.timer);
    pull.timer = ctx.kernel.scheduleAfter(Duration(static_cast<std::int64_t>(pull.bytes_left / rate * 1e9)),
                                          targetOf(Component::kKubelet), kPullDone, index, pull.number);
  }
}

void Kubelet::pullDone(Context& ctx, std::uint32_t index, std::uint64_t number) {
  NodeRuntime& node = nodes_[index];
  const auto at =
      std::find_if(node.pulls.begin(), node.pulls.end(), [&](const ImagePull& pull) { return pull.number == number; });
  if (at == node.pulls.end()) return;
  const ImagePull pull = std::move(*at);
  node.pulls.erase(at);
  if (!pull.missing) node.images.insert(pull.image);
  pacePulls(ctx, index);
  for (const PullWaiter& waiter : pull.waiters) {
    PodRuntime* pod = live(waiter.pod);
    if (!pod || waiter.container >= pod->containers.size()) continue;
    ContainerRuntime& c = pod->containers[waiter.container];
    if (c.state != ContainerState::kPulling || c.run != waiter.run) continue;
    const auto slot = static_cast<std::uint32_t>(waiter.pod & 0xffffffffU);
    if (pull.missing) {
      pullFailed(ctx, slot, waiter.container);
      continue;
    }
    c.blocked = false;
    pod->image_backoffs.erase(pull.image);
    event(ctx, *pod, "Normal", "Pulled", fmt::format("Successfully pulled image \"{}\"", pull.image));
    pulled(ctx, slot, waiter.container);
  }
}

void Kubelet::pullFailed(Context& ctx, std::uint32_t slot, std::size_t index) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const KubeletTiming& timing = ctx.timing.kubelet;
  const std::string& image = specOf(pod, index).image;
  const auto [backoff, first] = pod.image_backoffs.try_emplace(image);
  const bool at_most = backoff->second.delay >= timing.image_backoff_max;
  backoff->second.delay = first ? timing.image_backoff : std::min(backoff->second.delay * 2, timing.image_backoff_max);
  backoff->second.until = ctx.now() + backoff->second.delay;
  const std::string message = fmt::format("failed to pull image \"{0}\": {0}: not found", image);
  event(ctx, pod, "Warning", "Failed", fmt::format("Failed to pull image \"{0}\": {0}: not found", image));
  event(ctx, pod, "Warning", "Failed", "Error: ErrImagePull");
  c.blocked = true;
  c.waits_for =
      fmt::format("container {} has no image: {} cannot be pulled: not found", specOf(pod, index).name, image);
  if (at_most) {
    // Seen from outside nothing changes any more; the status goes on saying ImagePullBackOff.
    askAgain(ctx, slot, index, backoff->second.delay);
    return;
  }
  c.waiting_reason = "ErrImagePull";
  c.waiting_message = message;
  syncStatus(ctx, slot);
  advancePod(ctx, slot);
  schedule(ctx, timing.pleg, kAskAgain, slot, timerOf(c, index), kernel::EventClass::kRetry);
}

// It cannot start yet, for a reason that only something else can change: tried again with the Pod's next syncs.
void Kubelet::block(Context& ctx, std::uint32_t slot, std::size_t index, std::string_view reason,
                    const std::string& message, std::string_view event_reason, const std::string& event_text) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const bool news = c.waiting_reason != reason;
  c.blocked = true;
  c.waiting_reason = reason;
  c.waiting_message = message;
  c.waits_for = fmt::format("container {} cannot start: {}", specOf(pod, index).name, message);
  if (news) {
    event(ctx, pod, "Warning", event_reason, event_text);
    event(ctx, pod, "Warning", "Failed", fmt::format("Error: {}", reason));
    syncStatus(ctx, slot);
    advancePod(ctx, slot);
  }
  askAgain(ctx, slot, index, Duration(1));
}

// With the first sync of the Pod, of those that follow an error (K-T-10), that is at least so long from now.
void Kubelet::askAgain(Context& ctx, std::uint32_t slot, std::size_t index, Duration least) {
  PodRuntime& pod = pods_[slot];
  ContainerRuntime& c = pod.containers[index];
  const Duration period = ctx.timing.kubelet.sync_backoff;
  Duration wait{};
  while (wait < least && period > Duration{}) {
    wait += period;
    if (ctx.timing.kubelet.sandbox.sigma == 0) continue;
    const std::uint64_t draw = kernel::bitsAt(
        ctx.kernel.seed(), fmt::format("kubelet/{}/{}/sync", pod.identity, specOf(pod, index).name), c.syncs++);
    wait += Duration(static_cast<std::int64_t>(static_cast<double>(period.count()) * 0.5 *
                                               (static_cast<double>(draw >> 11) * 0x1p-53)));
  }
  schedule(ctx, std::max(wait, least), kAskAgain, slot, timerOf(c, index), kernel::EventClass::kRetry);
}

// The Pod waits for no image any more.
void Kubelet::dropPulls(Context& ctx, std::uint32_t slot) {
  NodeRuntime& node = nodes_[pods_[slot].node];
  if (node.pulls.empty()) return;
  const std::uint64_t handle = handleOf(slot);
  for (ImagePull& pull : node.pulls)
    std::erase_if(pull.waiters, [&](const PullWaiter& waiter) { return waiter.pod == handle; });
  std::erase_if(node.pulls, [&](const ImagePull& pull) {
    if (pull.waiters.empty()) ctx.kernel.cancel(pull.timer);
    return pull.waiters.empty();
  });
  pacePulls(ctx, pods_[slot].node);
}

}  // namespace jobset_twin::cluster
