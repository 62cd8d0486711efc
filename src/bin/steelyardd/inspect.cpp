#include "base/log.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/service.h"
#include "bin/steelyardd/setting_flags.h"
#include "node/inspector.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

Result<Exit> inspect(const Context& context, const SettingFlags& flags) {
    TRY_ASSIGN(const auto loaded, load_home(context, flags));
    TRY(set_up_logs(loaded.config));
    const log::Logger log("main");
    Signals signals;
    TRY_ASSIGN(const auto inspector, node::Inspector::start(loaded.config));
    log.info(
        "serving what is stored",
        {{"home", loaded.config.home.native()},
         {"height", inspector->height()},
         {"rpc", loaded.config.rpc.laddr}}
    );
    while (signals.wait(std::chrono::hours(1)) != Signals::Event::terminate) {
    }
    signals.end_at_next();
    log.info("stopping", {{"signal", signals.last_name()}});
    return Exit::ok;
}

}  // namespace

void add_inspect(CLI::App& app, Context& context) {
    auto* command =
        app.add_subcommand("inspect", "Serve the RPC over the stores of a stopped node, read-only");
    const auto flags = add_setting_flags(*command, [](const node::Option& option) {
        return option.section.empty() || option.section == "rpc";
    });
    command->callback([&context, flags] {
        context.action = [&context, flags] { return inspect(context, *flags); };
    });
}

}  // namespace steelyard::daemon
