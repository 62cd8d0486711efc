#include "chain/commit.h"

#include "samples.h"

#include "crypto/sha256.h"

namespace steelyard::chain {
namespace {

TEST(CommitSig, absent_has_one_encoding) {
    EXPECT_EQ(to_hex(encode_commit_sig(CommitSig())), "08011a0b088092b8c398feffffff01");
    expect_round_trip(CommitSig(), encode_commit_sig, decode_commit_sig);
}

TEST(CommitSig, refuses_an_absent_vote_with_contents) {
    const auto refusal = [](std::string_view hex) {
        return error_of(decode_commit_sig(*from_hex(hex)));
    };

    EXPECT_EQ(refusal("0801120100"), "CommitSig.validator_address: has 1 bytes, not 20");
    EXPECT_EQ(
        refusal("080112140000000000000000000000000000000000000000"
                "1a0b088092b8c398feffffff01"),
        "CommitSig.validator_address: is present though the vote is absent"
    );
    EXPECT_EQ(refusal("08011a00"), "CommitSig.timestamp: is present though the vote is absent");
    EXPECT_EQ(
        refusal("08011a0b088092b8c398feffffff012240" + std::string(128, '0')),
        "CommitSig.signature: is present though the vote is absent"
    );
    EXPECT_EQ(refusal("08021a00"), "CommitSig.validator_address: is missing");
    EXPECT_EQ(
        refusal("0803121400000000000000000000000000000000000000001a00"),
        "CommitSig.signature: is missing"
    );
    EXPECT_EQ(refusal("0804"), "CommitSig.block_id_flag: 4 is unknown");
    EXPECT_EQ(refusal("1a0b088092b8c398feffffff01"), "CommitSig.block_id_flag: is missing");
}

TEST(Commit, goes_both_ways) {
    SeededRandom random(1);
    for (std::size_t validators = 1; validators <= 4; ++validators) {
        expect_round_trip(
            std::optional(random_commit(random, validators)), encode_last_commit, decode_last_commit
        );
    }
}

TEST(Commit, of_the_first_block_is_empty) {
    EXPECT_EQ(to_hex(encode_last_commit(std::nullopt)), "1a021200");
    EXPECT_EQ(decode_last_commit(*from_hex("1a021200")).value(), std::nullopt);
    EXPECT_EQ(
        error_of(decode_commit(*from_hex("1a021200"))),
        "Commit.block_id: BlockID.part_set_header: PartSetHeader.total: is missing"
    );
}

TEST(Commit, refuses_bad_heights_and_counts) {
    SeededRandom random(2);
    const BlockId id = random_block_id(random);

    EXPECT_EQ(
        error_of(Commit::make(Height(0), Round(0), id, {CommitSig()})),
        "Commit.height: 0 is before the first block"
    );
    EXPECT_EQ(error_of(Commit::make(Height(1), Round(0), id, {})), "Commit.signatures: is empty");
    EXPECT_TRUE(Commit::make(Height(1), Round(0), id, std::vector<CommitSig>(validators_max)));
    EXPECT_EQ(
        Commit::make(Height(1), Round(0), id, std::vector<CommitSig>(validators_max + 1))
            .error()
            .code(),
        ErrorCode::too_large
    );
    EXPECT_EQ(
        error_of(decode_commit(*from_hex("089cffffffffffffffff01"))),
        "Commit.height: -100 is negative"
    );
    EXPECT_EQ(
        error_of(decode_commit(*from_hex("109cffffffffffffffff01"))),
        "Commit.round: -100 is negative"
    );
}

TEST(Commit, stops_reading_at_the_limit_of_signatures) {
    SeededRandom random(3);
    Bytes bytes = encode_commit(*Commit::make(
        Height(1), Round(0), random_block_id(random), std::vector<CommitSig>(validators_max)
    ));
    ASSERT_TRUE(decode_commit(bytes));

    append(bytes, *from_hex("220f08011a0b088092b8c398feffffff01"));

    EXPECT_EQ(error_of(decode_commit(bytes)), "Commit.signatures: has more than 10000 elements");
}

TEST(Commit, gives_back_the_votes) {
    SeededRandom random(4);
    const CommitSig for_block(
        BlockIdFlag::commit, random_array<20>(random), random_time(random), random_array<64>(random)
    );
    const CommitSig for_nil(
        BlockIdFlag::nil, random_array<20>(random), random_time(random), random_array<64>(random)
    );
    const BlockId id = random_block_id(random);
    const Commit commit = *Commit::make(Height(7), Round(2), id, {for_block, CommitSig(), for_nil});

    EXPECT_EQ(
        commit.vote(0),
        (Vote{
            .type = SignedMsgType::precommit,
            .height = Height(7),
            .round = Round(2),
            .block_id = id,
            .timestamp = for_block.timestamp(),
            .validator_address = for_block.validator_address(),
            .validator_index = 0,
            .signature = for_block.signature(),
        })
    );
    EXPECT_EQ(commit.vote(1), std::nullopt);
    EXPECT_EQ(commit.vote(2)->block_id, std::nullopt);
    EXPECT_EQ(commit.vote(2)->signature, for_nil.signature());
    EXPECT_EQ(to_string(commit.voters()), "x_x");
}

TEST(LastCommitHash, is_the_merkle_root_of_the_signatures) {
    SeededRandom random(5);
    const Commit commit = random_commit(random, 1);
    Bytes leaf = {0};
    append(leaf, encode_commit_sig(commit.signatures()[0]));

    EXPECT_EQ(
        to_hex(last_commit_hash(std::nullopt)),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    EXPECT_EQ(last_commit_hash(commit), crypto::sha256(leaf));
}

// CometBFT's types/consensus_breakage_test.go, TestLastCommitHash and TestLastBlockID.
TEST(LastCommitHash, matches_cometbft) {
    const Hash256 address_hash = crypto::sha256(as_bytes("validator_address"));
    Address address;
    std::copy_n(address_hash.begin(), address.size(), address.begin());
    const BlockId id = {
        .hash = crypto::sha256(as_bytes("blockID_hash")),
        .parts =
            {.total = 1'000'000, .hash = crypto::sha256(as_bytes("blockID_part_set_header_hash"))},
    };
    const Commit commit = *Commit::make(
        Height(1),
        Round(0),
        id,
        {CommitSig(),
         CommitSig(BlockIdFlag::commit, address, *Timestamp::from_unix(1'515'151'515), {})}
    );

    EXPECT_EQ(
        to_hex(last_commit_hash(commit)),
        "08badcd5363f2eb5479100c00aea5c200b5b81020627e92277ff82c3011ebab5"
    );
    EXPECT_EQ(
        to_hex(encode_block_id(id)),
        "0a208b01023386c371778ecb6368573e539afc3cc860ec3a2f614e54fe5652f4fc80"
        "122608c0843d122072db3d959635dff1bb567bedaa70573392c5159666a3f8caf11e413aac52207a"
    );
}

// CometBFT v0.38 types/block_test.go, TestMaxCommitBytes: the largest values of every field, with
// the part total that its int32 allows.
TEST(Commit, reaches_its_size_limit) {
    SeededRandom random(6);
    const CommitSig largest(
        BlockIdFlag::nil,
        random_array<20>(random),
        *Timestamp::from_unix(-1, 999'999'999),
        random_array<64>(random)
    );
    const BlockId id = {
        .hash = random_array<32>(random),
        .parts = {.total = 0x7FFF'FFFF, .hash = random_array<32>(random)},
    };
    for (const std::size_t count : {std::size_t{1}, std::size_t{validators_max}}) {
        const Commit commit = *Commit::make(
            Height(std::numeric_limits<std::int64_t>::max()),
            Round(std::numeric_limits<std::int32_t>::max()),
            id,
            std::vector<CommitSig>(count, largest)
        );
        EXPECT_EQ(encode_commit(commit).size(), static_cast<std::size_t>(commit_size_max(count)));
    }
}

}  // namespace
}  // namespace steelyard::chain
