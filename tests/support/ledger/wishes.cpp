#include "tests/support/ledger/wishes.h"

#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/distribution/v1beta1/tx.pb.h"
#include "cosmos/slashing/v1beta1/tx.pb.h"
#include "ledger/state/values.h"
#include "steelyard/beacon/v1/tx.pb.h"
#include "tests/support/ledger/stake_wishes.h"

namespace steelyard::test {
namespace {

namespace bank_pb = cosmos::bank::v1beta1;
namespace distribution_pb = cosmos::distribution::v1beta1;
using chain::Amount;
using ledger::account_text;
using ledger::operator_text;

void fill_coin(cosmos::base::v1beta1::Coin& coin, std::string_view denom, Amount amount) {
    coin.set_denom(std::string(denom));
    coin.set_amount(to_string(amount));
}

/// Mostly one of the people, sometimes a stranger, or a module, which is wrong.
chain::Address draw_receiver(const Drawing& drawing) {
    Dice& dice = drawing.dice;
    if (dice.chance(100)) {
        chain::Address stranger;
        dice.fill(stranger);
        return stranger;
    }
    if (dice.chance(30)) {
        return auth::module_address(auth::module_names.at(dice.index(auth::module_names.size())));
    }
    return drawing.people[dice.index(drawing.people.size())].address;
}

/// Coins that the person has, in the order of their names; too many in one case of twenty.
std::vector<chain::Coin> draw_coins(const Drawing& drawing, std::size_t person) {
    std::vector<chain::Coin> coins;
    for (const chain::Coin& coin : drawing.survey.people[person].coins.all()) {
        const bool is_base = coin.denom.text() == ledger::base_denom;
        if (is_base ? drawing.dice.chance(900) : drawing.dice.chance(200)) {
            coins.push_back({coin.denom, draw_part(drawing, coin.amount)});
        }
    }
    std::erase_if(coins, [](const chain::Coin& coin) { return coin.amount.is_zero(); });
    return coins;
}

MessagePtr send(const Drawing& drawing) {
    const std::size_t from = drawing.dice.index(drawing.people.size());
    auto message = std::make_unique<bank_pb::MsgSend>();
    message->set_from_address(account_text(drawing.people[from].address));
    message->set_to_address(account_text(draw_receiver(drawing)));
    for (const chain::Coin& coin : draw_coins(drawing, from)) {
        fill_coin(*message->add_amount(), coin.denom.text(), coin.amount);
    }
    return message;
}

MessagePtr multi_send(const Drawing& drawing) {
    const std::size_t from = drawing.dice.index(drawing.people.size());
    auto message = std::make_unique<bank_pb::MsgMultiSend>();
    auto& input = *message->add_inputs();
    input.set_address(account_text(drawing.people[from].address));
    const std::int64_t outputs = drawing.dice.between(1, 4);
    const Amount each(static_cast<std::uint64_t>(drawing.dice.between(1, 1'000'000)));
    for (std::int64_t i = 0; i < outputs; ++i) {
        auto& output = *message->add_outputs();
        output.set_address(account_text(draw_receiver(drawing)));
        fill_coin(*output.add_coins(), ledger::base_denom, each);
    }
    const auto factor = static_cast<std::uint64_t>(outputs) + drawing.dice.chance(30);
    fill_coin(*input.add_coins(), ledger::base_denom, *checked_mul(each, factor));
    return message;
}

MessagePtr withdraw_rewards(const Drawing& drawing) {
    if (drawing.survey.stakes.empty()) {
        return nullptr;
    }
    const Survey::Stake& stake = drawing.dice.pick(drawing.survey.stakes);
    auto message = std::make_unique<distribution_pb::MsgWithdrawDelegatorReward>();
    message->set_delegator_address(account_text(drawing.people[stake.person].address));
    message->set_validator_address(
        operator_text(drawing.survey.validators[stake.validator].validator.operator_address)
    );
    return message;
}

MessagePtr withdraw_commission(const Drawing& drawing) {
    const auto person = draw_operator(drawing);
    if (!person) {
        return nullptr;
    }
    auto message = std::make_unique<distribution_pb::MsgWithdrawValidatorCommission>();
    message->set_validator_address(operator_text(drawing.people[*person].address));
    return message;
}

MessagePtr set_withdraw_address(const Drawing& drawing) {
    const std::size_t person = drawing.dice.index(drawing.people.size());
    auto message = std::make_unique<distribution_pb::MsgSetWithdrawAddress>();
    message->set_delegator_address(account_text(drawing.people[person].address));
    message->set_withdraw_address(account_text(draw_receiver(drawing)));
    return message;
}

MessagePtr fund_community_pool(const Drawing& drawing) {
    const std::size_t person = drawing.dice.index(drawing.people.size());
    auto message = std::make_unique<distribution_pb::MsgFundCommunityPool>();
    message->set_depositor(account_text(drawing.people[person].address));
    const Amount amount(static_cast<std::uint64_t>(drawing.dice.between(1, 10'000'000)));
    fill_coin(*message->add_amount(), ledger::base_denom, amount);
    return message;
}

/// Mostly by one who is jailed.
MessagePtr unjail(const Drawing& drawing) {
    std::vector<std::size_t> jailed;
    for (std::size_t i = 0; i < drawing.survey.validators.size(); ++i) {
        if (drawing.survey.validators[i].validator.jailed && drawing.survey.operators[i]) {
            jailed.push_back(*drawing.survey.operators[i]);
        }
    }
    auto person = draw_operator(drawing);
    if (!jailed.empty() && drawing.dice.chance(900)) {
        person = drawing.dice.pick(jailed);
    }
    if (!person) {
        return nullptr;
    }
    auto message = std::make_unique<cosmos::slashing::v1beta1::MsgUnjail>();
    message->set_validator_addr(operator_text(drawing.people[*person].address));
    return message;
}

MessagePtr register_key(const Drawing& drawing) {
    const auto person = draw_operator(drawing);
    if (!person) {
        return nullptr;
    }
    auto message = std::make_unique<steelyard::beacon::v1::MsgRegisterKey>();
    message->set_validator_address(operator_text(drawing.people[*person].address));
    const std::size_t number = drawing.dice.index(People::keys_each);
    const auto key = drawing.people.beacon_key(*person, number);
    message->set_public_key(std::string(as_text(key)));
    return message;
}

}  // namespace

MessagePtr make_wish(Wish wish, const People& people, const Survey& survey, Dice& dice) {
    const Drawing drawing{people, survey, dice};
    switch (wish) {
        case Wish::send:
            return send(drawing);
        case Wish::multi_send:
            return multi_send(drawing);
        case Wish::create_validator:
            return create_validator(drawing);
        case Wish::edit_validator:
            return edit_validator(drawing);
        case Wish::delegate:
            return delegate(drawing);
        case Wish::undelegate:
            return undelegate(drawing);
        case Wish::redelegate:
            return redelegate(drawing);
        case Wish::cancel_unbonding:
            return cancel_unbonding(drawing);
        case Wish::withdraw_rewards:
            return withdraw_rewards(drawing);
        case Wish::withdraw_commission:
            return withdraw_commission(drawing);
        case Wish::set_withdraw_address:
            return set_withdraw_address(drawing);
        case Wish::fund_community_pool:
            return fund_community_pool(drawing);
        case Wish::unjail:
            return unjail(drawing);
        case Wish::register_key:
            return register_key(drawing);
        case Wish::propose_params:
            return propose_params(drawing);
        case Wish::approve_params:
            return approve_params(drawing);
    }
    CHECK(false);
}

}  // namespace steelyard::test
