#include "ledger/proposals/proposals.h"

#include "ledger/proposals/kinds.h"
#include "tests/unit/ledger/proposals/voters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::proposals {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Four validators with powers 10, 20, 30 and 40, and a fifth without any.
class ProposalsTest : public testing::Test, public Voters {
protected:
    ProposalsTest() {
        for (std::uint32_t number = 0; number < 5; ++number) {
            make(number);
            set_power(number, 10 * (number + 1) % 50);
        }
    }

    template <typename T>
    static std::string refusal(const Outcome<T>& outcome, const ledger::FailureKind& kind) {
        EXPECT_FALSE(outcome);
        EXPECT_EQ(outcome.error().kind, kind) << outcome.error().log;
        return outcome.error().log;
    }
};

TEST_F(ProposalsTest, take_effect_with_more_than_two_thirds_of_the_power) {
    const std::uint64_t id = propose(0, 7).value();
    ASSERT_TRUE(approve(1, id, 7));
    EXPECT_FALSE(end()) << "30 of 100";
    ASSERT_TRUE(approve(3, id, 7));

    const auto effective = end();

    ASSERT_TRUE(effective) << "70 of 100";
    EXPECT_EQ(*effective, params_of(7));
    EXPECT_THAT(open(), IsEmpty());
    EXPECT_THAT(approvals(state, id).value(), IsEmpty());
    EXPECT_EQ(
        ledger::type_names(events), "propose_params approve_params approve_params change_params"
    );
}

TEST_F(ProposalsTest, do_not_take_effect_with_two_thirds_exactly) {
    set_power(0, 30);  // 30, 20, 30, 40: 80 of 120 are two thirds
    const std::uint64_t id = propose(3, 7).value();
    ASSERT_TRUE(approve(0, id, 7));
    set_power(1, 10);
    set_power(2, 25);
    EXPECT_FALSE(end()) << "70 of 105";
    set_power(2, 24);

    EXPECT_TRUE(end()) << "70 of 104";
}

TEST_F(ProposalsTest, count_approvals_with_the_power_of_the_block_that_ends) {
    const std::uint64_t id = propose(0, 7).value();
    ASSERT_TRUE(approve(2, id, 7));
    EXPECT_FALSE(end()) << "40 of 100";
    set_power(0, 0);
    EXPECT_FALSE(end()) << "30 of 90, although 40 of them have approved";
    set_power(3, 0);
    EXPECT_FALSE(end()) << "30 of 50";
    set_power(2, 41);

    EXPECT_TRUE(end()) << "41 of 61";
}

TEST_F(ProposalsTest, outlive_that_their_proposer_leaves_the_active_set_and_comes_back) {
    const std::uint64_t id = propose(3, 7).value();
    ASSERT_TRUE(approve(2, id, 7));
    set_power(3, 0);
    refusal(approve(3, id, 7), kinds::not_active);
    EXPECT_FALSE(end()) << "30 of 60";
    set_power(3, 40);

    EXPECT_TRUE(end()) << "70 of 100";
}

TEST_F(ProposalsTest, go_when_their_last_block_has_ended) {
    block.height = chain::Height(5);
    const std::uint64_t id = propose(0, 7).value();
    block.height = chain::Height(5 + lifetime_blocks - 1);
    EXPECT_FALSE(end());
    EXPECT_THAT(open(), ElementsAre(id));
    ASSERT_TRUE(approve(1, id, 7));

    EXPECT_FALSE(end());

    EXPECT_THAT(open(), IsEmpty());
    EXPECT_THAT(approvals(state, id).value(), IsEmpty());
    EXPECT_EQ(events.back().type, "expire_params");
}

TEST_F(ProposalsTest, take_effect_in_their_last_block) {
    const std::uint64_t id = propose(3, 7).value();
    block.height = chain::Height(1 + lifetime_blocks);
    ASSERT_TRUE(approve(2, id, 7));

    EXPECT_TRUE(end());
}

