// Foreign text in a message.
#pragma once

#include <string>
#include <string_view>

namespace steelyard {

/// In double quotes, on one line: quotes, backslashes and control characters are escaped as TOML
/// and JSON have it. Else the text as it is.
std::string in_quotes(std::string_view text);

}  // namespace steelyard
