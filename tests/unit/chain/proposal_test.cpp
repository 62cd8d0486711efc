#include "chain/proposal.h"

#include "samples.h"

#include "crypto/public_key.h"

namespace steelyard::chain {
namespace {

/// The proposal of CometBFT v0.38 types/proposal_test.go, with its block id.
Proposal example_proposal() {
    Hash256 hash;
    std::ranges::copy(as_bytes("--June_15_2020_amino_was_removed"), hash.begin());
    return Proposal{
        .height = Height(12345),
        .round = Round(23456),
        .pol_round = std::nullopt,
        .block_id = {.hash = hash, .parts = {.total = 111, .hash = hash}},
        .timestamp = *Timestamp::parse("2018-02-11T07:09:22.765Z"),
        .signature = {},
    };
}

TEST(ProposalSignBytes, shift_the_fields_of_a_vote_by_the_pol_round) {
    const Proposal proposal = example_proposal();
    const std::string hash = to_hex(proposal.block_id.hash);

    const Bytes bytes = sign_bytes(proposal, *ChainId::parse("test_chain_id"));

    EXPECT_EQ(
        to_hex(bytes),
        "8601"
        "0820"
        "113930000000000000"
        "19a05b000000000000"
        "20ffffffffffffffffff01"
        "2a48"
        "0a20" +
            hash +
            "1224"
            "086f"
            "1220" +
            hash +
            "320c"
            "08a2d8ffd30510"
            "c0f2e3ec02"
            "3a0d746573745f636861696e5f6964"
    );
}

TEST(ProposalSignBytes, differ_from_a_votes) {
    const Proposal proposal = example_proposal();
    const Vote vote = {
        .type = SignedMsgType::prevote,
        .height = proposal.height,
        .round = proposal.round,
        .block_id = proposal.block_id,
        .timestamp = proposal.timestamp,
        .validator_address = {},
        .validator_index = 0,
        .signature = {},
    };
    const ChainId chain_id = *ChainId::parse("test_chain_id");

    EXPECT_NE(sign_bytes(proposal, chain_id), sign_bytes(vote, chain_id));
}

TEST(Proposal, goes_both_ways) {
    SeededRandom random(1);
    for (int i = 0; i < 6; ++i) {
        expect_round_trip(random_proposal(random), encode_proposal, decode_proposal);
    }
}

TEST(Proposal, needs_an_earlier_pol_round) {
    const auto refusal = [](std::int32_t pol_round, std::int32_t round) {
        SeededRandom random(2);
        Proposal proposal = random_proposal(random);
        proposal.round = Round(round);
        proposal.pol_round = Round(pol_round);
        return error_of(decode_proposal(encode_proposal(proposal)));
    };

    EXPECT_EQ(refusal(0, 1), "");
    EXPECT_EQ(refusal(4, 5), "");
    EXPECT_EQ(refusal(0, 0), "Proposal.pol_round: 0 is not before round 0");
    EXPECT_EQ(refusal(5, 5), "Proposal.pol_round: 5 is not before round 5");
    EXPECT_EQ(refusal(6, 5), "Proposal.pol_round: 6 is not before round 5");
    EXPECT_EQ(
        error_of(decode_proposal(*from_hex("20feffffffffffffffff01"))),
        "Proposal.pol_round: -2 is negative"
    );
}

TEST(Proposal, is_for_a_block_that_can_be) {
    SeededRandom random(4);
    Proposal proposal = random_proposal(random);
    proposal.block_id.parts.total = parts_max;
    EXPECT_TRUE(decode_proposal(encode_proposal(proposal)));
    proposal.block_id.parts.total = parts_max + 1;
    EXPECT_EQ(
        error_of(decode_proposal(encode_proposal(proposal))),
        "Proposal.block_id: has 1602 parts, limit 1601"
    );
}

// CometBFT v0.38 types/proposal_test.go, TestProposalValidateBasic.
TEST(Proposal, refuses_what_no_proposer_sends) {
    const auto refusal = [](std::string_view hex) {
        return error_of(decode_proposal(*from_hex(hex)));
    };

    EXPECT_EQ(refusal("0802"), "Proposal.type: 2 is not a proposal");
    EXPECT_EQ(
        refusal("0820"
                "10ffffffffffffffffff01"),
        "Proposal.height: -1 is negative"
    );
    EXPECT_EQ(
        refusal("0820"
                "18ffffffffffffffffff01"),
        "Proposal.round: -1 is negative"
    );
    EXPECT_EQ(
        refusal("0820"
                "1801"),
        "Proposal.height: is missing"
    );
    EXPECT_EQ(
        refusal("0820"
                "1001"
                "2a021200"),
        "Proposal.block_id: BlockID.part_set_header: PartSetHeader.total: is missing"
    );
    EXPECT_EQ(refusal("3a0101"), "Proposal.signature: has 1 bytes, not 64");
    SeededRandom random(3);
    const Bytes bytes = encode_proposal(random_proposal(random));
    for (const Bytes& shorter : without_each_field(bytes)) {
        const auto decoded = decode_proposal(shorter);
        EXPECT_TRUE(!decoded || encode_proposal(*decoded) == shorter);
    }
}

TEST(Proposal, is_verified_under_the_proposers_key) {
    SeededRandom random(4);
    const ChainId chain_id = *ChainId::parse("test_chain_id");
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::secp256k1}) {
        const auto key = crypto::PrivateKey::generate(type, random);
        const auto other = crypto::PrivateKey::generate(type, random);
        Proposal proposal = random_proposal(random);
        proposal.signature = key.sign(sign_bytes(proposal, chain_id));

        EXPECT_TRUE(verify_proposal(proposal, chain_id, key.public_key()));
        EXPECT_EQ(
            verify_proposal(proposal, chain_id, other.public_key()).error().code(),
            ErrorCode::denied
        );
        EXPECT_FALSE(verify_proposal(proposal, *ChainId::parse("other"), key.public_key()));
        proposal.round = proposal.round.next();
        EXPECT_FALSE(verify_proposal(proposal, chain_id, key.public_key()));
    }
}

}  // namespace
}  // namespace steelyard::chain
