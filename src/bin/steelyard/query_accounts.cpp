// query: accounts and money.
#include "bin/steelyard/query.h"
#include "client/account.h"
#include "client/money.h"
#include "client/tx_files.h"
#include "cosmos/auth/v1beta1/auth.pb.h"
#include "cosmos/auth/v1beta1/query.pb.h"
#include "cosmos/bank/v1beta1/query.pb.h"

#include <google/protobuf/any.pb.h>
#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace auth = cosmos::auth::v1beta1;
namespace bank = cosmos::bank::v1beta1;

/// Of BaseAccount or ModuleAccount.
Fields account_fields(const google::protobuf::Any& any) {
    auth::BaseAccount account;
    Fields fields;
    if (any.type_url() == "/cosmos.auth.v1beta1.ModuleAccount") {
        auth::ModuleAccount module;
        if (module.ParseFromString(any.value())) {
            account = module.base_account();
            fields.emplace_back("module", module.name());
        }
    } else if (!account.ParseFromString(any.value())) {
        return {{"type", any.type_url()}};
    }
    fields.emplace_back("address", account.address());
    fields.emplace_back("account number", std::to_string(account.account_number()));
    fields.emplace_back("sequence", std::to_string(account.sequence()));
    const auto key = tx::unpack_account_key(account.pub_key());
    fields.emplace_back(
        "public key", key ? client::print_account_key(*key) : "not known before it has signed"
    );
    return fields;
}

Outcome<Exit> account(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    auth::QueryAccountRequest request;
    TRY_ASSIGN(*request.mutable_address(), account_text(context, name));
    auth::QueryAccountResponse answer;
    auto asked = ask(node, "/cosmos.auth.v1beta1.Query/Account", request, answer);
    if (!asked && asked.error().exit == Exit::not_found) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "account_not_found",
            fmt::format("nobody has paid {} yet, so it has no account", request.address()),
            "an account is there from the first payment to it on"
        ));
    }
    TRY(asked);
    return answer_with(context, answer, fields_text(account_fields(answer.account())));
}

/// Amounts on the right, by denomination.
template <typename Coins>
std::string coins_table(const Coins& coins) {
    std::vector<std::vector<std::string>> rows;
    for (const auto& coin : coins) {
        const std::string text = money_text(coin.amount(), coin.denom());
        const std::size_t space = text.find(' ');
        rows.push_back({text.substr(0, space), text.substr(space + 1)});
    }
    return table({{"AMOUNT", Align::right}, {"DENOM"}}, rows);
}

Outcome<Exit> balances(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    bank::QueryAllBalancesRequest request;
    TRY_ASSIGN(*request.mutable_address(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<bank::QueryAllBalancesRequest, bank::QueryAllBalancesResponse>(
            node, "/cosmos.bank.v1beta1.Query/AllBalances", request
        ))
    );
    return answer_with(context, answer, coins_table(answer.balances()));
}

Outcome<Exit> supply(const Context& context, const client::NodeClient& node) {
    TRY_ASSIGN(
        const auto answer,
        (ask_all<bank::QueryTotalSupplyRequest, bank::QueryTotalSupplyResponse>(
            node, "/cosmos.bank.v1beta1.Query/TotalSupply", {}
        ))
    );
    return answer_with(context, answer, coins_table(answer.supply()));
}

}  // namespace

void add_account_queries(CLI::App& query, Context& context) {
    constexpr const char* who = "An address, or the name of a key; else the only key that there is";
    auto name = std::make_shared<std::string>();
    add_question(
        query,
        context,
        "account",
        "Number, sequence and key of an account",
        [&context, name](const client::NodeClient& node) { return account(context, node, *name); }
    )->add_option("account", *name, who);
    add_question(
        query,
        context,
        "balances",
        "What an account has",
        [&context, name](const client::NodeClient& node) { return balances(context, node, *name); }
    )->add_option("account", *name, who);
    add_question(
        query,
        context,
        "supply",
        "How much money there is",
        [&context](const client::NodeClient& node) { return supply(context, node); }
    );
}

}  // namespace steelyard::wallet
