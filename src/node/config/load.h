// How the settings of a node are gathered: defaults, then the file, the environment and the flags.
#pragma once

#include "node/config/option.h"

#include <map>
#include <optional>

namespace steelyard::node {

inline constexpr std::size_t config_file_size_max = 1 << 20;
inline constexpr std::string_view config_file_name = "config/config.toml";

/// Who set an option; later ones override earlier ones.
enum class OriginKind : std::uint8_t { default_value, file, environment, flag };

struct Origin {
    OriginKind kind = OriginKind::default_value;
    std::int64_t line = 0;  ///< in the file

    bool operator==(const Origin&) const = default;
};

struct ConfigInputs {
    std::filesystem::path home{};
    std::string file_name{};                           ///< for errors
    std::optional<std::string> file_text{};            ///< nothing if there is no file
    std::map<std::string, std::string> environment{};  ///< also variables that are none of ours
    std::map<std::string, std::string> flags{};        ///< by full name
};

struct LoadedConfig {
    Config config{};
    std::vector<Origin> origins{};  ///< of options(), in their order
};

/// Errors name the file and line, the variable or the flag, the value, and what is asked for.
Result<LoadedConfig> load_config(const ConfigInputs& inputs);

/// The process's variables whose names begin with "STEELYARD_".
std::map<std::string, std::string> steelyard_environment();

/// "default", "config.toml:12", "env STEELYARD_RPC_LADDR" or "flag --rpc.laddr".
std::string describe(const Option& option, const Origin& origin);

}  // namespace steelyard::node
