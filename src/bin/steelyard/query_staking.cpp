// query: validators and stake.
#include "bin/steelyard/query.h"
#include "client/money.h"
#include "cosmos/staking/v1beta1/query.pb.h"

#include <google/protobuf/util/time_util.h>
#include <CLI/CLI.hpp>

#include <algorithm>

namespace steelyard::wallet {
namespace {

namespace staking = cosmos::staking::v1beta1;

std::string status_text(const staking::Validator& validator) {
    const std::string_view status = validator.status() == staking::BOND_STATUS_BONDED ? "bonded"
                                    : validator.status() == staking::BOND_STATUS_UNBONDING
                                        ? "unbonding"
                                        : "unbonded";
    return std::string(status) + (validator.jailed() ? ", jailed" : "");
}

std::string stake_text(std::string_view amount) {
    return money_text(amount, client::base_denom);
}

std::string time_text(const google::protobuf::Timestamp& time) {
    return google::protobuf::util::TimeUtil::ToString(time);
}

Outcome<Exit> validators(
    const Context& context, const client::NodeClient& node, const std::string& status
) {
    staking::QueryValidatorsRequest request;
    if (!status.empty()) {
        std::string name = "BOND_STATUS_" + status;
        std::ranges::transform(name, name.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        request.set_status(name);
    }
    TRY_ASSIGN(
        const auto answer,
        (ask_all<staking::QueryValidatorsRequest, staking::QueryValidatorsResponse>(
            node, "/cosmos.staking.v1beta1.Query/Validators", request
        ))
    );
    std::vector<const staking::Validator*> sorted;
    for (const auto& one : answer.validators()) {
        sorted.push_back(&one);
    }
    // Digits without leading zeros: the longer text is the larger number.
    std::ranges::sort(sorted, [](const auto* a, const auto* b) {
        return std::pair(a->tokens().size(), a->tokens()) >
               std::pair(b->tokens().size(), b->tokens());
    });
    std::vector<std::vector<std::string>> rows;
    for (const auto* const one : sorted) {
        rows.push_back(
            {one->description().moniker(),
             status_text(*one),
             stake_text(one->tokens()),
             percent_text(one->commission().commission_rates().rate()),
             one->operator_address()}
        );
    }
    return answer_with(
        context,
        answer,
        table(
            {{"MONIKER"},
             {"STATUS"},
             {"STAKE", Align::right},
             {"COMMISSION", Align::right},
             {"OPERATOR"}},
            rows
        )
    );
}

Outcome<Exit> validator(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    staking::QueryValidatorRequest request;
    TRY_ASSIGN(*request.mutable_validator_addr(), operator_text(context, name));
    staking::QueryValidatorResponse answer;
    TRY(ask(node, "/cosmos.staking.v1beta1.Query/Validator", request, answer));
    const auto& one = answer.validator();
    const auto& rates = one.commission().commission_rates();
    Fields fields = {
        {"moniker", one.description().moniker()},
        {"operator", one.operator_address()},
        {"status", status_text(one)},
        {"stake", stake_text(one.tokens())},
        {"least own stake", stake_text(one.min_self_delegation())},
        {"commission",
         fmt::format(
             "{}, at most {}, {} a day",
             percent_text(rates.rate()),
             percent_text(rates.max_rate()),
             percent_text(rates.max_change_rate())
         )},
    };
    for (const auto& [label, text] :
         {std::pair{"identity", one.description().identity()},
          {"website", one.description().website()},
          {"security contact", one.description().security_contact()},
          {"details", one.description().details()}}) {
        if (!text.empty()) {
            fields.emplace_back(label, text);
        }
    }
    return answer_with(context, answer, fields_text(fields));
}

Outcome<Exit> delegations(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    staking::QueryDelegatorDelegationsRequest request;
    TRY_ASSIGN(*request.mutable_delegator_addr(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<
            staking::QueryDelegatorDelegationsRequest,
            staking::QueryDelegatorDelegationsResponse>(
            node, "/cosmos.staking.v1beta1.Query/DelegatorDelegations", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer.delegation_responses()) {
        rows.push_back(
            {one.delegation().validator_address(),
             money_text(one.balance().amount(), one.balance().denom())}
        );
    }
    return answer_with(context, answer, table({{"VALIDATOR"}, {"STAKE", Align::right}}, rows));
}

Outcome<Exit> unbonding(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    staking::QueryDelegatorUnbondingDelegationsRequest request;
    TRY_ASSIGN(*request.mutable_delegator_addr(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<
            staking::QueryDelegatorUnbondingDelegationsRequest,
            staking::QueryDelegatorUnbondingDelegationsResponse>(
            node, "/cosmos.staking.v1beta1.Query/DelegatorUnbondingDelegations", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer.unbonding_responses()) {
        for (const auto& entry : one.entries()) {
            rows.push_back(
                {one.validator_address(),
                 stake_text(entry.balance()),
                 std::to_string(entry.creation_height()),
                 time_text(entry.completion_time())}
            );
        }
    }
    return answer_with(
        context,
        answer,
        table(
            {{"VALIDATOR"}, {"AMOUNT", Align::right}, {"HEIGHT", Align::right}, {"PAID AT"}}, rows
        )
    );
}

Outcome<Exit> redelegations(
    const Context& context, const client::NodeClient& node, const std::string& name
) {
    staking::QueryRedelegationsRequest request;
    TRY_ASSIGN(*request.mutable_delegator_addr(), account_text(context, name));
    TRY_ASSIGN(
        const auto answer,
        (ask_all<staking::QueryRedelegationsRequest, staking::QueryRedelegationsResponse>(
            node, "/cosmos.staking.v1beta1.Query/Redelegations", request
        ))
    );
    std::vector<std::vector<std::string>> rows;
    for (const auto& one : answer.redelegation_responses()) {
        for (const auto& entry : one.entries()) {
            rows.push_back(
                {one.redelegation().validator_src_address(),
                 one.redelegation().validator_dst_address(),
                 stake_text(entry.balance()),
                 time_text(entry.redelegation_entry().completion_time())}
            );
        }
    }
    return answer_with(
        context, answer, table({{"FROM"}, {"TO"}, {"STAKE", Align::right}, {"UNTIL"}}, rows)
    );
}

}  // namespace

void add_staking_queries(CLI::App& query, Context& context) {
    auto name = std::make_shared<std::string>();
    add_question(
        query,
        context,
        "validators",
        "All validators, those with most stake first",
        [&context, name](const client::NodeClient& node) {
            return validators(context, node, *name);
        }
    )
        ->add_option("--status", *name, "bonded, unbonding or unbonded")
        ->check(CLI::IsMember({"bonded", "unbonding", "unbonded"}));
    add_question(
        query,
        context,
        "validator",
        "One validator",
        [&context, name](const client::NodeClient& node) { return validator(context, node, *name); }
    )
        ->add_option("validator", *name, "yardvaloper1..., or its operator's account or key")
        ->required();
    constexpr const char* who = "An address, or the name of a key; else the only key that there is";
    for (const auto& [command, help, run] :
         {std::tuple{"delegations", "An account's stake", &delegations},
          {"unbonding", "Stake on its way back", &unbonding},
          {"redelegations",
           "Stake that was moved and still answers for its first validator",
           &redelegations}}) {
        add_question(
            query,
            context,
            command,
            help,
            [&context, name, run](const client::NodeClient& node) {
                return run(context, node, *name);
            }
        )->add_option("account", *name, who);
    }
}

}  // namespace steelyard::wallet
