#include "crypto/merlin.h"

#include "base/hex.h"
#include "crypto/sha256.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

// The transcript of Merlin's own test equivalence_simple. T4.
TEST(MerlinTranscript, matches_the_published_challenge) {
    MerlinTranscript transcript("test protocol");
    transcript.append_message("some label", as_bytes("some data"));

    ByteArray<32> challenge;
    transcript.challenge_bytes("challenge", challenge);

    EXPECT_EQ(
        to_hex(challenge), "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615"
    );
}

// The transcript of Merlin's own test equivalence_complex: blocks are crossed, rounds alternate.
TEST(MerlinTranscript, matches_the_published_challenge_of_many_rounds) {
    MerlinTranscript transcript("test protocol");
    transcript.append_message("step1", as_bytes("some data"));
    const Bytes data(1024, 99);

    ByteArray<32> challenge;
    for (int round = 0; round < 32; ++round) {
        transcript.challenge_bytes("challenge", challenge);
        transcript.append_message("bigdata", data);
        transcript.append_message("challengedata", challenge);
    }

    EXPECT_EQ(
        to_hex(challenge), "a8c933f54fae76e3f9bea93648c1308e7dfa2152dd51674ff3ca438351cf003c"
    );
}

// Each message ends one byte further on in STROBE's block of 166; after one of them the challenge
// begins with the block. The hash of all challenges is that of an independent model, in Python.
TEST(MerlinTranscript, draws_a_challenge_from_every_place_of_its_block) {
    Sha256 challenges;
    for (std::size_t size = 0; size < 166; ++size) {
        MerlinTranscript transcript("every position");
        transcript.append_message("zeros", Bytes(size));
        ByteArray<32> challenge;
        transcript.challenge_bytes("c", challenge);
        challenges.update(challenge);
    }

    EXPECT_EQ(
        to_hex(challenges.digest()),
        "a9f57b8531b737890382c652353988e76cc873ddb07536cd6b34c53948bab85a"
    );
}

TEST(MerlinTranscript, ties_a_challenge_to_labels_sizes_and_earlier_challenges) {
    const auto challenge = [](auto&&... steps) {
        MerlinTranscript transcript("protocol");
        (steps(transcript), ...);
        ByteArray<16> out;
        transcript.challenge_bytes("last", out);
        return out;
    };
    const auto message = [](std::string_view label, std::string_view text) {
        return
            [=](MerlinTranscript& transcript) { transcript.append_message(label, as_bytes(text)); };
    };
    const auto draw = [](MerlinTranscript& transcript) {
        ByteArray<16> out;
        transcript.challenge_bytes("first", out);
    };
    const auto base = challenge(message("a", "bc"));

    EXPECT_EQ(base, challenge(message("a", "bc")));
    EXPECT_NE(base, challenge(message("ab", "c")));
    EXPECT_NE(base, challenge(message("a", "b"), message("", "c")));
    EXPECT_NE(base, challenge(message("a", "bc"), draw));
}

}  // namespace
}  // namespace steelyard::crypto
