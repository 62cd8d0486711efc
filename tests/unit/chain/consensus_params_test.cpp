#include "chain/consensus_params.h"

#include "samples.h"

#include <set>

namespace steelyard::chain {
namespace {

using crypto::KeyType;
using std::chrono::nanoseconds;

/// As makeParams of CometBFT v0.38 types/params_test.go.
ConsensusParams make_params(
    std::int64_t block_bytes,
    std::int64_t block_gas,
    std::int64_t evidence_age,
    std::int64_t evidence_bytes = 0
) {
    return ConsensusParams{
        .block = {.max_bytes = block_bytes, .max_gas = block_gas},
        .evidence =
            {.max_age_num_blocks = evidence_age,
             .max_age_duration = nanoseconds(evidence_age),
             .max_bytes = evidence_bytes},
        .validator = {.pub_key_types = {KeyType::ed25519}},
        .version = {},
    };
}

TEST(ConsensusParams, are_valid_by_default) {
    EXPECT_TRUE(validate(ConsensusParams()));
}

// CometBFT v0.38 types/params_test.go, TestConsensusParamsValidation.
TEST(ConsensusParams, follow_cometbfts_rules) {
    constexpr std::int64_t mebi = 1 << 20;
    const auto valid = [](const ConsensusParams& params) { return validate(params).has_value(); };

    EXPECT_TRUE(valid(make_params(1, 0, 2)));
    EXPECT_TRUE(valid(make_params(47 * mebi, 0, 2)));
    EXPECT_TRUE(valid(make_params(10, 0, 2)));
    EXPECT_TRUE(valid(make_params(100 * mebi, 0, 2)));
    EXPECT_TRUE(valid(make_params(-1, 0, 2)));
    EXPECT_TRUE(valid(make_params(1, -1, 2)));
    EXPECT_TRUE(valid(make_params(1000, 0, 2, 1)));
    EXPECT_TRUE(valid(make_params(1, 0, 1, 0)));
    EXPECT_TRUE(valid(make_params(-1, 0, 2, 100 * mebi)));

    EXPECT_FALSE(valid(make_params(0, 0, 2)));
    EXPECT_FALSE(valid(make_params(-2, 0, 2)));
    EXPECT_FALSE(valid(make_params(100 * mebi + 1, 0, 2)));
    EXPECT_FALSE(valid(make_params(1024 * mebi, 0, 2)));
    EXPECT_FALSE(valid(make_params(1024 * mebi, 0, -1)));
    EXPECT_FALSE(valid(make_params(1, -2, 2)));
    EXPECT_FALSE(valid(make_params(1, 0, 0)));
    EXPECT_FALSE(valid(make_params(mebi, 0, -1)));
    EXPECT_FALSE(valid(make_params(1, 0, 2, 2)));
    EXPECT_FALSE(valid(make_params(1, 0, 2, -1)));
    EXPECT_FALSE(valid(make_params(-1, 0, 2, 100 * mebi + 1)));

    ConsensusParams params = make_params(1, 0, 2);
    params.validator.pub_key_types = {};
    EXPECT_FALSE(valid(params));
    params.validator.pub_key_types = {KeyType::ed25519, KeyType::ed25519};
    EXPECT_FALSE(valid(params));
}

// The first is CometBFT 0.38's default; the second is version 1's, of its
// types/consensus_breakage_test.go, TestConsensusHash.
TEST(ConsensusHash, matches_cometbft) {
    EXPECT_EQ(
        to_hex_upper(consensus_hash(ConsensusParams())),
        "048091BC7DDC283F77BFBF91D73C44DA58C3DF8A9CBC867405D8B7F3DAADA22F"
    );
    EXPECT_EQ(
        to_hex(consensus_hash(make_params(4'194'304, 10'000'000, 1))),
        "68ecd6f333119ce43751ece583b981f23508aeaf4221ff582b1bb33be42bcefa"
    );
}

// CometBFT v0.38 types/params_test.go, TestConsensusParamsHash.
TEST(ConsensusHash, tells_block_sections_apart) {
    std::set<Hash256> hashes;
    for (const auto& [bytes, gas] :
         {std::pair(4, 2), {1, 4}, {1, 2}, {2, 5}, {1, 7}, {9, 5}, {7, 8}, {4, 6}}) {
        hashes.insert(consensus_hash(make_params(bytes, gas, 3, 1)));
    }

    EXPECT_EQ(hashes.size(), 8U);
}

// CometBFT v0.38 types/params_test.go, TestConsensusParamsUpdate.
TEST(ConsensusParamsUpdate, replaces_whole_sections) {
    const ConsensusParams before = make_params(1, 2, 3);
    ConsensusParams after = make_params(100, 200, 300, 50);
    after.validator.pub_key_types = {KeyType::secp256k1};

    EXPECT_EQ(apply_update(before, {}), before);
    EXPECT_EQ(
        apply_update(
            before, {.block = after.block, .evidence = after.evidence, .validator = after.validator}
        ),
        after
    );
    EXPECT_EQ(apply_update(before, {.version = VersionParams{.app = 1}})->version.app, 1U);
}

TEST(ConsensusParamsUpdate, must_lead_to_valid_parameters) {
    const ConsensusParams before = make_params(1000, 2, 3, 1000);

    EXPECT_EQ(
        error_of(apply_update(before, {.block = BlockParams{.max_bytes = 999, .max_gas = -1}})),
        "evidence.max_bytes: 1000 is over a block's 999"
    );
}

TEST(ConsensusParams, go_both_ways) {
    expect_round_trip(ConsensusParams(), encode_consensus_params, decode_consensus_params);
    expect_round_trip(make_params(-1, 7, 2, 5), encode_consensus_params, decode_consensus_params);
    ConsensusParams longest = make_params(1, 0, 2);
    longest.evidence.max_age_duration = nanoseconds::max() - std::chrono::seconds(1);
    expect_round_trip(longest, encode_consensus_params, decode_consensus_params);
}

TEST(ConsensusParams, refuse_other_kinds_of_keys_and_vote_extensions) {
    const auto refusal = [](std::string_view hex) {
        return error_of(decode_consensus_params(*from_hex(hex)));
    };

    EXPECT_EQ(
        refusal("1a050a03626c73"),
        "ConsensusParams.validator: ValidatorParams.pub_key_types: bls is no kind of key"
    );
    EXPECT_EQ(refusal("2a020801"), "ConsensusParams.abci: turns on vote extensions");
    EXPECT_EQ(refusal(""), "ConsensusParams.block: is missing");
    EXPECT_EQ(refusal("0a00"), "ConsensusParams.evidence: is missing");
    EXPECT_EQ(
        refusal("1209"
                "1207"
                "08b7ffa3aa22"
                "00"),
        "ConsensusParams.evidence: EvidenceParams.max_age_duration: Duration.tag: field number 0 "
        "is out of range"
    );
    EXPECT_EQ(
        refusal("1208"
                "1206"
                "0884fa85ae22"),
        "ConsensusParams.evidence: EvidenceParams.max_age_duration: Duration: 9223372036 s and 0 ns"
        " are out of range"
    );
}

TEST(BlockSizeLimit, is_the_formats_where_there_is_none) {
    EXPECT_EQ(block_size_limit({.max_bytes = 5, .max_gas = -1}), 5U);
    EXPECT_EQ(block_size_limit({.max_bytes = -1, .max_gas = -1}), std::size_t{104'857'600});
}

}  // namespace
}  // namespace steelyard::chain
