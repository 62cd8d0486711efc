// Rewards, and the community pool.
#include "cosmos/distribution/v1beta1/tx.pb.h"
#include "ledger/distribution/rewards.h"
#include "ledger/messages/fields.h"
#include "ledger/messages/typed_message.h"
#include "ledger/staking/operations.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace cosmos::distribution::v1beta1;
using bank::Party;
using chain::Address;
using chain::Amount;
namespace kinds = ledger::kinds;

// What a checked message holds reads without an error.
Address account_in(std::string_view text) {
    return read_account("", text).value();
}

Address operator_in(std::string_view text) {
    return read_operator("", text).value();
}

ProtoCoin base_coin(Amount amount) {
    ProtoCoin coin;
    coin.set_denom(std::string(ledger::base_denom));
    coin.set_amount(to_string(amount));
    return coin;
}

Outcome<void> check_set_withdraw_address(const MsgSetWithdrawAddress& message) {
    TRY(read_account("delegator_address", message.delegator_address()));
    TRY(read_account("withdraw_address", message.withdraw_address()));
    return {};
}

Outcome<MsgSetWithdrawAddressResponse> set_withdraw_address(
    Context& context, const MsgSetWithdrawAddress& message
) {
    ledger::StateView& state = context.state;
    TRY_ASSIGN(
        const Party delegator, bank::party_at(state, account_in(message.delegator_address()))
    );
    TRY_ASSIGN(
        const Party withdraw_to, bank::party_at(state, account_in(message.withdraw_address()))
    );
    TRY(distribution::set_withdraw_address(context, delegator, withdraw_to));
    return MsgSetWithdrawAddressResponse();
}

Outcome<void> check_withdraw_reward(const MsgWithdrawDelegatorReward& message) {
    TRY(read_account("delegator_address", message.delegator_address()));
    TRY(read_operator("validator_address", message.validator_address()));
    return {};
}

Outcome<MsgWithdrawDelegatorRewardResponse> withdraw_reward(
    Context& context, const MsgWithdrawDelegatorReward& message
) {
    TRY_ASSIGN(
        const Party delegator,
        bank::party_at(context.state, account_in(message.delegator_address()))
    );
    TRY_ASSIGN(
        const Amount paid,
        staking::withdraw_rewards(context, delegator, operator_in(message.validator_address()))
    );
    MsgWithdrawDelegatorRewardResponse response;
    *response.add_amount() = base_coin(paid);  // the SDK too writes a zero
    return response;
}

Outcome<void> check_withdraw_commission(const MsgWithdrawValidatorCommission& message) {
    TRY(read_operator("validator_address", message.validator_address()));
    return {};
}

Outcome<MsgWithdrawValidatorCommissionResponse> withdraw_commission(
    Context& context, const MsgWithdrawValidatorCommission& message
) {
    const Address address = operator_in(message.validator_address());
    TRY_ASSIGN(const auto member, staking::find_by_operator(context.state, address));
    if (!member) {
        return refuse(
            distribution::kinds::no_commission, "no validator {}", message.validator_address()
        );
    }
    const Party operator_account{member->validator.operator_account, address};
    TRY_ASSIGN(
        const Amount paid,
        distribution::withdraw_commission(context, member->number, operator_account)
    );
    MsgWithdrawValidatorCommissionResponse response;
    if (!paid.is_zero()) {
        *response.add_amount() = base_coin(paid);
    }
    return response;
}

Outcome<void> check_fund(const MsgFundCommunityPool& message) {
    TRY(read_account("depositor", message.depositor()));
    TRY_ASSIGN(const chain::Coins coins, read_coins("amount", message.amount()));
    if (coins.all().size() != 1 || coins.all()[0].denom.text() != ledger::base_denom) {
        return refuse(
            kinds::invalid_coins, "amount: {} is not {} alone", to_string(coins), ledger::base_denom
        );
    }
    return {};
}

Outcome<MsgFundCommunityPoolResponse> fund(Context& context, const MsgFundCommunityPool& message) {
    const chain::Coins coins = read_coins("", message.amount()).value();
    TRY_ASSIGN(
        const Party depositor, bank::party_at(context.state, account_in(message.depositor()))
    );
    TRY(distribution::fund_community_pool(context, depositor, coins.all()[0].amount));
    return MsgFundCommunityPoolResponse();
}

}  // namespace

std::span<const MessageType> distribution_messages() {
    static constexpr std::string_view module = distribution::module_name;
    static const std::array types = {
        message_type<MsgSetWithdrawAddress, check_set_withdraw_address, set_withdraw_address>(
            "/cosmos.distribution.v1beta1.MsgSetWithdrawAddress", module
        ),
        message_type<MsgWithdrawDelegatorReward, check_withdraw_reward, withdraw_reward>(
            "/cosmos.distribution.v1beta1.MsgWithdrawDelegatorReward", module
        ),
        message_type<
            MsgWithdrawValidatorCommission,
            check_withdraw_commission,
            withdraw_commission>(
            "/cosmos.distribution.v1beta1.MsgWithdrawValidatorCommission", module
        ),
        message_type<MsgFundCommunityPool, check_fund, fund>(
            "/cosmos.distribution.v1beta1.MsgFundCommunityPool", module
        ),
    };
    return types;
}

}  // namespace steelyard::messages
