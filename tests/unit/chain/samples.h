// Random well-formed values, and the property that every decoder has.
#pragma once

#include "base/hex.h"
#include "base/random.h"
#include "chain/commit.h"
#include "chain/header.h"
#include "chain/proposal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::chain {

template <std::size_t size>
ByteArray<size> random_array(RandomSource& random) {
    ByteArray<size> out;
    random.fill(out);
    return out;
}

Timestamp random_time(RandomSource& random);
BlockId random_block_id(RandomSource& random);
std::optional<BlockId> random_optional_block_id(RandomSource& random);
Vote random_vote(RandomSource& random);
CommitSig random_commit_sig(RandomSource& random);
Proposal random_proposal(RandomSource& random);
Header random_header(RandomSource& random);
Commit random_commit(RandomSource& random, std::size_t validators);

/// A message without its first field, without its second, and so on. Fixed-width fields do not
/// stand in it.
std::vector<Bytes> without_each_field(ByteView message);

/// The message of a result's error, or nothing where there is none.
template <typename T>
std::string error_of(const Result<T>& result) {
    return result ? "" : result.error().message();
}

/// Changes of one byte of `bytes` fail to decode or yield a value whose encoding is exactly the
/// changed bytes; and so does each truncation. Tries all 255 changes of each byte of a short
/// message, and 16,000 or so of a long one.
template <typename Encode, typename Decode>
void expect_one_encoding(const Bytes& bytes, Encode encode, Decode decode) {
    const auto check = [&](const Bytes& changed) {
        if (const auto value = decode(changed); value && encode(*value) != changed) {
            ADD_FAILURE() << to_hex(changed) << " is read as " << to_hex(encode(*value));
        }
    };
    const std::size_t stride = 1 + bytes.size() / 64;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        check(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(i)));
        for (std::size_t delta = 1 + i % stride; delta < 256; delta += stride) {
            Bytes changed = bytes;
            changed[i] = static_cast<std::uint8_t>(changed[i] + delta);
            check(changed);
        }
    }
}

/// A value survives its encoding, and the encoding is the only one.
template <typename T, typename Encode, typename Decode>
void expect_round_trip(const T& value, Encode encode, Decode decode) {
    const Bytes bytes = encode(value);
    const Result<T> decoded = decode(bytes);
    ASSERT_TRUE(decoded.has_value()) << error_of(decoded);
    EXPECT_EQ(*decoded, value);
    expect_one_encoding(bytes, encode, decode);
}

}  // namespace steelyard::chain
