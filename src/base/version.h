// The version of this software.
#pragma once

#include <string_view>

namespace steelyard {

/// As in CMakeLists.txt.
inline constexpr std::string_view version = "0.1.0";

}  // namespace steelyard
