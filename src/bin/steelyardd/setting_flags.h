// Options of config.toml as flags of a command.
#pragma once

#include "base/result.h"
#include "node/config/load.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace steelyard::daemon {

/// What was given on the command line: values by the options' full names.
using SettingFlags = std::map<std::string, std::string>;

/// Adds a flag for each option that `wanted` is true for. What they hold is filled by parsing.
std::shared_ptr<const SettingFlags> add_setting_flags(
    CLI::App& command, const std::function<bool(const node::Option&)>& wanted
);

/// Logs as the configuration wants them.
Result<void> set_up_logs(const node::Config& config);

}  // namespace steelyard::daemon
