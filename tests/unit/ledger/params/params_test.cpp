#include "ledger/params/params.h"

#include <gtest/gtest.h>

#include <functional>

namespace steelyard::ledger {
namespace {

std::string refusal(const std::function<void(Params&)>& change) {
    Params params;
    change(params);
    const auto result = validate(params);
    EXPECT_EQ(result.has_value(), decode_params(encode_params(params)).has_value());
    return result ? "" : result.error().message();
}

TEST(Params, come_back_as_they_were) {
    Params params;
    params.mint = {{chain::Height(1), chain::Amount(5)}, {chain::Height(9), chain::Amount()}};
    params.community_tax = chain::Dec::parse("0.02").value();
    params.market.probes = 7;
    params.evidence.max_age_duration = std::chrono::nanoseconds(5'000'000'007);

    EXPECT_EQ(decode_params(encode_params(params)).value(), params);
    EXPECT_EQ(decode_params(encode_params(Params())).value(), Params());
}

TEST(Params, have_defaults_that_a_chain_can_live_with) {
    EXPECT_EQ(refusal([](Params&) {}), "");
    EXPECT_EQ(to_string(Params().fees.min_gas_price), "0.010000000000000000");
    EXPECT_EQ(to_string(Params().slashing.slash_fraction_downtime), "0.000100000000000000");
}

TEST(Params, say_which_value_is_out_of_range) {
    EXPECT_EQ(
        refusal([](Params& params) { params.staking.max_validators = 0; }),
        "staking.max_validators is 0, must be from 1 to 1000"
    );
    EXPECT_EQ(
        refusal([](Params& params) { params.community_tax = chain::Dec(2); }),
        "distribution.community_tax is 2.000000000000000000, must be from 0 to "
        "1.000000000000000000"
    );
    EXPECT_NE(refusal([](Params& params) { params.auth.tx_size_cost_per_byte = 0; }), "");
    EXPECT_NE(refusal([](Params& params) { params.fees.tx_gas_max = 5; }), "");
    EXPECT_NE(refusal([](Params& params) { params.staking.unbonding_time = {}; }), "");
    EXPECT_NE(refusal([](Params& params) { params.slashing.signed_blocks_window = 0; }), "");
    EXPECT_NE(refusal([](Params& params) { params.beacon.epoch_blocks = 0; }), "");
    EXPECT_NE(refusal([](Params& params) { params.block.max_bytes = 0; }), "");
    EXPECT_NE(refusal([](Params& params) { params.evidence.max_age_num_blocks = 0; }), "");
}

TEST(Params, leave_room_in_a_block) {
    constexpr std::int64_t least = (1 << 20) + (1 << 18);
    EXPECT_EQ(
        refusal([](Params& params) { params.block.max_bytes = least; }),
        "market.block_proof_bytes_max is 2097152, must be at most 0: what block.max_bytes leaves "
        "beside evidence.max_bytes and 262144"
    );
    EXPECT_EQ(refusal([](Params& params) { params.block.max_bytes = least + (1 << 21); }), "");
    EXPECT_NE(refusal([](Params& params) { params.block.max_bytes = least + (1 << 21) - 1; }), "");
    EXPECT_EQ(refusal([](Params& params) { params.block.max_bytes = -1; }), "");
    EXPECT_EQ(
        refusal([](Params& params) { params.block.max_bytes = least - 1; }),
        "block.max_bytes is 1310719, must be 262144 more than evidence.max_bytes, 1048576"
    );
    EXPECT_EQ(
        refusal([](Params& params) { params.block.max_gas = 0; }),
        "block.max_gas is 0, must be -1 or at least 1000000"
    );
}

TEST(Params, leave_gas_to_change_them_again) {
    EXPECT_EQ(
        refusal([](Params& params) {
            params.block.max_gas = 1'000'000;
            params.auth.tx_size_cost_per_byte = 119;
        }),
        "auth.tx_size_cost_per_byte is 119 and auth.sig_verify_cost_secp256k1 1000: approving of "
        "other parameters could need 1003424 gas, and a transaction gets 1000000 at most"
    );
    const auto with_signature_of = [](std::uint64_t gas) {
        return [gas](Params& params) { params.auth.sig_verify_cost_secp256k1 = gas; };
    };
    EXPECT_EQ(refusal(with_signature_of(6'216'190)), "");
    EXPECT_NE(refusal(with_signature_of(6'216'191)), "") << "16 of them, and no block gas limit";
    EXPECT_EQ(
        refusal([](Params& params) {
            params.fees.tx_gas_max = 1'000'000'000'000;
            params.auth.tx_size_cost_per_byte = 1'000'000;
            params.auth.sig_verify_cost_secp256k1 = 1'000'000'000;
        }),
        ""
    );
}

TEST(Params, give_a_transaction_no_more_gas_than_its_block) {
    Params params;
    params.fees.tx_gas_max = 5'000'000;
    EXPECT_EQ(tx_gas_limit(params), 5'000'000);
    params.block.max_gas = 4'000'000;
    EXPECT_EQ(tx_gas_limit(params), 4'000'000);
    params.block.max_gas = 6'000'000;
    EXPECT_EQ(tx_gas_limit(params), 5'000'000);
}

TEST(Params, leave_gas_for_proofs) {
    EXPECT_EQ(refusal([](Params& params) { params.fees.tx_gas_max = 5'742'160; }), "");
    EXPECT_EQ(
        refusal([](Params& params) { params.fees.tx_gas_max = 5'742'159; }),
        "fees.tx_gas_max is 5742159: a proof could need 5742160 gas"
    );
    EXPECT_EQ(refusal([](Params& params) { params.block.max_gas = 11'484'320; }), "");
    EXPECT_EQ(
        refusal([](Params& params) { params.block.max_gas = 11'484'319; }),
        "block.max_gas is 11484319: two proofs could need 11484320 gas"
    );
}

TEST(Params, mint_by_steps_that_ascend) {
    EXPECT_EQ(
        refusal([](Params& params) {
            params.mint = {{chain::Height(5), {}}, {chain::Height(5), {}}};
        }),
        "mint.steps[1].from_height is 5, not ascending"
    );
}

}  // namespace
}  // namespace steelyard::ledger
