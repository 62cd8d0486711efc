// Section distribution: every record of rewards, by the operators of validators.
#include "ledger/distribution/rewards.h"
#include "ledger/genesis/convert.h"
#include "ledger/genesis/parties.h"
#include "ledger/genesis/sections.h"
#include "ledger/messages/fields.h"
#include "ledger/state/values.h"
#include "steelyard/genesis/v1/genesis.pb.h"

#include <google/protobuf/repeated_ptr_field.h>

namespace steelyard::genesis {
namespace {

using chain::Dec;
using DecCoins = google::protobuf::RepeatedPtrField<cosmos::base::v1beta1::DecCoin>;
using ledger::AccountNumber;
using ledger::ValidatorNumber;

/// Of the base denomination, or nothing.
Result<Dec> read_coins(const DecCoins& coins) {
    if (coins.empty()) {
        return Dec();
    }
    if (coins.size() > 1 || coins[0].denom() != ledger::base_denom) {
        return invalid("only {} is shared out", ledger::base_denom);
    }
    return read_dec(coins[0].amount());
}

void write_coins(Dec amount, DecCoins& coins) {
    if (!amount.is_zero()) {
        auto& coin = *coins.Add();
        coin.set_denom(std::string(ledger::base_denom));
        coin.set_amount(to_wire(amount));
    }
}

Result<void> read_validator_sums(StateView& state, const v1::DistributionState& section) {
    for (const auto& record : section.outstanding_rewards()) {
        TRY_ASSIGN(const auto number, validator_at(state, record.validator_address()));
        TRY_ASSIGN(const Dec sum, read_coins(record.outstanding_rewards()));
        sure(distribution::put_outstanding(state, number, sum));
    }
    for (const auto& record : section.validator_accumulated_commissions()) {
        TRY_ASSIGN(const auto number, validator_at(state, record.validator_address()));
        TRY_ASSIGN(const Dec sum, read_coins(record.accumulated().commission()));
        sure(distribution::put_commission(state, number, sum));
    }
    return {};
}

Result<void> read_periods(StateView& state, const v1::DistributionState& section) {
    for (const auto& record : section.validator_historical_rewards()) {
        TRY_ASSIGN(const auto number, validator_at(state, record.validator_address()));
        TRY_ASSIGN(const Dec ratio, read_coins(record.rewards().cumulative_reward_ratio()));
        if (record.rewards().reference_count() == 0) {
            return invalid("{}: nothing refers to it", record.validator_address());
        }
        sure(distribution::put_historical(
            state, number, record.period(), {ratio, record.rewards().reference_count()}
        ));
    }
    for (const auto& record : section.validator_current_rewards()) {
        TRY_ASSIGN(const auto number, validator_at(state, record.validator_address()));
        TRY_ASSIGN(const Dec rewards, read_coins(record.rewards().rewards()));
        if (record.rewards().period() == 0) {
            return invalid("{}: periods count from 1", record.validator_address());
        }
        sure(distribution::put_current(state, number, {rewards, record.rewards().period()}));
    }
    return {};
}

Result<void> read_delegators(StateView& state, const v1::DistributionState& section) {
    for (const auto& record : section.delegator_withdraw_infos()) {
        TRY_ASSIGN(const auto owner, account_at(state, record.delegator_address()));
        TRY_ASSIGN(const auto to, account_at(state, record.withdraw_address()));
        sure(distribution::put_withdraw_address(state, owner, to));
    }
    for (const auto& record : section.delegator_starting_infos()) {
        TRY_ASSIGN(const auto number, validator_at(state, record.validator_address()));
        TRY_ASSIGN(const auto owner, account_at(state, record.delegator_address()));
        const auto& info = record.starting_info();
        TRY_ASSIGN(const Dec stake, read_dec(info.stake()));
        TRY_ASSIGN(
            const auto height, chain::Height::parse(static_cast<std::int64_t>(info.height()))
        );
        sure(distribution::put_starting_info(
            state, number, owner, {info.previous_period(), stake, height}
        ));
    }
    return {};
}

Result<void> read_slash_events(StateView& state, const v1::DistributionState& section) {
    for (const auto& record : section.validator_slash_events()) {
        TRY_ASSIGN(const auto number, validator_at(state, record.validator_address()));
        TRY_ASSIGN(const Dec fraction, read_dec(record.validator_slash_event().fraction()));
        TRY_ASSIGN(
            const auto height, chain::Height::parse(static_cast<std::int64_t>(record.height()))
        );
        sure(distribution::put_slash_event(state, number, {height, record.period(), fraction}));
    }
    return {};
}

/// A validator's records.
void write_validator(
    const StateView& state, const staking::Member& member, v1::DistributionState& section
) {
    const std::string address = ledger::operator_text(member.validator.operator_address);
    const ValidatorNumber number = member.number;
    auto& outstanding = *section.add_outstanding_rewards();
    outstanding.set_validator_address(address);
    write_coins(
        sure(distribution::outstanding(state, number)), *outstanding.mutable_outstanding_rewards()
    );
    auto& commission = *section.add_validator_accumulated_commissions();
    commission.set_validator_address(address);
    write_coins(
        sure(distribution::commission(state, number)),
        *commission.mutable_accumulated()->mutable_commission()
    );
    const auto current = sure(distribution::get_current(state, number));
    auto& running = *section.add_validator_current_rewards();
    running.set_validator_address(address);
    write_coins(current.rewards, *running.mutable_rewards()->mutable_rewards());
    running.mutable_rewards()->set_period(current.period);
    sure(distribution::walk_historical(
        state,
        number,
        [&](std::uint64_t period,
            const distribution::HistoricalRewards& historical) -> Outcome<bool> {
            auto& added = *section.add_validator_historical_rewards();
            added.set_validator_address(address);
            added.set_period(period);
            write_coins(
                historical.ratio, *added.mutable_rewards()->mutable_cumulative_reward_ratio()
            );
            added.mutable_rewards()->set_reference_count(historical.references);
            return true;
        }
    ));
    sure(distribution::walk_slash_events(
        state,
        number,
        {},
        [&](const distribution::SlashEvent& event) -> Outcome<bool> {
            auto& added = *section.add_validator_slash_events();
            added.set_validator_address(address);
            added.set_height(static_cast<std::uint64_t>(event.height.value()));
            added.set_period(event.period);
            added.mutable_validator_slash_event()->set_validator_period(event.period);
            added.mutable_validator_slash_event()->set_fraction(to_wire(event.fraction));
            return true;
        }
    ));
}

void write_starting_infos(
    const StateView& state, const staking::Member& member, v1::DistributionState& section
) {
    const std::string address = ledger::operator_text(member.validator.operator_address);
    sure(distribution::walk_starting_infos(
        state,
        member.number,
        [&](AccountNumber delegator, const distribution::StartingInfo& info) -> Outcome<bool> {
            auto& added = *section.add_delegator_starting_infos();
            added.set_delegator_address(account_text(state, delegator));
            added.set_validator_address(address);
            added.mutable_starting_info()->set_previous_period(info.period);
            added.mutable_starting_info()->set_stake(to_wire(info.stake));
            added.mutable_starting_info()->set_height(static_cast<std::uint64_t>(info.height.value()
            ));
            return true;
        }
    ));
}

}  // namespace

Result<void> read_distribution(StateView& state, const v1::DistributionState& section) {
    TRY_ASSIGN(
        const Dec pool, at("distribution.fee_pool", read_coins(section.fee_pool().community_pool()))
    );
    sure(distribution::put_community_pool(state, pool));
    TRY(at("distribution", read_validator_sums(state, section)));
    TRY(at("distribution", read_periods(state, section)));
    TRY(at("distribution", read_delegators(state, section)));
    return at("distribution.validator_slash_events", read_slash_events(state, section));
}

void write_distribution(const StateView& state, v1::DistributionState& section) {
    write_coins(
        sure(distribution::community_pool(state)),
        *section.mutable_fee_pool()->mutable_community_pool()
    );
    sure(distribution::walk_withdraw_addresses(
        state,
        [&](AccountNumber delegator, AccountNumber withdraw_to) -> Outcome<bool> {
            auto& added = *section.add_delegator_withdraw_infos();
            added.set_delegator_address(account_text(state, delegator));
            added.set_withdraw_address(account_text(state, withdraw_to));
            return true;
        }
    ));
    sure(staking::walk_validators(state, [&](const staking::Member& member) -> Outcome<bool> {
        write_validator(state, member, section);
        write_starting_infos(state, member, section);
        return true;
    }));
}

}  // namespace steelyard::genesis
