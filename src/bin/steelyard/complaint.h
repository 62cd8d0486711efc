// What a command says when it does not succeed.
#pragma once

#include "base/result.h"

#include <expected>
#include <string>

namespace steelyard::wallet {

/// What the process ends with; doc/reference/wallet.md.
enum class Exit : int {
    ok = 0,
    failed = 1,     ///< what went wrong is on standard error
    usage = 2,      ///< an argument, an option or a file breaks a rule
    not_found = 3,  ///< there is no such key, account or transaction
    funds = 4,      ///< the account has too little
    timeout = 5,    ///< the node did not answer, or the transaction was not committed in time
    fault = 6,      ///< a run ended with a fault, a job without results; a proof shows no right run
    unsupported = 7,    ///< a model has nodes that cannot be imported, or not be trained
    interrupted = 130,  ///< by Ctrl-C: what was followed goes on
};

/// An error for people, with a code for programs. The codes are stable: doc/reference/wallet.md
/// lists them.
struct Complaint {
    Exit exit = Exit::failed;
    std::string code{};     ///< such as "key_not_found"
    std::string message{};  ///< lower case, one line, no full stop
    std::string hint{};     ///< what to do; may be empty

    Complaint(Exit exit_with, std::string code_is, std::string text, std::string advice = "")
        : exit(exit_with),
          code(std::move(code_is)),
          message(std::move(text)),
          hint(std::move(advice)) {}

    /// What a library says, by its kind.
    Complaint(const Error& error);
};

template <typename T>
using Outcome = std::expected<T, Complaint>;

/// `return usage("\"{}\" is no height", text);`
template <typename... Args>
std::unexpected<Complaint> usage(fmt::format_string<Args...> format, Args&&... args) {
    return std::unexpected(
        Complaint(Exit::usage, "invalid_argument", fmt::format(format, std::forward<Args>(args)...))
    );
}

/// As text, or as JSON on one line; with a newline.
std::string text_of(const Complaint& complaint);
std::string json_of(const Complaint& complaint);

/// What a node said no with: an error of client/node_client.h.
Complaint of_node(const Error& error);

/// What came of a transaction: a code that is not 0, of its codespace, and the log.
Complaint of_tx(std::string_view codespace, std::uint32_t code, std::string_view log);

/// The same of a node's text alone, as a simulation that failed gives it.
Complaint of_simulation(const Error& error);

}  // namespace steelyard::wallet