TEST_F(ProposalsTest, that_pass_in_one_block_take_effect_in_their_order) {
    const std::uint64_t first = propose(3, 7).value();
    const std::uint64_t second = propose(2, 8).value();
    ASSERT_TRUE(approve(2, first, 7));
    ASSERT_TRUE(approve(3, second, 8));

    EXPECT_EQ(end(), params_of(8));

    EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ProposalsTest, refuse_who_is_not_in_the_active_set) {
    chain::Address stranger{};
    EXPECT_THAT(
        refusal(proposals::propose(context, stranger, encoded(7)), kinds::not_active),
        HasSubstr("operates no validator: validator is not in the active set")
    );
    EXPECT_THAT(refusal(propose(4, 7), kinds::not_active), HasSubstr("has no power"));
    const std::uint64_t id = propose(0, 7).value();
    refusal(approve(4, id, 7), kinds::not_active);
    EXPECT_EQ(approvals(state, id)->size(), 1U);
}

TEST_F(ProposalsTest, refuse_parameters_that_no_chain_can_live_with) {
    ledger::Params bad;
    bad.staking.max_validators = 0;

    EXPECT_THAT(
        refusal(
            proposals::propose(context, operator_of(0), ledger::encode_params(bad)),
            kinds::bad_params
        ),
        HasSubstr("staking.max_validators is 0")
    );
    refusal(proposals::propose(context, operator_of(0), {}), kinds::bad_params);
    EXPECT_THAT(open(), IsEmpty());
}

TEST_F(ProposalsTest, refuse_a_second_one_of_a_validator_until_the_first_is_gone) {
    const std::uint64_t id = propose(3, 7).value();
    EXPECT_EQ(
        refusal(propose(3, 8), kinds::one_is_open),
        "number 1 goes at height 1001: validator has an open proposal"
    );
    ASSERT_TRUE(approve(2, id, 7));
    ASSERT_TRUE(end());

    EXPECT_EQ(propose(3, 8).value(), id + 1);
}

TEST_F(ProposalsTest, are_at_most_sixteen) {
    for (std::uint32_t number = 10; number < 10 + open_max + 1; ++number) {
        make(number);
        set_power(number, 1);
        const auto id = propose(number, number);
        if (number < 10 + open_max) {
            EXPECT_EQ(id.value(), number - 9);
        } else {
            EXPECT_THAT(refusal(id, kinds::too_many), HasSubstr("16 are open"));
        }
    }
}

TEST_F(ProposalsTest, refuse_approvals_of_something_else_or_twice) {
    const std::uint64_t id = propose(0, 7).value();

    refusal(approve(0, id, 7), kinds::approved_before);
    refusal(approve(1, id + 1, 7), kinds::no_proposal);
    refusal(approve(1, id, 8), kinds::other_hash);
    refusal(proposals::approve(context, operator_of(1), id, {}), kinds::other_hash);
    ASSERT_TRUE(approve(1, id, 7));
    refusal(approve(1, id, 7), kinds::approved_before);

    EXPECT_THAT(approvals(state, id).value(), ElementsAre(ValidatorNumber{0}, ValidatorNumber{1}));
}

/// As newer software may find what older software took.
TEST_F(ProposalsTest, go_where_they_pass_and_are_not_valid_any_more) {
    const std::uint64_t id = propose(3, 7).value();
    ASSERT_TRUE(approve(2, id, 7));
    ledger::Params bad = params_of(7);
    bad.staking.max_validators = 0;
    const Proposal changed{
        .proposer = ValidatorNumber{3},
        .submitted = chain::Height(1),
        .last = chain::Height(1001),
        .params = ledger::encode_params(bad),
    };
    state.put(ledger::Store::params, ledger::Key('q') << id, encode_proposal(changed)).value();

    EXPECT_FALSE(end());

    EXPECT_THAT(open(), IsEmpty());
    EXPECT_EQ(events.back().type, "expire_params");
}

TEST_F(ProposalsTest, have_one_encoding) {
    const Proposal proposal{
        .proposer = ValidatorNumber{3},
        .submitted = chain::Height(5),
        .last = chain::Height(1005),
        .params = encoded(7),
    };

    EXPECT_EQ(decode_proposal(encode_proposal(proposal)).value(), proposal);
    EXPECT_FALSE(decode_proposal(as_bytes("rubbish")));
}

}  // namespace
}  // namespace steelyard::proposals
