// delete_options.hpp - how something is to be deleted (metav1.DeleteOptions): from the body, or from the query.
#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "engine/api/request.hpp"
#include "sim/apiserver/http/api_path.hpp"

namespace jobset_twin::apiserver::http {

// "": read; else what is wrong. dry_run: the body's list (write_options.hpp), null when there is none.
std::string readDeleteOptions(const std::string& body, const ApiPath& path, api::DeleteOptions& out,
                              nlohmann::json& dry_run);

}  // namespace jobset_twin::apiserver::http
