// What commands tell: a list of names and values, as a table or as JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace steelyard::daemon {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// Lines "name   value", the values under each other.
std::string text_of(const Fields& fields);

/// {"name": "value", ...}
std::string json_of(const Fields& fields);

/// Rows of equally many cells, in columns; the first row is the head. Control characters in cells
/// become question marks: they may come from a foreign node.
std::string table_of(const std::vector<std::vector<std::string>>& rows);

/// A text in double quotes, as JSON has it.
std::string json_quoted(std::string_view text);

}  // namespace steelyard::daemon
