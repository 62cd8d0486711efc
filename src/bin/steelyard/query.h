// What the commands of queries share.
#pragma once

#include "bin/steelyard/command.h"
#include "bin/steelyard/report.h"

namespace steelyard::wallet {

/// Asks the application; what the node says no with is a complaint.
Outcome<void> ask(
    const client::NodeClient& node,
    std::string_view method,
    const google::protobuf::Message& request,
    google::protobuf::Message& answer
);

/// The most pages that one command reads.
inline constexpr int pages_max = 100;

/// How many entries a page is asked for.
inline constexpr std::uint64_t page_size = 200;

/// All pages of an answer, one after the other, with their lists joined.
template <typename Request, typename Answer>
Outcome<Answer> ask_all(const client::NodeClient& node, std::string_view method, Request request) {
    Answer all;
    request.mutable_pagination()->set_limit(page_size);
    for (int page = 0; page < pages_max; ++page) {
        Answer answer;
        TRY(ask(node, method, request, answer));
        std::string next = answer.pagination().next_key();
        answer.clear_pagination();
        all.MergeFrom(answer);
        if (next.empty()) {
            return all;
        }
        request.mutable_pagination()->set_key(std::move(next));
    }
    tell("warning: there is more than is shown\n");
    return all;
}

/// An account: the one that is named, or that of the only key.
Outcome<std::string> account_text(const Context& context, const std::string& name);

/// The operator's address of a validator.
Outcome<std::string> operator_text(const Context& context, const std::string& name);

/// "2.5 yard" of an amount in base units that a node has sent.
std::string money_text(std::string_view amount, std::string_view denom);

/// The same of a fraction, as it travels.
std::string dec_money_text(std::string_view wire, std::string_view denom);

/// "0.050000000000000000" of a fraction as it travels, without zeros at its end; "5 %".
std::string percent_text(std::string_view wire);

using RunQuery = std::function<Outcome<Exit>(const client::NodeClient& node)>;

/// A command that asks a node.
CLI::App* add_question(
    CLI::App& query, Context& context, const char* name, const char* help, RunQuery run
);

/// As JSON, or else the text.
Outcome<Exit> answer_with(
    const Context& context, const google::protobuf::Message& answer, const std::string& text
);

// Each adds its commands.
void add_account_queries(CLI::App& query, Context& context);
void add_staking_queries(CLI::App& query, Context& context);
void add_reward_queries(CLI::App& query, Context& context);
void add_chain_queries(CLI::App& query, Context& context);
void add_governing_queries(CLI::App& query, Context& context);

}  // namespace steelyard::wallet
