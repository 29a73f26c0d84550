// pod_log.hpp - GET …/pods/NAME/log: what a container has printed, by PodLogOptions (core/v1; kubelet validation and
// messages of registry/core/pod, Kubernetes 1.36).
#pragma once

#include <functional>

#include "sim/apiserver/http/api_path.hpp"
#include "sim/apiserver/http/log_source.hpp"
#include "sim/apiserver/http/message.hpp"
#include "sim/apiserver/store.hpp"

namespace jobset_twin::apiserver::http {

// With follow=true the answer is a stream that ends with the container.
HttpAnswer podLog(const ApiPath& path, const Store& store, const LogSource& lines,
                  const std::function<api::TimePoint()>& now);

}  // namespace jobset_twin::apiserver::http
