#include "bin/steelyard-worker/program.h"

#include "base/version.h"
#include "bin/steelyard-worker/command.h"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace steelyard::worker_program {
namespace {

int run_command(int argc, char** argv) {
    CLI::App app("Runs jobs of a Steelyard chain for a provider.", "steelyard-worker");
    Context context;
    app.require_subcommand(1);
    app.fallthrough();
    app.set_version_flag("--version", std::string(version));
    app.add_option(
        "--home",
        context.home,
        "The worker's folder [STEELYARD_WORKER_HOME, else ~/.steelyard-worker]"
    );
    app.add_option("-o,--output", context.output, "text or json")
        ->check(CLI::IsMember({"text", "json"}));
    add_init(app, context);
    add_run(app, context);
    add_status(app, context);
    add_detect(app, context);
    add_selftest(app, context);
    add_bench(app, context);
    return daemon::run_command_line(app, argc, argv, [&context]() -> Result<int> {
        TRY_ASSIGN(const Exit exit, context.action());
        return static_cast<int>(exit);
    });
}

}  // namespace

Result<std::filesystem::path> find_home(const Context& context) {
    if (!context.home.empty()) {
        return context.home;
    }
    if (const char* home = std::getenv("STEELYARD_WORKER_HOME"); home != nullptr && *home != 0) {
        return home;
    }
    const char* user = std::getenv("HOME");
    if (user == nullptr || *user == 0) {
        return fail(ErrorCode::not_found, "there is no home: say --home");
    }
    return std::filesystem::path(user) / ".steelyard-worker";
}

int run_program(int argc, char** argv, const ChildCommand& child) {
    return daemon::guard_program("steelyard-worker", [&] {
        if (argc == 3) {
            if (const auto exit = child(argv[1], argv[2])) {
                return static_cast<int>(*exit);
            }
        }
        return run_command(argc, argv);
    });
}

}  // namespace steelyard::worker_program
