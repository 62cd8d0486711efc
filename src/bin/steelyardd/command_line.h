// The ends of a command line: arguments in, an exit status out, and what went wrong on standard
// error.
#pragma once

#include "base/result.h"

#include <functional>
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace steelyard::daemon {

/// What CLI11 says, and the word that it does not know where it asks for a command in its place.
std::string parse_error_text(const CLI::App& app, const CLI::ParseError& error);

/// Parses the arguments and does what they ask for; --help and --version end with 0. `act`'s answer
/// is the process's. Errors go to standard error behind the program's name; they and arguments that
/// are not right end it with what Exit calls them, which is the same in all programs of this
/// command line.
int run_command_line(
    CLI::App& app, int argc, const char* const* argv, const std::function<Result<int>()>& act
);

/// What `work` returns. Where a library throws, because memory is gone: 1, and a line about it.
int guard_program(std::string_view program, const std::function<int()>& work);

/// Standard output. Failing to write there is of no interest to any command.
void print(std::string_view text);

}  // namespace steelyard::daemon
