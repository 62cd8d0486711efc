// Reading and editing config.toml.
#pragma once

#include "node/config/option.h"

namespace steelyard::node {

struct TomlEntry {
    std::string full_name;  ///< "rpc.laddr"; keys deeper than that have more dots
    OptionValue value;
    std::int64_t line = 0;
};

/// Whether some option stands in a section of this name.
bool is_section(std::string_view name);

/// The file's keys in the order of their lines. Errors begin with "FILE:LINE: ".
Result<std::vector<TomlEntry>> parse_toml_entries(
    std::string_view text, std::string_view file_name
);

/// The text with one option set to `value`, which is TOML; all else stays as it is, comments too.
/// Errors: the text is no valid file.
Result<std::string> edit_toml(std::string_view text, const Option& option, std::string_view value);

}  // namespace steelyard::node
