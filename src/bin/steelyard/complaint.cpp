#include "bin/steelyard/complaint.h"

#include "chain/json_text.h"

#include <array>

namespace steelyard::wallet {
namespace {

/// Codes of the codespace "sdk" that have a name of their own here.
struct Known {
    std::uint32_t code;
    Exit exit;
    std::string_view name;
    std::string_view text;  ///< how the node ends its text
    std::string_view hint;
};

constexpr std::array known_codes = {
    Known{
        4,
        Exit::failed,
        "unauthorized",
        "unauthorized",
        "the signature is for another chain, account or sequence; sign again with the values of "
        "`steelyard query account`"
    },
    Known{
        5,
        Exit::funds,
        "insufficient_funds",
        "insufficient funds",
        "see what there is with `steelyard query balances`; the fee is paid too"
    },
    Known{
        9,
        Exit::not_found,
        "account_not_found",
        "unknown address",
        "an account is there from the first payment to it on"
    },
    Known{11, Exit::failed, "out_of_gas", "out of gas", "raise --gas-adjustment, or --gas"},
    Known{
        13,
        Exit::failed,
        "insufficient_fee",
        "insufficient fee",
        "leave --fees and --gas-prices away to pay what the chain asks for"
    },
    Known{
        32,
        Exit::failed,
        "wrong_sequence",
        "incorrect account sequence",
        "another transaction of the account came first; make this one anew"
    },
};

/// A refusal of gRPC without what stands around its text.
std::string plain_text(std::string_view text) {
    constexpr std::string_view description = " desc = ";
    const std::size_t at = text.find(description);
    if (!text.starts_with("rpc error: ") || at == std::string_view::npos) {
        return std::string(text);
    }
    text.remove_prefix(at + description.size());
    for (const std::string_view end : {": key not found", ": invalid request", ": unauthorized"}) {
        if (text.ends_with(end)) {
            text.remove_suffix(end.size());
        }
    }
    return std::string(text);
}

/// What a simulation says, without what every one of them says around it.
std::string core_of(std::string_view text) {
    for (const std::string_view start :
         {"rpc error: code = Unknown desc = ", "failed to execute message; message index: 0: "}) {
        if (text.starts_with(start)) {
            text.remove_prefix(start.size());
        }
    }
    return std::string(text.substr(0, text.find(" with gas used: ")));
}

Complaint complaint_of(const Known& known, std::string_view log) {
    return Complaint(
        known.exit, std::string(known.name), std::string(log), std::string(known.hint)
    );
}

}  // namespace

Complaint::Complaint(const Error& error) : message(error.message()) {
    switch (error.code()) {
        case ErrorCode::invalid:
        case ErrorCode::too_large:
            exit = Exit::usage;
            code = "invalid_argument";
            return;
        case ErrorCode::not_found:
            exit = Exit::not_found;
            code = "not_found";
            return;
        case ErrorCode::insufficient:
            code = "insufficient";
            return;
        case ErrorCode::corrupt:
            code = "corrupt_file";
            return;
        case ErrorCode::denied:
            code = "denied";
            return;
        case ErrorCode::unsupported:
            code = "unsupported";
            return;
        case ErrorCode::io:
        case ErrorCode::no_space:
            code = "io_error";
            return;
    }
}

std::string text_of(const Complaint& complaint) {
    std::string out = "steelyard: " + complaint.message + " [" + complaint.code + "]\n";
    if (!complaint.hint.empty()) {
        out += "hint: " + complaint.hint + "\n";
    }
    return out;
}

std::string json_of(const Complaint& complaint) {
    std::string out = "{\"code\":" + chain::json_quote(complaint.code) +
                      ",\"message\":" + chain::json_quote(complaint.message);
    if (!complaint.hint.empty()) {
        out += ",\"hint\":" + chain::json_quote(complaint.hint);
    }
    return out + "}\n";
}

Complaint of_node(const Error& error) {
    switch (error.code()) {
        case ErrorCode::io:
            return Complaint(
                Exit::timeout,
                "node_unreachable",
                error.message(),
                "is the node running, and is this its RPC? name another with --node"
            );
        case ErrorCode::not_found:
            return Complaint(Exit::not_found, "not_found", plain_text(error.message()));
        case ErrorCode::corrupt:
            return Complaint(
                Exit::failed, "bad_answer", error.message(), "is --node the RPC of a node?"
            );
        case ErrorCode::invalid:
        case ErrorCode::too_large:
        case ErrorCode::no_space:
        case ErrorCode::unsupported:
        case ErrorCode::denied:
        case ErrorCode::insufficient:
            break;
    }
    return Complaint(Exit::failed, "node_refused", plain_text(error.message()));
}

Complaint of_tx(std::string_view codespace, std::uint32_t code, std::string_view log) {
    if (codespace == "sdk") {
        for (const Known& known : known_codes) {
            if (known.code == code) {
                return complaint_of(known, log);
            }
        }
    }
    return Complaint(Exit::failed, "tx_failed", fmt::format("{} ({} {})", log, codespace, code));
}

Complaint of_simulation(const Error& error) {
    if (error.code() == ErrorCode::io || error.code() == ErrorCode::corrupt) {
        return of_node(error);
    }
    for (const Known& known : known_codes) {
        if (error.message().contains(known.text)) {
            return complaint_of(known, core_of(error.message()));
        }
    }
    return Complaint(Exit::failed, "tx_would_fail", core_of(error.message()));
}

}  // namespace steelyard::wallet
