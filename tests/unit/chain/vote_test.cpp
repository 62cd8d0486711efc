#include "chain/vote.h"

#include "base/protowire.h"
#include "samples.h"

#include "crypto/public_key.h"
#include "crypto/sha256.h"

namespace steelyard::chain {
namespace {

/// The vote of CometBFT's types/vote_test.go exampleVote.
Vote example_vote(SignedMsgType type) {
    return Vote{
        .type = type,
        .height = Height(12345),
        .round = Round(2),
        .block_id =
            BlockId{
                .hash = crypto::sha256(as_bytes("blockID_hash")),
                .parts =
                    {.total = 1'000'000,
                     .hash = crypto::sha256(as_bytes("blockID_part_set_header_hash"))},
            },
        .timestamp = *Timestamp::parse("2017-12-25T03:00:01.234Z"),
        .validator_address = {},
        .validator_index = 5678,
        .signature = {},
    };
}

std::string sign_bytes_hex(const Vote& vote, std::string_view chain_id = "") {
    return to_hex(sign_bytes(vote, chain_id.empty() ? ChainId() : *ChainId::parse(chain_id)));
}

// CometBFT v0.38 types/vote_test.go, TestVoteSignBytesTestVectors. Its sixth case sets a vote
// extension, which no Vote of ours has and no sign bytes cover.
TEST(VoteSignBytes, match_cometbft) {
    const auto no_type = static_cast<SignedMsgType>(0);
    const Height height(1);
    const Round round(1);

    EXPECT_EQ(sign_bytes_hex({.type = no_type}), "0d2a0b088092b8c398feffffff01");
    EXPECT_EQ(
        sign_bytes_hex({.type = SignedMsgType::precommit, .height = height, .round = round}),
        "2108021101000000000000001901000000000000002a0b088092b8c398feffffff01"
    );
    EXPECT_EQ(
        sign_bytes_hex({.type = SignedMsgType::prevote, .height = height, .round = round}),
        "2108011101000000000000001901000000000000002a0b088092b8c398feffffff01"
    );
    EXPECT_EQ(
        sign_bytes_hex({.type = no_type, .height = height, .round = round}),
        "1f1101000000000000001901000000000000002a0b088092b8c398feffffff01"
    );
    EXPECT_EQ(
        sign_bytes_hex({.type = no_type, .height = height, .round = round}, "test_chain_id"),
        "2e1101000000000000001901000000000000002a0b088092b8c398feffffff01"
        "320d746573745f636861696e5f6964"
    );
}

TEST(VoteSignBytes, cover_the_block) {
    const Vote vote = example_vote(SignedMsgType::precommit);

    EXPECT_EQ(
        sign_bytes_hex(vote, "test_chain_id"),
        "7c0802113930000000000000190200000000000000"
        "224a"
        "0a20" +
            to_hex(vote.block_id->hash) + "122608c0843d1220" + to_hex(vote.block_id->parts.hash) +
            "2a0b08b1d381d20510809dca6f"
            "320d746573745f636861696e5f6964"
    );
}

TEST(Vote, goes_both_ways) {
    SeededRandom random(1);
    for (int i = 0; i < 10; ++i) {
        expect_round_trip(random_vote(random), encode_vote, decode_vote);
    }
}

TEST(Vote, is_verified_under_the_key_of_its_address) {
    SeededRandom random(3);
    const ChainId chain_id = *ChainId::parse("test_chain_id");
    for (const auto type : {crypto::KeyType::ed25519, crypto::KeyType::secp256k1}) {
        const auto key = crypto::PrivateKey::generate(type, random);
        const auto other = crypto::PrivateKey::generate(type, random);
        Vote vote = random_vote(random);
        vote.validator_address = key.public_key().address();
        vote.signature = key.sign(sign_bytes(vote, chain_id));

        EXPECT_TRUE(verify_vote(vote, chain_id, key.public_key()));
        EXPECT_FALSE(verify_vote(vote, *ChainId::parse("other"), key.public_key()));
        EXPECT_THAT(
            error_of(verify_vote(vote, chain_id, other.public_key())),
            testing::StartsWith("vote names validator ")
        );
        vote.round = vote.round.next();
        EXPECT_THAT(
            error_of(verify_vote(vote, chain_id, key.public_key())),
            testing::EndsWith("has a bad signature")
        );
        vote.validator_address = other.public_key().address();
        vote.signature = key.sign(sign_bytes(vote, chain_id));
        EXPECT_FALSE(verify_vote(vote, chain_id, key.public_key()));
        EXPECT_FALSE(verify_vote(vote, chain_id, other.public_key()));
    }
}

// The vote of CometBFT v0.38 types/vote_test.go under the key of its
// crypto/secp256k1/secp256k1_test.go. RFC 6979 makes the signature a function of the two.
TEST(Vote, has_a_deterministic_secp256k1_signature) {
    const auto key = *crypto::PrivateKey::parse(
        crypto::KeyType::secp256k1,
        *from_hex("a96e62ed3955e65be32703f12d87b6b5cf26039ecfa948dc5107a495418e5330")
    );
    const Vote vote = example_vote(SignedMsgType::precommit);

    EXPECT_EQ(
        to_hex(key.sign(sign_bytes(vote, *ChainId::parse("test_chain_id")))),
        "33b0f6dd20dbbf892573b32d020b26d609f7312de7aeacbd40f0f343ce8e2018"
        "074c9e9c00722b0593dadee3431aa224c758f3c731dd779137213d9ec9802472"
    );
}

std::string refusal(Vote vote) {
    return error_of(decode_vote(encode_vote(vote)));
}

TEST(Vote, refuses_what_no_validator_sends) {
    SeededRandom random(2);
    const Vote good = random_vote(random);
    Vote vote = good;

    vote.type = SignedMsgType::proposal;
    EXPECT_EQ(refusal(vote), "Vote.type: 32 is neither prevote nor precommit");
    vote.type = static_cast<SignedMsgType>(0);
    EXPECT_EQ(refusal(vote), "Vote.type: is missing");
    vote = good;
    vote.height = Height();
    EXPECT_EQ(refusal(vote), "Vote.height: is missing");
    vote = good;
    vote.height = Height(std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(
        refusal(vote), "Vote.height: 9223372036854775807 is over the limit 4611686018427387903"
    );
    vote = good;
    vote.validator_index = validators_max;
    EXPECT_EQ(refusal(vote), "Vote.validator_index: 10000 is out of range");
}

/// The example with one field replaced by other bytes.
std::string refusal_with(std::uint32_t field, ByteView value) {
    const Vote vote = example_vote(SignedMsgType::prevote);
    ProtoWriter writer;
    writer.uint64(1, 1);
    field == 2 ? writer.int64(2, -1) : writer.int64(2, vote.height.value());
    field == 3 ? writer.int64(3, -1) : writer.int64(3, vote.round.value());
    writer.message(4, field == 4 ? to_bytes(value) : encode_optional_block_id(std::nullopt));
    writer.message(5, encode_timestamp(vote.timestamp));
    writer.bytes(6, field == 6 ? value : ByteView(vote.validator_address));
    field == 7 ? writer.int64(7, -1) : writer.uint64(7, vote.validator_index);
    writer.bytes(8, field == 8 ? value : ByteView(vote.signature));
    writer.bytes(9, field == 9 ? value : ByteView());
    return error_of(decode_vote(std::move(writer).take()));
}

// CometBFT v0.38 types/vote_test.go, TestInvalidVotes and TestInvalidPrevotes.
TEST(Vote, refuses_malformed_fields) {
    const Bytes one_byte = {1};
    const Bytes too_long(65);

    EXPECT_EQ(refusal_with(0, {}), "");
    EXPECT_EQ(refusal_with(2, {}), "Vote.height: -1 is negative");
    EXPECT_EQ(refusal_with(3, {}), "Vote.round: -1 is negative");
    EXPECT_EQ(refusal_with(4, {}), "Vote.block_id: BlockID.hash: is missing");
    EXPECT_EQ(
        refusal_with(4, *from_hex("0a030102031200")),
        "Vote.block_id: BlockID.hash: has 3 bytes, not 32"
    );
    EXPECT_EQ(refusal_with(6, one_byte), "Vote.validator_address: has 1 bytes, not 20");
    EXPECT_EQ(refusal_with(7, {}), "Vote.validator_index: -1 is out of range");
    EXPECT_EQ(refusal_with(8, {}), "Vote.signature: is missing");
    EXPECT_EQ(refusal_with(8, too_long), "Vote.signature: has 65 bytes, not 64");
    EXPECT_EQ(refusal_with(9, one_byte), "Vote.tag: unknown field 9");
}

// All of this can be committed by CometBFT v0.38: its evidence pool checks neither round nor index
// nor extension.
TEST(Vote, may_have_more_in_evidence) {
    Vote vote = example_vote(SignedMsgType::precommit);
    vote.round = Round(std::numeric_limits<std::int32_t>::max());
    vote.validator_index = static_cast<ValidatorIndex>(std::numeric_limits<std::int32_t>::max());
    vote.extension_signature = Bytes(1, 7);
    expect_round_trip(vote, encode_vote, decode_evidence_vote);
    vote.extension = Bytes(3, 9);
    expect_round_trip(vote, encode_vote, decode_evidence_vote);

    EXPECT_EQ(refusal(vote), "Vote.round: 2147483647 is over the limit 1073741823");
    vote.round = Round(0);
    EXPECT_EQ(refusal(vote), "Vote.validator_index: 2147483647 is out of range");
    vote.validator_index = 0;
    EXPECT_EQ(refusal(vote), "Vote.tag: unknown field 9");
    vote.extension.clear();
    EXPECT_EQ(refusal(vote), "Vote.tag: unknown field 10");
}

// CometBFT v0.38 types/vote.go, ValidateBasic.
TEST(Vote, has_an_extension_only_where_comet_has_one) {
    const auto refusal = [](const Vote& vote) {
        return error_of(decode_evidence_vote(encode_vote(vote)));
    };
    Vote good = example_vote(SignedMsgType::precommit);
    good.extension = {1};
    good.extension_signature = Bytes(64, 2);
    EXPECT_EQ(refusal(good), "");

    Vote vote = good;
    vote.type = SignedMsgType::prevote;
    EXPECT_EQ(refusal(vote), "Vote.extension: is present in a vote that has none");
    vote = good;
    vote.block_id.reset();
    EXPECT_EQ(refusal(vote), "Vote.extension: is present in a vote that has none");
    vote = good;
    vote.extension_signature.clear();
    EXPECT_EQ(refusal(vote), "Vote.extension_signature: is missing");
    vote.extension_signature = Bytes(65, 2);
    EXPECT_EQ(refusal(vote), "Vote.extension_signature: has 65 bytes, limit 64");
    EXPECT_EQ(
        error_of(decode_evidence_vote(*from_hex("18ffffffffffffffffff01"))),
        "Vote.round: -1 is negative"
    );
    EXPECT_EQ(
        error_of(decode_evidence_vote(*from_hex("38ffffffffffffffffff01"))),
        "Vote.validator_index: -1 is out of range"
    );
}

}  // namespace
}  // namespace steelyard::chain
