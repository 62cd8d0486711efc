// The settings as texts: a config.toml, the reference page, and what is in effect.
#pragma once

#include "node/config/load.h"

namespace steelyard::node {

/// A whole config.toml with what each option does. Options that have their default are commented
/// out, so that a later version's default applies to who did not choose.
std::string print_config_file(const Config& config);

/// doc/reference/config.md.
std::string print_config_reference();

/// A line "name = value  # origin" for each option; only those that are set if not `all`.
std::string print_effective(const LoadedConfig& loaded, bool all, bool with_origins);

/// The same as one JSON object: {"rpc.laddr": {"value": ..., "origin": "..."}, ...}.
std::string print_effective_json(const LoadedConfig& loaded, bool all);

}  // namespace steelyard::node
