// Rule P5 of doc/spec/staking.md: who may leave jail.
#include "ledger/slashing/kinds.h"
#include "tests/unit/ledger/slashing/slashing_bench.h"

namespace steelyard::slashing {
namespace {

using staking::code_of;

class UnjailTest : public SlashingTest {
protected:
    /// Anna is in jail for ten minutes.
    UnjailTest() {
        sign(20);
        miss(6);
        end_block();
    }

    std::string unjail_anna() { return code_of(unjail(bench.context, anna.address)); }
};

TEST_F(UnjailTest, is_for_who_has_served_his_time) {
    bench.next_block(std::chrono::minutes(10) - std::chrono::nanoseconds(1));
    EXPECT_EQ(unjail_anna(), "slashing/4");
    EXPECT_TRUE(is_jailed(of_anna));

    bench.next_block(std::chrono::nanoseconds(1));
    EXPECT_EQ(unjail_anna(), "");
    EXPECT_FALSE(is_jailed(of_anna));
}

TEST_F(UnjailTest, brings_back_into_the_active_set) {
    EXPECT_EQ(staking::active_power(bench.state, of_anna).value(), 0);
    bench.next_block(std::chrono::minutes(10));
    ASSERT_EQ(unjail_anna(), "");

    end_block();

    EXPECT_EQ(staking::active_power(bench.state, of_anna).value(), 9);
}

TEST_F(UnjailTest, is_once) {
    bench.next_block(std::chrono::minutes(10));
    ASSERT_EQ(unjail_anna(), "");

    EXPECT_EQ(unjail_anna(), "slashing/5");
}

TEST_F(UnjailTest, is_not_for_who_is_free) {
    EXPECT_EQ(code_of(unjail(bench.context, bela.address)), "slashing/5");
}

TEST_F(UnjailTest, is_not_for_who_is_no_validator) {
    EXPECT_EQ(code_of(unjail(bench.context, dora.address)), "slashing/2");
}

TEST_F(UnjailTest, is_not_for_who_has_nothing_of_his_own_in_it) {
    const Party cora = bench.party(3);
    const ValidatorNumber of_cora = bench.make_validator(3, 100);
    ASSERT_TRUE(staking::delegate(bench.context, dora, cora.address, Amount(yard)));
    ASSERT_TRUE(staking::undelegate(bench.context, cora, cora.address, Amount(100)));
    ASSERT_TRUE(is_jailed(of_cora));

    EXPECT_EQ(code_of(unjail(bench.context, cora.address)), "slashing/6");
}

TEST_F(UnjailTest, is_not_for_who_has_too_little_of_his_own_in_it) {
    auto validator = bench.get(of_anna);
    validator.min_self_delegation = Amount(10 * yard - yard / 10 + 1);
    ASSERT_TRUE(staking::put_validator(bench.state, {of_anna, validator}));
    bench.next_block(std::chrono::minutes(10));
    EXPECT_EQ(unjail_anna(), "slashing/7");

    validator.min_self_delegation = Amount(10 * yard - yard / 10);
    ASSERT_TRUE(staking::put_validator(bench.state, {of_anna, validator}));
    EXPECT_EQ(unjail_anna(), "");
}

TEST_F(UnjailTest, is_never_for_who_is_tombstoned) {
    SigningInfo of_tombstoned = info();
    of_tombstoned.tombstoned = true;
    of_tombstoned.jailed_until = chain::Timestamp();
    ASSERT_TRUE(put_signing_info(bench.state, address_of(1), of_tombstoned));
    bench.next_block(std::chrono::minutes(10));

    EXPECT_EQ(unjail_anna(), "slashing/4");
}

TEST_F(UnjailTest, needs_no_signing_info_of_who_was_never_bonded) {
    const Party cora = bench.party(3);
    const ValidatorNumber of_cora = bench.make_validator(3, 100);
    ASSERT_TRUE(staking::jail(bench.context, of_cora));

    EXPECT_EQ(code_of(unjail(bench.context, cora.address)), "");
}

}  // namespace
}  // namespace steelyard::slashing
