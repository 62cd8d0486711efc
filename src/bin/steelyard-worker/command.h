// The commands of steelyard-worker: each adds itself to the parser; the one that is named runs.
#pragma once

#include "base/result.h"
#include "bin/steelyardd/command_line.h"

#include <filesystem>
#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace steelyard::worker_program {

/// What the process ends with; doc/reference/worker.md. A child's codes are worker::ChildExit.
enum class Exit : int {
    ok = 0,
    failed = 1,       ///< what went wrong is on standard error
    usage = 2,        ///< an argument, a setting or a file breaks a rule
    not_found = 3,    ///< the home, or a file of it, is not there
    unreachable = 5,  ///< no worker runs on this home
    unfit = 6,        ///< the machine failed its self-test
};

struct Context {
    std::string home{};                      ///< of --home; empty if not given
    std::string output = "text";             ///< "text" or "json"
    std::function<Result<Exit>()> action{};  ///< of the command that was named

    bool json() const { return output == "json"; }
};

void add_init(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_status(CLI::App& app, Context& context);  ///< and drain
void add_detect(CLI::App& app, Context& context);
void add_selftest(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);

/// --home, STEELYARD_WORKER_HOME, else ~/.steelyard-worker.
Result<std::filesystem::path> find_home(const Context& context);

using daemon::print;

}  // namespace steelyard::worker_program
