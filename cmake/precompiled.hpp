// precompiled.hpp - what nearly every source includes, compiled once a target (option TWIN_PRECOMPILED).
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#if __has_include("engine/api/request.hpp")  // where the target may include it
#include "engine/api/request.hpp"
#endif
