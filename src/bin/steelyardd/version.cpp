#include "base/version.h"
#include "bin/steelyardd/command.h"
#include "bin/steelyardd/report.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

void add_version(CLI::App& app, Context& context) {
    app.add_subcommand("version", "Print the version")->callback([&context] {
        context.action = [&context]() -> Result<Exit> {
            const Fields fields = {
                {"version", std::string(version)},
                {"protocol", "CometBFT 0.38"},
                {"compiler", __VERSION__},
            };
            print(context.json() ? json_of(fields) : fmt::format("steelyardd {}\n", version));
            return Exit::ok;
        };
    });
}

}  // namespace steelyard::daemon
