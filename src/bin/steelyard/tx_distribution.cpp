// tx: rewards.
#include "bin/steelyard/tx.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "cosmos/distribution/v1beta1/query.pb.h"
#include "cosmos/distribution/v1beta1/tx.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace distribution = cosmos::distribution::v1beta1;

/// All validators that the actor has stake with.
Outcome<std::vector<std::string>> validators_of(const Making& making) {
    if (making.node == nullptr) {
        return usage("offline there is nobody to ask: name the validators");
    }
    distribution::QueryDelegatorValidatorsRequest request;
    request.set_delegator_address(making.actor.account());
    distribution::QueryDelegatorValidatorsResponse answer;
    const auto asked = making.node->query(
        "/cosmos.distribution.v1beta1.Query/DelegatorValidators", request, answer
    );
    if (!asked) {
        return std::unexpected(of_node(asked.error()));
    }
    if (answer.validators().empty()) {
        return std::unexpected(Complaint(
            Exit::not_found,
            "no_delegations",
            fmt::format("{} has no stake with any validator", making.actor.account())
        ));
    }
    return std::vector<std::string>(answer.validators().begin(), answer.validators().end());
}

Outcome<Messages> make_withdraw(const Making& making, const std::vector<std::string>& names) {
    std::vector<std::string> validators;
    for (const std::string& name : names) {
        TRY_ASSIGN(const auto address, making.keys.validator(name));
        validators.push_back(client::address_text(client::operator_prefix, address));
    }
    if (names.empty()) {
        TRY_ASSIGN(validators, validators_of(making));
    }
    if (validators.size() > tx::messages_max) {
        return usage(
            "{} validators, {} fit into one transaction; name some of them",
            validators.size(),
            tx::messages_max
        );
    }
    Messages messages;
    for (const std::string& validator : validators) {
        distribution::MsgWithdrawDelegatorReward message;
        message.set_delegator_address(making.actor.account());
        message.set_validator_address(validator);
        messages.push_back(client::pack(message));
    }
    return messages;
}

Outcome<Messages> make_withdraw_commission(const Making& making) {
    distribution::MsgWithdrawValidatorCommission message;
    message.set_validator_address(making.actor.validator());
    return Messages{client::pack(message)};
}

Outcome<Messages> make_set_address(const Making& making, const std::string& to) {
    distribution::MsgSetWithdrawAddress message;
    TRY_ASSIGN(const auto address, making.keys.account(to));
    message.set_delegator_address(making.actor.account());
    message.set_withdraw_address(client::address_text(client::account_prefix, address));
    return Messages{client::pack(message)};
}

Outcome<Messages> make_fund(const Making& making, const std::string& amount) {
    distribution::MsgFundCommunityPool message;
    TRY_ASSIGN(const auto coins, positive_coins(amount));
    set_coins(*message.mutable_amount(), coins);
    message.set_depositor(making.actor.account());
    return Messages{client::pack(message)};
}

}  // namespace

void add_distribution_txs(CLI::App& tx, Context& context) {
    auto validators = std::make_shared<std::vector<std::string>>();
    add_maker(
        tx,
        context,
        "withdraw",
        "Be paid the rewards of stake",
        [validators](const Making& making) { return make_withdraw(making, *validators); }
    )
        ->add_option(
            "validators",
            *validators,
            "yardvaloper1...; all that there is stake with if none is named"
        );

    add_maker(
        tx,
        context,
        "withdraw-commission",
        "Be paid a validator's commission, as its operator",
        make_withdraw_commission
    );

    auto to = std::make_shared<std::string>();
    add_maker(
        tx,
        context,
        "set-withdraw-address",
        "Have rewards paid to another account",
        [to](const Making& making) { return make_set_address(making, *to); }
    )
        ->add_option("to", *to, "An address, or the name of a key")
        ->required();

    auto amount = std::make_shared<std::string>();
    add_maker(
        tx,
        context,
        "fund-community-pool",
        "Give to the community pool",
        [amount](const Making& making) { return make_fund(making, *amount); }
    )
        ->add_option("amount", *amount, "Such as 2.5yard or 10uyard")
        ->required();
}

}  // namespace steelyard::wallet
