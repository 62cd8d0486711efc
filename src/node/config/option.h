// Option: one setting of the node; the table of all of them makes the file, flags, variables and
// documentation.
#pragma once

#include "base/result.h"
#include "node/config/config.h"

#include <span>
#include <variant>

namespace steelyard::node {

/// Where a setting stands in a Config; its type is the setting's.
using OptionTarget = std::variant<
    bool*,
    int*,
    std::int64_t*,
    std::chrono::milliseconds*,
    std::string*,
    std::filesystem::path*,
    std::vector<std::string>*>;

struct Option {
    std::string_view section;  ///< empty at the top of the file
    std::string_view name;
    OptionTarget (*target)(Config&);
    std::string_view doc;      ///< sentences on one line
    std::string_view unit{};   ///< of a number: "bytes", "blocks"
    std::int64_t minimum = 0;  ///< of a number; in milliseconds of a duration
    std::int64_t maximum = 0;  ///< likewise, included
    Result<void> (*check)(std::string_view) = nullptr;  ///< of a text, or of each in a list

    std::string full_name() const;         ///< "rpc.laddr"
    std::string environment_name() const;  ///< "STEELYARD_RPC_LADDR"
    std::string flag_name() const;         ///< "--rpc.laddr"
};

/// A value as a TOML file can hold it, before it is known what it is for.
using OptionValue = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

/// All options, the ones at the top first, then section by section in the file's order.
std::span<const Option> options();

/// By full name; null if there is none.
const Option* find_option(std::string_view full_name);

/// What to say of a name that is none: which ones are near, or what stands in for an option of
/// CometBFT that is not here. Empty if nothing is.
std::string hint_for(std::string_view full_name);

/// "boolean", "integer", "duration", "text" or "list of texts".
std::string_view type_name(const Option& option);

/// "0 to 1000 bytes", "0s to 1h"; empty for other types.
std::string range_text(const Option& option);

/// The value as TOML writes it.
std::string value_text(const Option& option, const Config& config);

/// An error says which type or range is asked for, and what was given.
Result<void> assign(const Option& option, Config& config, const OptionValue& value);

/// A value of a flag or an environment variable: true or false, digits, "500ms", a text, or texts
/// between commas.
Result<void> assign_text(const Option& option, Config& config, std::string_view text);

/// The options' rules that concern more than one. An error names both.
Result<void> validate(const Config& config);

}  // namespace steelyard::node
