#include "ledger/params/params.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard::ledger {
namespace {

std::string refusal(const std::function<void(MarketParams&)>& change) {
    Params params;
    change(params.market);
    const auto own = validate(params.market);
    const auto whole = validate(params);
    EXPECT_TRUE(own || !whole);
    return whole ? "" : whole.error().message();
}

/// A parameter takes `min` and `max`, and neither less nor more.
template <typename T>
void expect_range(T MarketParams::* member, std::uint64_t min, std::uint64_t max) {
    const auto with = [&](std::uint64_t value) {
        MarketParams params;
        params.*member = static_cast<T>(value);
        const auto result = validate(params);
        return result ? "" : result.error().message();
    };
    const auto text = [](std::uint64_t value) {
        return fmt::format(" is {}, must be from ", value);
    };

    EXPECT_EQ(with(min).find(text(min)), std::string::npos) << with(min);
    EXPECT_EQ(with(max).find(text(max)), std::string::npos) << with(max);
    EXPECT_NE(with(max + 1).find(text(max + 1)), std::string::npos) << with(max + 1);
    if (min > 0) {
        EXPECT_NE(with(min - 1).find(text(min - 1)), std::string::npos) << with(min - 1);
    }
    const auto top = std::numeric_limits<T>::max();
    EXPECT_NE(with(top).find(text(top)), std::string::npos) << with(top);
}

TEST(MarketParams, come_back_as_they_were) {
    Params params;
    params.market = {
        .nominal_block_ms = 1'001,
        .min_job_price = 10'001,
        .class_fee = 100'000'001,
        .program_deposit = 11,
        .provider_bond_min = 1'000'001,
        .withdraw_blocks = 1'814'401,
        .fee_bps = 401,
        .slash_multiple = 41,
        .min_slash = 1'000'001,
        .start_blocks = 61,
        .commit_blocks = 61,
        .retract_blocks = 5,
        .respond_blocks = 61,
        .settle_blocks = 601,
        .retention_blocks = 200'001,
        .job_work_units_max = 1'000'000'001,
        .challenge_delay = 9,
        .challenge_bps = 1'001,
        .probation_jobs = 21,
        .probes = 13,
        .proof_bytes_max = 245'761,
        .proof_gas_max = 250'001,
        .issue_bytes_max = 1'048'577,
        .issue_gas_max = 500'000,
        .block_proof_bytes_max = 2'097'156,
        .block_proof_gas_max = 1'000'002,
        .open_orders_max = 65,
        .book_side_max = 10'001,
        .order_lifetime_max = 100'001,
        .match_pairs_max = 1'000'001,
        .sweep_max = 2'001,
        .reputation_unit = 5'000'001,
    };

    EXPECT_EQ(decode_params(encode_params(params)).value(), params);
}

TEST(MarketParams, are_bounded) {
    using M = MarketParams;
    expect_range(&M::nominal_block_ms, 10, 60'000);
    expect_range(&M::min_job_price, 1, 1'000'000'000'000);
    expect_range(&M::class_fee, 0, 1'000'000'000'000'000);
    expect_range(&M::program_deposit, 0, 1'000'000'000);
    expect_range(&M::provider_bond_min, 1, 1'000'000'000'000'000);
    expect_range(&M::withdraw_blocks, 1, 10'000'000);
    expect_range(&M::fee_bps, 0, 5'000);
    expect_range(&M::slash_multiple, 2, 1'000);
    expect_range(&M::min_slash, 1, 1'000'000'000'000'000);
    expect_range(&M::start_blocks, 1, 1'000'000);
    expect_range(&M::commit_blocks, 1, 1'000'000);
    expect_range(&M::retract_blocks, 1, 999);
    expect_range(&M::respond_blocks, 1, 1'000'000);
    expect_range(&M::settle_blocks, 1, 1'000'000);
    expect_range(&M::retention_blocks, 1, 1'000'000);
    expect_range(&M::job_work_units_max, 1, 10'000'000'000);
    expect_range(&M::challenge_delay, 2, 1'000);
    expect_range(&M::challenge_bps, 1, 10'000);
    expect_range(&M::probation_jobs, 0, 1'000'000);
    expect_range(&M::probes, 1, 64);
    expect_range(&M::proof_bytes_max, 16'384, 262'144);
    expect_range(&M::proof_gas_max, 10'000, 300'000);
    expect_range(&M::issue_bytes_max, proof_bytes_limit, 16'777'216);
    expect_range(&M::issue_gas_max, proof_gas_limit, 100'000'000);
    expect_range(&M::block_proof_bytes_max, 2 * proof_bytes_limit, 16'777'216);
    expect_range(&M::block_proof_gas_max, 2 * proof_gas_limit, 100'000'000);
    expect_range(&M::open_orders_max, 1, 10'000);
    expect_range(&M::book_side_max, 16, 1'000'000);
    expect_range(&M::order_lifetime_max, 1, 1'000'000);
    expect_range(&M::match_pairs_max, 1'000, 100'000'000);
    expect_range(&M::sweep_max, 100, 1'000'000);
    expect_range(&M::reputation_unit, 1, 1'000'000'000'000'000);
}

TEST(MarketParams, say_which_value_is_out_of_range) {
    EXPECT_EQ(
        refusal([](MarketParams& market) { market.fee_bps = 5'001; }),
        "market.fee_bps is 5001, must be from 0 to 5000"
    );
}

TEST(MarketParams, draw_challenges_after_the_time_to_retract) {
    EXPECT_EQ(refusal([](MarketParams& market) { market.challenge_delay = 5; }), "");
    EXPECT_EQ(
        refusal([](MarketParams& market) { market.challenge_delay = 4; }),
        "market.challenge_delay is 4, must be more than market.retract_blocks, 4"
    );
}

/// K4: what is called for in a block is answered in half a block, so two attempts at each fit.
TEST(MarketParams, take_twice_the_proofs_that_are_called_for) {
    EXPECT_EQ(refusal([](MarketParams& market) { market.block_proof_bytes_max = 2'097'152; }), "");
    EXPECT_EQ(
        refusal([](MarketParams& market) { market.block_proof_bytes_max = 2'097'151; }),
        "market.issue_bytes_max is 1048576, must be at most half of "
        "market.block_proof_bytes_max, 2097151"
    );
    EXPECT_EQ(
        refusal([](MarketParams& market) { market.issue_gas_max = 500'001; }),
        "market.issue_gas_max is 500001, must be at most half of "
        "market.block_proof_gas_max, 1000000"
    );
}

/// A challenge that waits, or was issued, was sized under older parameters.
TEST(MarketParams, always_take_a_proof_of_any_size_that_there_was) {
    MarketParams least;
    least.issue_bytes_max = proof_bytes_limit;
    least.issue_gas_max = proof_gas_limit;
    least.block_proof_bytes_max = 2 * proof_bytes_limit;
    least.block_proof_gas_max = 2 * proof_gas_limit;
    EXPECT_TRUE(validate(least));

    EXPECT_NE(
        refusal([](MarketParams& market) { market.issue_bytes_max = proof_bytes_limit - 1; }), ""
    );
    EXPECT_NE(
        refusal([](MarketParams& market) { market.issue_gas_max = proof_gas_limit - 1; }), ""
    );
}

}  // namespace
}  // namespace steelyard::ledger
