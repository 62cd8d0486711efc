// Values as TOML writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::node {

/// In double quotes, on one line, with control characters escaped. The text is UTF-8.
std::string toml_text(std::string_view text);

/// ["a", "b"]
std::string toml_list(const std::vector<std::string>& list);

/// "a, b" is {"a", "b"}: spaces around entries fall away; an empty text is an empty list.
std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace steelyard::node
