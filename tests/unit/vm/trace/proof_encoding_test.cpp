#include "base/random.h"
#include "vm/trace/proof.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

Hash256 hash_of(std::uint8_t byte) {
    Hash256 out;
    out.fill(byte);
    return out;
}

Proof small_proof() {
    Proof proof;
    proof.tensors.push_back(
        {.source = {Source::Kind::input, 3},
         .root = hash_of(1),
         .chunks = {0, 1, 7},
         .data = Bytes(3 * 1024, 0x5a),
         .siblings = {hash_of(2), hash_of(3)}}
    );
    proof.tensors.push_back(
        {.source = {Source::Kind::step, 2},
         .root = hash_of(4),
         .chunks = {300},
         .data = Bytes(1024, 0xa5),
         .siblings = {}}
    );
    proof.tensors.push_back(
        {.source = {Source::Kind::step, 70'000},
         .root = hash_of(5),
         .chunks = {},
         .data = {},
         .siblings = {}}
    );
    proof.trace_siblings = {hash_of(6)};
    return proof;
}

std::string refusal(ByteView bytes) {
    const Result<Proof> proof = decode_proof(bytes);
    return proof ? "" : proof.error().message();
}

TEST(ProofEncoding, is_as_written_down) {
    const Proof proof = small_proof();
    Bytes wanted = to_bytes(as_bytes("SVP1"));
    const auto put = [&](std::initializer_list<std::uint8_t> bytes) {
        wanted.insert(wanted.end(), bytes.begin(), bytes.end());
    };
    put({3, 6});
    append(wanted, hash_of(1));
    put({3, 0, 0, 5});
    append(wanted, proof.tensors[0].data);
    put({2});
    append(wanted, hash_of(2));
    append(wanted, hash_of(3));
    put({5});
    append(wanted, hash_of(4));
    put({1, 0xac, 0x02});
    append(wanted, proof.tensors[1].data);
    put({0});
    put({0xe1, 0xc5, 0x08});
    append(wanted, hash_of(5));
    put({0, 0, 1});
    append(wanted, hash_of(6));

    EXPECT_EQ(encode_proof(proof), wanted);
    EXPECT_EQ(encoded_size(proof), wanted.size());
    EXPECT_EQ(decode_proof(wanted), proof);
    EXPECT_EQ(decode_proof(encode_proof({})), Proof{});
}

TEST(ProofEncoding, refuses_every_other_length) {
    const Bytes bytes = encode_proof(small_proof());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        ASSERT_NE(refusal(ByteView(bytes).first(size)), "") << size;
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_EQ(refusal(longer), "offset 4310: 1 bytes after the proof");
    EXPECT_EQ(refusal(Bytes(proof_bytes_max + 1)), "a proof of 16777217 bytes, limit 16777216");
}

TEST(ProofEncoding, says_at_which_offset_what_is_wrong) {
    const Bytes good = encode_proof(small_proof());
    const auto changed = [&](std::size_t at, std::uint8_t byte) {
        Bytes bytes = good;
        bytes[at] = byte;
        return refusal(bytes);
    };

    EXPECT_EQ(changed(0, 'T'), "offset 0: not a proof");
    EXPECT_EQ(changed(4, 127), "offset 4: 127 tensors in 4305 bytes");
    EXPECT_EQ(changed(38, 100), "offset 38: 100 chunks in 4271 bytes");
    EXPECT_EQ(changed(5, 7), "offset 3179: tensors that do not ascend");
    EXPECT_EQ(refusal(as_bytes("SVP1")).substr(0, 9), "offset 4:");
}

TEST(ProofEncoding, refuses_chunks_beyond_any_tensor) {
    Proof proof = small_proof();
    proof.tensors[1].chunks = {(std::uint64_t{1} << 34) - 1};
    Bytes bytes = encode_proof(proof);
    EXPECT_EQ(decode_proof(bytes), proof);

    // Its varint is the five bytes behind the second root and the count.
    const std::size_t at = 3179 + 1 + 32 + 1;
    EXPECT_EQ(bytes[at + 4], 0x3f);
    bytes[at + 4] = 0x40;
    EXPECT_EQ(refusal(bytes), "offset 3213: a chunk beyond number 17179869183");
}

TEST(ProofEncoding, refuses_numbers_of_chunks_that_overflow) {
    const Bytes good = encode_proof(small_proof());
    // The difference from chunk 0 to 1: with 2^64 - 1 in its place the next would be chunk 0 again.
    const std::size_t at = 4 + 2 + 32 + 2;
    ASSERT_EQ(good[at], 0);
    for (const std::uint8_t last : Bytes{0x00, 0x01}) {
        Bytes bytes(good.begin(), good.begin() + at);
        bytes.insert(bytes.end(), 9, 0xff);
        bytes.push_back(last);
        bytes.insert(bytes.end(), good.begin() + at + 1, good.end());
        EXPECT_NE(refusal(bytes), "");
        if (last != 0) {
            EXPECT_EQ(refusal(bytes), "offset 40: a chunk beyond number 17179869183");
        }
    }
}

TEST(ProofEncoding, makes_no_room_for_hashes_that_are_not_there) {
    Bytes bytes = encode_proof({});
    ASSERT_EQ(bytes.size(), 6U);
    bytes.back() = 0x80;  // 2^34 hashes in the trace's path
    for (const std::uint8_t byte : Bytes{0x80, 0x80, 0x80, 0x40}) {
        bytes.push_back(byte);
    }
    EXPECT_EQ(refusal(bytes), "offset 5: 17179869184 hashes in 0 bytes");
    bytes = encode_proof({});
    bytes.back() = 3;
    bytes.resize(bytes.size() + 95);
    EXPECT_EQ(refusal(bytes), "offset 5: 3 hashes in 95 bytes");
}

TEST(ProofEncoding, what_is_taken_is_the_one_encoding_of_its_proof) {
    const Bytes good = encode_proof(small_proof());
    SeededRandom random(3);
    for (int round = 0; round < 20'000; ++round) {
        Bytes bytes = good;
        for (std::uint64_t changes = 1 + random.below(3); changes > 0; --changes) {
            // The places of numbers, not of data, mostly.
            const std::uint64_t at =
                random.below(4) == 0 ? random.below(bytes.size()) : 4 + random.below(40);
            bytes[at] = static_cast<std::uint8_t>(random.below(256));
        }
        const Result<Proof> proof = decode_proof(bytes);
        if (proof) {
            EXPECT_EQ(encode_proof(*proof), bytes);
        }
    }
}

}  // namespace
}  // namespace steelyard::vm
