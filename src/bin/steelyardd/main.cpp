// steelyardd: the node and everything to set it up and to look after it.
#include "bin/steelyardd/command.h"
#include "bin/steelyardd/command_line.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {
namespace {

int run(int argc, char** argv) {
    CLI::App app("A node of a Steelyard chain.", "steelyardd");
    Context context;
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("--home", context.home, "The node's folder [STEELYARD_HOME, else ~/.steelyard]");
    app.add_option("-o,--output", context.output, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    add_init(app, context);
    add_start(app, context);
    add_status(app, context);
    add_stop(app, context);
    add_testnet(app, context);
    add_genesis(app, context);
    add_export(app, context);
    add_keys(app, context);
    add_config(app, context);
    add_doctor(app, context);
    add_reset(app, context);
    add_stores(app, context);
    add_inspect(app, context);
    add_version(app, context);
    return run_command_line(app, argc, argv, [&context]() -> Result<int> {
        TRY_ASSIGN(const Exit exit, context.action());
        return static_cast<int>(exit);
    });
}

}  // namespace
}  // namespace steelyard::daemon

int main(int argc, char** argv) {
    using namespace steelyard::daemon;
    return guard_program("steelyardd", [&] { return run(argc, argv); });
}
