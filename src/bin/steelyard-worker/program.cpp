#include "bin/steelyard-worker/program.h"

#include "base/version.h"
#include "bin/steelyard-worker/command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <exception>

namespace steelyard::worker_program {
namespace {

Exit exit_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid:
        case ErrorCode::too_large:
            return Exit::usage;
        case ErrorCode::not_found:
            return Exit::not_found;
        case ErrorCode::corrupt:
        case ErrorCode::io:
        case ErrorCode::no_space:
        case ErrorCode::unsupported:
        case ErrorCode::denied:
        case ErrorCode::insufficient:
            return Exit::failed;
    }
    return Exit::failed;
}

int complain(std::string_view message, Exit exit) {
    std::fprintf(
        stderr, "steelyard-worker: %.*s\n", static_cast<int>(message.size()), message.data()
    );
    return static_cast<int>(exit);
}

/// CLI11 asks for a subcommand where it does not know the one that was given.
std::string text_of(const CLI::App& app, const CLI::ParseError& error) {
    const auto unknown = app.remaining(true);
    return error.get_name() == "RequiredError" && !unknown.empty()
               ? fmt::format("there is no command or option \"{}\"", unknown.front())
               : error.what();
}

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
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);
            return static_cast<int>(Exit::ok);
        }
        return complain(
            text_of(app, error) + "; --help after a command tells its arguments", Exit::usage
        );
    }
    const auto outcome = context.action();
    if (!outcome) {
        return complain(outcome.error().message(), exit_of(outcome.error().code()));
    }
    return static_cast<int>(*outcome);
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

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

int run_program(int argc, char** argv, const ChildCommand& child) {
    try {
        if (argc == 3) {
            if (const auto exit = child(argv[1], argv[2])) {
                return static_cast<int>(*exit);
            }
        }
        return run_command(argc, argv);
    } catch (const std::exception& error) {
        // Only what a library throws when memory is gone comes here.
        return complain(error.what(), Exit::failed);
    }
}

}  // namespace steelyard::worker_program
