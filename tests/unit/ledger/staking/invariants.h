// What must hold of stake after every operation: I2, I3, I5 and I6 of doc/spec/ledger.md, from the
// rows as they lie in the state.
#pragma once

#include "ledger/staking/keys.h"
#include "tests/unit/ledger/staking/staking_bench.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace steelyard::staking {

class Invariants {
public:
    explicit Invariants(StakingBench& bench) : bench_(bench) {}

    void check() {
        collect();
        check_validators();
        check_pools();
        check_indexes();
    }

private:
    using Rows = std::set<Bytes>;

    void walk(char letter, const std::function<void(ByteView, ByteView)>& visit) {
        bench_.state
            .walk(
                ledger::Store::staking,
                Key(letter),
                [&](const ledger::Record& record) -> Outcome<bool> {
                    visit(record.key, record.value);
                    return true;
                }
            )
            .value();
    }

    void expect(const Key& key) { expected_.insert(key.bytes()); }

    void expect_end(chain::Timestamp time, std::uint8_t kind, const Route& route) {
        expect(Key('q') << time << kind << route.delegator << route.source << route.destination);
    }

    void collect() {
        walk_validators(bench_.state, [&](const Member& member) -> Outcome<bool> {
            validators_.emplace(member.number, member.validator);
            return true;
        }).value();
        walk('d', [&](ByteView key, ByteView) {
            ledger::KeyReader reader(key);
            const AccountNumber delegator = reader.account();
            const ValidatorNumber validator = reader.validator();
            const chain::Dec shares = delegated_shares(bench_.state, delegator, validator).value();
            ASSERT_GT(shares, chain::Dec());
            sums_[validator] = checked_add(sums_[validator], shares).value();
            expect(delegation_index_key(validator, delegator));
        });
        walk('u', [&](ByteView key, ByteView) {
            ledger::KeyReader reader(key);
            const AccountNumber delegator = reader.account();
            const ValidatorNumber validator = reader.validator();
            expect(unbonding_index_key(validator, delegator));
            const Unbonding unbonding = get_unbonding(bench_.state, delegator, validator).value();
            ASSERT_FALSE(unbonding.empty());
            for (const UnbondingEntry& entry : unbonding) {
                unbonding_ = checked_add(unbonding_, entry.balance).value();
                EXPECT_LE(entry.balance, entry.initial_balance);
                expect_end(entry.completion_time, 2, {delegator, validator, {}});
            }
        });
        walk('r', [&](ByteView key, ByteView) {
            ledger::KeyReader reader(key);
            Route route;
            route.delegator = reader.account();
            route.source = reader.validator();
            route.destination = reader.validator();
            expect(source_index_key(route));
            expect(destination_index_key(route));
            const Redelegation redelegation = get_redelegation(bench_.state, route).value();
            ASSERT_FALSE(redelegation.empty());
            for (const RedelegationEntry& entry : redelegation) {
                expect_end(entry.completion_time, 3, route);
            }
        });
    }

    void check_validators() {
        for (const auto& [number, validator] : validators_) {
            EXPECT_EQ(to_string(sums_[number]), to_string(validator.shares)) << "I3";
            const std::int64_t power = power_of(validator.tokens);
            if (power >= 1 && !validator.jailed) {
                expect(power_key(power, number));
            }
            if (validator.status == Status::unbonding) {
                expect_end(validator.unbonding_time, 1, {{}, number, {}});
            }
            const bool active = active_power(bench_.state, number).value() > 0;
            EXPECT_EQ(active, validator.status == Status::bonded) << "I5";
            expect(operator_key(validator.operator_address));
            chain::Amount& pool = validator.status == Status::bonded ? bonded_ : not_bonded_;
            pool = checked_add(pool, validator.tokens).value();
        }
        for (const auto& [number, sum] : sums_) {
            EXPECT_TRUE(validators_.contains(number)) << "delegations to nobody";
        }
    }

    void check_pools() {
        EXPECT_EQ(bench_.pool(bonded_pool_name), bonded_.value()) << "I2";
        EXPECT_EQ(
            bench_.pool(not_bonded_pool_name), checked_add(not_bonded_, unbonding_).value().value()
        ) << "I2";
    }

    void check_indexes() {
        Rows rows;
        for (const char letter : std::string_view("iowxypq")) {
            walk(letter, [&](ByteView key, ByteView) { rows.insert(to_bytes(key)); });
        }
        EXPECT_EQ(rows, expected_) << "I6";
        walk('l', [&](ByteView key, ByteView) {
            EXPECT_TRUE(validators_.contains(ledger::KeyReader(key).validator()));
        });
    }

    StakingBench& bench_;
    std::map<ValidatorNumber, Validator> validators_;
    std::map<ValidatorNumber, chain::Dec> sums_;
    chain::Amount unbonding_;
    chain::Amount bonded_;
    chain::Amount not_bonded_;
    Rows expected_;
};

}  // namespace steelyard::staking
