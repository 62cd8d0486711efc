// steelyardd: the node and everything to set it up and to look after it.
#include "bin/steelyardd/command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace steelyard::daemon {

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

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
    std::fprintf(stderr, "steelyardd: %.*s\n", static_cast<int>(message.size()), message.data());
    return static_cast<int>(exit);
}

/// CLI11 asks for a subcommand where it does not know the one that was given.
std::string text_of(const CLI::App& app, const CLI::ParseError& error) {
    const auto unknown = app.remaining(true);
    return error.get_name() == "RequiredError" && !unknown.empty()
               ? fmt::format("there is no command or option \"{}\"", unknown.front())
               : error.what();
}

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
}  // namespace steelyard::daemon

int main(int argc, char** argv) {
    try {
        return steelyard::daemon::run(argc, argv);
    } catch (const std::exception& error) {
        // Only what a library throws when memory is gone comes here.
        return steelyard::daemon::complain(error.what(), steelyard::daemon::Exit::failed);
    }
}
