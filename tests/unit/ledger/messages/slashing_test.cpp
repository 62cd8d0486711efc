#include "cosmos/slashing/v1beta1/tx.pb.h"
#include "tests/unit/ledger/messages/message_bench.h"
#include "tests/unit/ledger/staking/staking_bench.h"

namespace steelyard::messages {
namespace {

using cosmos::slashing::v1beta1::MsgUnjail;
using staking::code_of;
using testing::StartsWith;

constexpr std::string_view unjail_url = "/cosmos.slashing.v1beta1.MsgUnjail";

MsgUnjail sample_unjail() {
    MsgUnjail message;
    message.set_validator_addr(operator_text(address(1)));
    return message;
}

TEST(SlashingMessages, let_out_of_jail) {
    staking::StakingBench bench;
    const auto number = bench.make_validator(1, 10 * staking::yard);
    EXPECT_EQ(code_of(run_in(bench.context, unjail_url, sample_unjail())), "slashing/5");
    ASSERT_TRUE(staking::jail(bench.context, number));

    const auto response = run_in(bench.context, unjail_url, sample_unjail());

    ASSERT_TRUE(response);
    EXPECT_TRUE(response->empty());
    EXPECT_FALSE(bench.get(number).jailed);
}

TEST(SlashingMessages, let_out_nobody_else) {
    staking::StakingBench bench;

    EXPECT_EQ(code_of(run_in(bench.context, unjail_url, sample_unjail())), "slashing/2");
}

TEST(SlashingChecks, refuse_a_wrong_address) {
    EXPECT_EQ(check(unjail_url, sample_unjail()), "");
    MsgUnjail message;

    EXPECT_THAT(check(unjail_url, message), StartsWith("sdk/7 validator_addr \"\": "));
    message.set_validator_addr(account(1));
    EXPECT_THAT(check(unjail_url, message), StartsWith("sdk/7 validator_addr "));
}

}  // namespace
}  // namespace steelyard::messages
