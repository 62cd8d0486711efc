#include "chain/part_set.h"

#include "base/protowire.h"
#include "samples.h"

namespace steelyard::chain {
namespace {

Bytes random_bytes(RandomSource& random, std::size_t size) {
    Bytes bytes(size);
    random.fill(bytes);
    return bytes;
}

/// A block of four parts, the last one short.
Bytes block_of_four_parts() {
    SeededRandom random(1);
    return random_bytes(random, 3 * part_size + 100);
}

TEST(PartSet, cuts_and_joins) {
    const Bytes block = block_of_four_parts();
    const PartSet cut = PartSet::cut(block);
    PartSet gathered = *PartSet::expect(cut.header());

    EXPECT_EQ(cut.header().total, 4U);
    EXPECT_TRUE(cut.is_complete());
    EXPECT_EQ(cut.size(), block.size());
    for (const std::uint32_t i : {2U, 0U, 3U, 1U}) {
        EXPECT_FALSE(gathered.is_complete());
        EXPECT_EQ(gathered.part(i), std::nullopt);
        EXPECT_EQ(gathered.add(*cut.part(i)), true);
        EXPECT_EQ(gathered.part(i), cut.part(i));
    }
    EXPECT_TRUE(gathered.is_complete());
    EXPECT_EQ(gathered.size(), block.size());
    EXPECT_EQ(gathered.join(), block);
}

TEST(PartSet, knows_a_part_that_it_has) {
    const PartSet cut = PartSet::cut(block_of_four_parts());
    PartSet gathered = *PartSet::expect(cut.header());

    EXPECT_EQ(gathered.add(*cut.part(1)), true);
    EXPECT_EQ(gathered.add(*cut.part(1)), false);

    EXPECT_EQ(to_string(gathered.present()), "_x__");
    EXPECT_EQ(gathered.size(), part_size);
}

TEST(PartSet, has_the_root_over_its_parts) {
    Bytes block(part_size, 0xAB);
    block.push_back(0xCD);

    const std::vector<Bytes> pieces = {Bytes(part_size, 0xAB), Bytes{0xCD}};

    EXPECT_EQ(PartSet::cut(block).header().hash, crypto::merkle_root(pieces));
    EXPECT_EQ(PartSet::cut(Bytes{0xCD}).header().hash, crypto::merkle_leaf_hash(Bytes{0xCD}));
}

// CometBFT v0.38 types/part_set_test.go, TestWrongProof.
TEST(PartSet, refuses_what_does_not_belong) {
    const PartSet cut = PartSet::cut(block_of_four_parts());
    PartSet gathered = *PartSet::expect(cut.header());
    const auto refuses = [&](Part part) { return !gathered.add(std::move(part)); };
    Part part = *cut.part(0);

    part.proof.aunts[0][0] ^= 1;
    EXPECT_TRUE(refuses(part));
    part = *cut.part(1);
    part.bytes[0] ^= 1;
    EXPECT_TRUE(refuses(part));
    part = *cut.part(2);
    part.proof.index = 1;
    EXPECT_TRUE(refuses(part));
    part = *cut.part(3);
    part.proof.total = 3;
    EXPECT_TRUE(refuses(part));
    part = *cut.part(3);
    part.proof.total = 5;
    EXPECT_TRUE(refuses(part));
    part = *cut.part(3);
    part.proof.index = 10'000;
    EXPECT_TRUE(refuses(part));
    part = *PartSet::cut(Bytes(4 * part_size, 1)).part(0);
    EXPECT_TRUE(refuses(part));
    EXPECT_TRUE(gathered.present().none());
    EXPECT_EQ(gathered.size(), 0U);
}

// The first leaf has the same path in a tree of 7 as in one of 8, so the proof alone cannot tell.
TEST(PartSet, refuses_a_part_of_another_total) {
    const PartSet cut = PartSet::cut(Bytes(7 * part_size + 1));
    PartSet gathered = *PartSet::expect(cut.header());
    Part part = *cut.part(0);
    part.proof.total = 7;
    ASSERT_TRUE(crypto::verify_merkle_proof(part.proof, cut.header().hash, part.bytes));

    EXPECT_EQ(error_of(gathered.add(part)), "part 0 is one of 7, not of 8");
}

TEST(PartSet, holds_the_largest_block) {
    EXPECT_EQ(parts_of(block_size_max), parts_max - 1);
    EXPECT_EQ(parts_of(1), 1U);
    EXPECT_EQ(parts_of(part_size), 1U);
    EXPECT_EQ(parts_of(part_size + 1), 2U);
}

TEST(PartSet, expects_a_bounded_number_of_parts) {
    EXPECT_TRUE(PartSet::expect({.total = parts_max, .hash = {}}));
    EXPECT_EQ(
        error_of(PartSet::expect({.total = parts_max + 1, .hash = {}})),
        "a block of 1602 parts, limit 1601"
    );
    EXPECT_FALSE(PartSet::expect({.total = 0, .hash = {}}));
}

TEST(PartSetDeathTest, is_joined_when_complete) {
    EXPECT_DEATH(PartSet::expect({.total = 1, .hash = {}})->join(), "is_complete");
}

TEST(Part, goes_both_ways) {
    const PartSet cut = PartSet::cut(block_of_four_parts());
    for (std::uint32_t i = 0; i < 4; ++i) {
        EXPECT_EQ(decode_part(encode_part(*cut.part(i))), cut.part(i).value());
    }
    expect_round_trip(*PartSet::cut(Bytes{1, 2, 3}).part(0), encode_part, decode_part);
    expect_round_trip(*cut.part(3), encode_part, decode_part);
}

// What CometBFT's ASA-2025-002 was: an index beside the proof that need not be the proof's.
TEST(Part, is_where_its_proof_says) {
    const PartSet cut = PartSet::cut(block_of_four_parts());
    const Part part = *cut.part(3);
    ProtoWriter writer;
    writer.uint64(1, 2);
    writer.bytes(2, part.bytes);
    writer.message(3, encode_merkle_proof(part.proof));

    EXPECT_EQ(
        error_of(decode_part(std::move(writer).take())), "Part.index: 2 is not the proof's, 3"
    );
}

// CometBFT v0.38 types/part_set_test.go, TestPart_ValidateBasic.
TEST(Part, has_the_size_of_its_place) {
    const PartSet cut = PartSet::cut(block_of_four_parts());
    const auto refusal = [](const Part& part) { return error_of(decode_part(encode_part(part))); };
    Part last = *cut.part(3);
    Part inner = *cut.part(2);

    last.bytes.assign(part_size, 0);
    EXPECT_EQ(refusal(last), "");
    last.bytes.push_back(0);
    EXPECT_EQ(refusal(last), "Part.bytes: has 65537 bytes, limit 65536");
    last.bytes.clear();
    EXPECT_EQ(refusal(last), "Part.bytes: is missing");
    inner.bytes.pop_back();
    EXPECT_EQ(refusal(inner), "part 2 of 4 has 65535 bytes");
}

TEST(Part, is_one_of_a_bounded_number) {
    std::vector<Bytes> leaves(parts_max + 1, Bytes{1});
    const Part part = {.bytes = {1}, .proof = crypto::merkle_proofs(leaves).back()};

    EXPECT_EQ(error_of(decode_part(encode_part(part))), "part is one of 1602, limit 1601");
}

}  // namespace
}  // namespace steelyard::chain
