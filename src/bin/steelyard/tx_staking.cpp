// tx: stake of delegators.
#include "bin/steelyard/tx.h"
#include "bin/steelyard/tx_fields.h"
#include "client/transactions.h"
#include "cosmos/staking/v1beta1/tx.pb.h"

#include <CLI/CLI.hpp>

namespace steelyard::wallet {
namespace {

namespace staking = cosmos::staking::v1beta1;

struct StakeArguments {
    std::string validator;
    std::string to_validator;
    std::string amount;
    std::int64_t height = 0;
};

/// The operator's address of a validator who is named.
Outcome<std::string> validator_text(const Making& making, std::string_view name) {
    TRY_ASSIGN(const auto address, making.keys.validator(name));
    return client::address_text(client::operator_prefix, address);
}

/// What MsgDelegate and MsgUndelegate have in common.
template <typename Message>
Outcome<Messages> make_stake(const Making& making, const StakeArguments& arguments) {
    Message message;
    TRY_ASSIGN(const auto validator, validator_text(making, arguments.validator));
    TRY_ASSIGN(const auto amount, positive_stake(arguments.amount));
    message.set_delegator_address(making.actor.account());
    message.set_validator_address(validator);
    set_coin(*message.mutable_amount(), amount);
    return Messages{client::pack(message)};
}

Outcome<Messages> make_redelegate(const Making& making, const StakeArguments& arguments) {
    staking::MsgBeginRedelegate message;
    TRY_ASSIGN(const auto from, validator_text(making, arguments.validator));
    TRY_ASSIGN(const auto to, validator_text(making, arguments.to_validator));
    TRY_ASSIGN(const auto amount, positive_stake(arguments.amount));
    message.set_delegator_address(making.actor.account());
    message.set_validator_src_address(from);
    message.set_validator_dst_address(to);
    set_coin(*message.mutable_amount(), amount);
    return Messages{client::pack(message)};
}

Outcome<Messages> make_cancel(const Making& making, const StakeArguments& arguments) {
    staking::MsgCancelUnbondingDelegation message;
    TRY_ASSIGN(const auto validator, validator_text(making, arguments.validator));
    TRY_ASSIGN(const auto amount, positive_stake(arguments.amount));
    message.set_delegator_address(making.actor.account());
    message.set_validator_address(validator);
    set_coin(*message.mutable_amount(), amount);
    message.set_creation_height(arguments.height);
    return Messages{client::pack(message)};
}

using MakeStake = Outcome<Messages> (*)(const Making&, const StakeArguments&);

/// A maker and what it reads.
std::pair<CLI::App*, std::shared_ptr<StakeArguments>> add_stake(
    CLI::App& tx, Context& context, const char* name, const char* help, MakeStake make
) {
    auto arguments = std::make_shared<StakeArguments>();
    auto* command = add_maker(tx, context, name, help, [arguments, make](const Making& making) {
        return make(making, *arguments);
    });
    return {command, arguments};
}

constexpr const char* validator_help = "yardvaloper1..., or the account or key of its operator";
constexpr const char* amount_help = "Such as 2.5yard or 10uyard";

}  // namespace

void add_staking_txs(CLI::App& tx, Context& context) {
    for (const auto& [name, help, make] :
         {std::tuple{
              "delegate",
              "Stake money with a validator",
              MakeStake(make_stake<staking::MsgDelegate>)
          },
          {"undelegate",
           "Take stake back; it is paid after the unbonding time",
           make_stake<staking::MsgUndelegate>}}) {
        const auto [command, arguments] = add_stake(tx, context, name, help, make);
        command->add_option("validator", arguments->validator, validator_help)->required();
        command->add_option("amount", arguments->amount, amount_help)->required();
    }
    {
        const auto [command, arguments] = add_stake(
            tx, context, "redelegate", "Move stake to another validator", make_redelegate
        );
        command->add_option("from-validator", arguments->validator, validator_help)->required();
        command->add_option("to-validator", arguments->to_validator, validator_help)->required();
        command->add_option("amount", arguments->amount, amount_help)->required();
    }
    const auto [command, arguments] = add_stake(
        tx, context, "cancel-unbonding", "Leave stake that is on its way back", make_cancel
    );
    command->add_option("validator", arguments->validator, validator_help)->required();
    command->add_option("amount", arguments->amount, amount_help)->required();
    command
        ->add_option(
            "height", arguments->height, "The block in which it was undelegated (`query unbonding`)"
        )
        ->required()
        ->check(CLI::Range(std::int64_t{1}, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace steelyard::wallet
