// The consensus reactor's messages against CometBFT 0.38's own vectors, and against bad bytes.
#include "consensus/gossip/reactor_message.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using chain::Height;
using chain::Round;
using chain::SignedMsgType;

Bytes hex(std::string_view text) {
    auto bytes = from_hex(text);
    EXPECT_TRUE(bytes.has_value());
    return bytes.value_or(Bytes());
}

/// The 32 bytes of "add_more_exclamation_marks_code-".
chain::Hash256 exclamation() {
    const std::string_view text = "add_more_exclamation_marks_code-";
    chain::Hash256 hash{};
    std::copy(text.begin(), text.end(), hash.begin());
    return hash;
}

chain::BlockId block() {
    return {exclamation(), {1, exclamation()}};
}

const std::string_view block_hex =
    "480a206164645f6d6f72655f6578636c616d6174696f6e5f6d61726b735f636f64652d1224080112206164645f6d6f"
    "72655f6578636c616d6174696f6e5f6d61726b735f636f64652d";

void expect_round_trip(const ReactorMessage& message, const std::string& expected) {
    EXPECT_EQ(to_hex(encode_reactor_message(message)), expected);
    const auto read = decode_reactor_message(channel_of(message), hex(expected));
    ASSERT_TRUE(read.has_value()) << read.error().message();
    EXPECT_EQ(*read, message);
}

// TestConsMsgsVectors of consensus/msgs_test.go, CometBFT v0.38.

TEST(ReactorMessage, agrees_with_the_vector_of_new_round_step) {
    expect_round_trip(
        NewRoundStep{Height(1), Round(1), RoundStep::new_height, 1, Round(1)},
        "0a0a08011001180120012801"
    );
}

TEST(ReactorMessage, agrees_with_the_vector_of_has_vote) {
    expect_round_trip(
        HasVote{Height(1), Round(1), SignedMsgType::prevote, 1}, "3a080801100118012001"
    );
}

TEST(ReactorMessage, agrees_with_the_vector_of_vote_set_maj23) {
    expect_round_trip(
        VoteSetMaj23{Height(1), Round(1), SignedMsgType::prevote, block()},
        "425008011001180122" + std::string(block_hex)
    );
}

TEST(ReactorMessage, agrees_with_the_vector_of_vote_set_bits) {
    expect_round_trip(
        VoteSetBits{Height(1), Round(1), SignedMsgType::prevote, block(), BitArray(1)},
        "4a5708011001180122" + std::string(block_hex) + "2a050801120100"
    );
}

TEST(ReactorMessage, agrees_with_the_vector_of_new_valid_block) {
    expect_round_trip(
        NewValidBlock{Height(1), Round(1), {1, exclamation()}, BitArray(1), false},
        "1231080110011a24080112206164645f6d6f72655f6578636c616d6174696f6e5f6d61726b735f636f64652d22"
        "050801120100"
    );
}

TEST(ReactorMessage, agrees_on_a_polka_of_a_proposal) {
    expect_round_trip(ProposalPol{Height(1), Round(1), BitArray(1)}, "220b080110011a050801120100");
}

// What stock nodes send at the edges.

TEST(ReactorMessage, reads_the_first_heights_step_without_a_last_commit_round) {
    expect_round_trip(
        NewRoundStep{Height(1), Round(0), RoundStep::new_height, 0, std::nullopt},
        "0a0f0801180128ffffffffffffffffff01"
    );
}

TEST(ReactorMessage, reads_a_height_that_began_in_the_future) {
    expect_round_trip(
        NewRoundStep{Height(2), Round(0), RoundStep::propose, -1, Round(0)},
        "0a0f0802180320ffffffffffffffffff01"
    );
}

TEST(ReactorMessage, reads_a_majority_for_nil_and_an_answer_without_bits) {
    expect_round_trip(
        VoteSetMaj23{Height(1), Round(0), SignedMsgType::precommit, std::nullopt},
        "42080801180222021200"
    );
    expect_round_trip(
        VoteSetBits{Height(1), Round(0), SignedMsgType::precommit, std::nullopt, {}},
        "4a0a08011802220212002a00"
    );
}

struct Bad {
    std::string_view name;
    ChannelId channel;
    std::string_view bytes;
};

class BadReactorMessage : public testing::TestWithParam<Bad> {};

TEST_P(BadReactorMessage, is_refused) {
    EXPECT_FALSE(decode_reactor_message(GetParam().channel, hex(GetParam().bytes)).has_value());
}

constexpr ChannelId state = channel::consensus_state;

INSTANTIATE_TEST_SUITE_P(
    Cases,
    BadReactorMessage,
    testing::Values(
        Bad{"empty", state, ""},
        Bad{"wrong_channel", channel::consensus_vote, "3a080801100118012001"},
        Bad{"step_0", state, "0a06080128011001"},
        Bad{"step_9", state, "0a0608011809"},
        Bad{"no_height", state, "0a021801"},
        Bad{"last_commit_round_minus_2", state, "0a0f0801180128feffffffffffffffff01"},
        Bad{"height_over_the_limit", state, "3a1808ffffffffffffffff7f10ffffffff07180120ffffffff07"},
        Bad{"vote_of_a_proposal", state, "3a080801100118202001"},
        Bad{"no_polka_bits", channel::consensus_data, "2206080110011a00"},
        Bad{"two_members", state, "3a0808011001180120013a080801100118012001"},
        Bad{"unknown_member", state, "52080801100118012001"},
        Bad{"bits_without_words", channel::consensus_vote_set_bits, "4a0c08011802220212002a020801"}
    ),
    [](const auto& param) { return std::string(param.param.name); }
);

TEST(ReactorMessage, refuses_parts_that_are_not_as_many_as_the_header_says) {
    auto message = NewValidBlock{Height(1), Round(1), {2, exclamation()}, BitArray(1), false};
    EXPECT_FALSE(decode_reactor_message(state, encode_reactor_message(message)).has_value());
    message.header.total = 0;
    message.parts = {};
    EXPECT_FALSE(decode_reactor_message(state, encode_reactor_message(message)).has_value());
}

TEST(ReactorMessage, refuses_what_is_too_large) {
    const Bytes bytes(reactor_message_size_max + 1);
    const auto read = decode_reactor_message(state, bytes);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code(), ErrorCode::too_large);
}

}  // namespace
}  // namespace steelyard::gossip
