// The commands of steelyardd: each adds itself to the parser; the one that is named runs.
#pragma once

#include "base/result.h"
#include "bin/steelyardd/command_line.h"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace steelyard::daemon {

/// What the process ends with; doc/reference/cli.md.
enum class Exit : int {
    ok = 0,
    failed = 1,       ///< what went wrong is on standard error
    usage = 2,        ///< an argument, an option or a file breaks a rule
    not_found = 3,    ///< the home, or a file of it, is not there
    unreachable = 5,  ///< the node did not answer in time, or is not healthy
};

/// What all commands share.
struct Context {
    std::string home{};                      ///< of --home; empty if not given
    std::string output = "text";             ///< "text" or "json"
    std::function<Result<Exit>()> action{};  ///< of the command that was named

    bool json() const { return output == "json"; }
};

void add_init(CLI::App& app, Context& context);
void add_testnet(CLI::App& app, Context& context);
void add_start(CLI::App& app, Context& context);
void add_stop(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);   ///< and healthcheck
void add_export(CLI::App& app, Context& context);   ///< and verify
void add_genesis(CLI::App& app, Context& context);  ///< accounts, gentx and the like
void add_keys(CLI::App& app, Context& context);     ///< show-... and gen-...
void add_inspect(CLI::App& app, Context& context);
void add_reset(CLI::App& app, Context& context);   ///< and unsafe-reset-all
void add_stores(CLI::App& app, Context& context);  ///< rollback, reindex and db
void add_config(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);

}  // namespace steelyard::daemon
