// delete_options.hpp - how something is to be deleted (metav1.DeleteOptions): from the body, or from the query.
#pragma once

#include <string>

#include "engine/api/request.hpp"
#include "sim/apiserver/http/api_path.hpp"

namespace jobset_twin::apiserver::http {

// "": read; else what is wrong.
std::string readDeleteOptions(const std::string& body, const ApiPath& path, api::DeleteOptions& out);

}  // namespace jobset_twin::apiserver::http
