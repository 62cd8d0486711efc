#include "bin/steelyardd/command_line.h"

#include "bin/steelyardd/command.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace steelyard::daemon {
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

int complain(std::string_view program, std::string_view message, Exit exit) {
    const std::string line = fmt::format("{}: {}\n", program, message);
    std::fwrite(line.data(), 1, line.size(), stderr);
    return static_cast<int>(exit);
}

}  // namespace

std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error) {
    const auto unknown = app.remaining(true);
    return error.get_name() == "RequiredError" && !unknown.empty()
               ? fmt::format("there is no command or option \"{}\"", unknown.front())
               : error.what();
}

int run_command_line(
    CLI::App& app, int argc, const char* const* argv, const std::function<Result<int>()>& act
) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) {
            app.exit(error);
            return static_cast<int>(Exit::ok);
        }
        return complain(
            app.get_name(),
            parse_error_text(app, error) + "; --help after a command tells its arguments",
            Exit::usage
        );
    }
    const auto outcome = act();
    return outcome ? *outcome
                   : complain(
                         app.get_name(), outcome.error().message(), exit_of(outcome.error().code())
                     );
}

int guard_program(std::string_view program, const std::function<int()>& work) {
    try {
        return work();
    } catch (const std::exception& error) {
        return complain(program, error.what(), Exit::failed);
    }
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace steelyard::daemon
