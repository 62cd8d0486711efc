// Validators whose behaviour is judged.
#pragma once

#include "ledger/slashing/missed_blocks.h"
#include "ledger/slashing/slashing.h"
#include "tests/unit/ledger/staking/staking_bench.h"

#include <gtest/gtest.h>

namespace steelyard::slashing {

using chain::Amount;
using chain::BlockIdFlag;
using chain::Dec;
using chain::Height;
using staking::dec;
using staking::last_event;
using staking::Party;
using staking::ValidatorNumber;
using staking::yard;

class SlashingTest : public testing::Test {
protected:
    SlashingTest() {
        bench.params.slashing.signed_blocks_window = 10;
        bench.params.slashing.slash_fraction_downtime = dec("0.01");
        bench.params.slashing.slash_fraction_double_sign = dec("0.05");
        end_block();
    }

    static chain::Address address_of(std::uint8_t byte) {
        return staking::StakingBench::consensus_key(byte).address();
    }

    void end_block() {
        const auto change = bench.end_block();
        ASSERT_TRUE(watch(bench.context, change.bonded));
    }

    /// Begins the next block, whose last commit has anna's part so, and bela's for the block.
    void judge(BlockIdFlag of_anna_flag) {
        bench.next_block();
        bench.events.clear();
        const std::array participants = {
            chain::CommitParticipant{address_of(1), 10, of_anna_flag},
            chain::CommitParticipant{address_of(2), 10, BlockIdFlag::commit},
        };
        ASSERT_TRUE(judge_signatures(bench.context, participants));
    }

    void miss(int blocks) {
        for (int i = 0; i < blocks; ++i) {
            judge(BlockIdFlag::absent);
        }
    }

    void sign(int blocks) {
        for (int i = 0; i < blocks; ++i) {
            judge(BlockIdFlag::commit);
        }
    }

    SigningInfo info(std::uint8_t byte = 1) {
        return signing_info(bench.state, address_of(byte)).value().value();
    }

    std::vector<std::int64_t> missed(std::uint8_t byte = 1) {
        return missed_places(bench.state, address_of(byte)).value();
    }

    bool is_jailed(ValidatorNumber number) { return bench.get(number).jailed; }

    std::uint64_t burned() {
        return static_cast<std::uint64_t>(
            bank::total(bench.state, bank::Source::slashed).value().value()
        );
    }

    staking::StakingBench bench;
    Party anna = bench.party(1);
    Party bela = bench.party(2);
    Party dora = bench.party(4);
    ValidatorNumber of_anna = bench.make_validator(1, 10 * yard);
    ValidatorNumber of_bela = bench.make_validator(2, 10 * yard);
};

}  // namespace steelyard::slashing
