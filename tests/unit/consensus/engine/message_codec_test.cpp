#include "consensus/engine/message_codec.h"

#include "base/protowire.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "samples.h"
#include "tests/support/vector_file.h"

namespace steelyard::engine {
namespace {

using chain::error_of;
using consensus::Message;
using consensus::PeerStatus;

namespace v1 = consensus::v1;

constexpr proto::ParseLimits limits = {.bytes_max = 1 << 20, .elements_max = 1'000};

/// One of the messages of CometBFT's own tests.
Bytes comet_vector(std::string_view name) {
    for (const auto& row : read_vector_file("comet/messages.csv")) {
        if (!row.empty() && row[0] == name) {
            return *from_hex(row.at(1));
        }
    }
    ADD_FAILURE() << "no vector " << name;
    return {};
}

v1::Message parse_generated(ByteView bytes) {
    v1::Message message;
    const auto parsed = proto::strict_parse(message, bytes, limits);
    EXPECT_TRUE(parsed) << error_of(parsed);
    return message;
}

std::string refusal(ByteView bytes) {
    return error_of(decode_message(bytes));
}

std::string refusal_of_hex(std::string_view hex) {
    return refusal(*from_hex(hex));
}

Bytes concat(Bytes first, ByteView second) {
    append(first, second);
    return first;
}

std::string status_refusal(const PeerStatus& status) {
    return refusal(encode_message(status));
}

PeerStatus plain_status() {
    return PeerStatus{.height = chain::Height(1)};
}

TEST(MessageCodec, goes_both_ways) {
    SeededRandom random(1);
    for (int i = 0; i < 4; ++i) {
        for (const Message& message : random_messages(random)) {
            chain::expect_round_trip(message, encode_message, decode_message);
        }
    }
}

TEST(MessageCodec, agrees_with_the_generated_classes) {
    SeededRandom random(2);
    for (int i = 0; i < 100; ++i) {
        for (const Message& message : random_messages(random)) {
            v1::Message generated = message_of(message);
            proto::fill_non_nullable(generated);

            EXPECT_EQ(to_hex(encode_message(message)), to_hex(proto::serialize(generated)));
        }
    }
}

// The vectors' hashes and signatures are too short to be true, and some numbers contradict each
// other: next to each stands a message that differs in these alone.

TEST(MessageCodec, reads_what_is_next_to_comets_proposal) {
    const Bytes vector = comet_vector("consensus_blocks.proposal");
    v1::Message sound = parse_generated(vector);
    sound.mutable_proposal()->mutable_proposal()->set_pol_round(0);
    sound.mutable_proposal()->mutable_proposal()->set_signature(std::string(64, 's'));
    const Bytes bytes = proto::serialize(sound);

    const auto message = decode_message(bytes);

    EXPECT_EQ(refusal(vector), "Message.proposal: Proposal.signature: has 20 bytes, not 64");
    ASSERT_TRUE(message) << error_of(message);
    EXPECT_EQ(std::get<chain::Proposal>(*message).pol_round, chain::Round(0));
    EXPECT_EQ(to_hex(encode_message(*message)), to_hex(bytes));
}

TEST(MessageCodec, reads_what_is_next_to_comets_block_part) {
    const Bytes vector = comet_vector("consensus_blocks.block_part");
    v1::Message sound = parse_generated(vector);
    sound.mutable_block_part()->mutable_part()->set_index(0);
    sound.mutable_block_part()->mutable_part()->mutable_proof()->set_index(0);
    const Bytes bytes = proto::serialize(sound);

    const auto message = decode_message(bytes);

    EXPECT_EQ(
        refusal(vector),
        "Message.block_part: BlockPart.part: Part.proof: merkle proof is for leaf 1 of 1"
    );
    ASSERT_TRUE(message) << error_of(message);
    EXPECT_EQ(as_text(std::get<consensus::BlockPart>(*message).part.bytes), "test");
    EXPECT_EQ(to_hex(encode_message(*message)), to_hex(bytes));
}

TEST(MessageCodec, reads_what_is_next_to_comets_vote) {
    const Bytes vector = comet_vector("consensus_votes.vote");
    v1::Message sound = parse_generated(vector);
    sound.mutable_vote()->mutable_vote()->set_signature(std::string(64, 's'));
    const Bytes bytes = proto::serialize(sound);

    const auto message = decode_message(bytes);

    EXPECT_EQ(refusal(vector), "Message.vote: Vote.signature: is missing");
    ASSERT_TRUE(message) << error_of(message);
    EXPECT_EQ(std::get<chain::Vote>(*message).validator_index, 1U);
    EXPECT_EQ(to_hex(encode_message(*message)), to_hex(bytes));
}

TEST(MessageCodec, refuses_comets_other_messages) {
    for (const auto& [name, field] : {
             std::pair("consensus_steps.new_round_step", 1),
             std::pair("consensus_blocks.new_valid_block", 2),
             std::pair("consensus_blocks.proposal_pol", 4),
             std::pair("consensus_steps.has_vote", 7),
             std::pair("consensus_votes.vote_set_maj23", 8),
             std::pair("consensus_votes.vote_set_bits", 9),
         }) {
        EXPECT_EQ(refusal(comet_vector(name)), fmt::format("Message.tag: unknown field {}", field));
    }
}

// doc/spec/consensus-messages.md, section "PeerStatus".
TEST(MessageCodec, writes_a_status_as_the_specification_shows) {
    PeerStatus status{
        .height = chain::Height(5),
        .round = chain::Round(1),
        .step = consensus::Step::precommit,
        .has_proposal = true,
        .prevotes = *chain::BitArray::parse("x_xx"),
        .precommits = *chain::BitArray::parse("____"),
        .block_id = chain::BlockId{.hash = {0xAA}, .parts = {.total = 2, .hash = {0xBB}}},
        .parts = *chain::BitArray::parse("_x"),
    };

    const Bytes bytes = encode_message(status);

    EXPECT_EQ(
        to_hex(bytes),
        "d23e67"
        "0805100118032001"
        "2a05080412010d"
        "32050804120100"
        "3a480a20aa00000000000000000000000000000000000000000000000000000000000000"
        "122408021220bb00000000000000000000000000000000000000000000000000000000000000"
        "42050802120102"
    );
}

TEST(MessageCodec, numbers_the_steps_as_the_specification_says) {
    using consensus::Step;
    constexpr Step steps[] = {
        Step::waiting, Step::propose, Step::prevote, Step::precommit, Step::decided
    };
    for (std::size_t number = 0; number < std::size(steps); ++number) {
        PeerStatus status = plain_status();
        status.step = steps[number];

        const v1::Message message = parse_generated(encode_message(status));

        EXPECT_EQ(static_cast<std::size_t>(message.status().step()), number);
    }
    EXPECT_EQ(
        refusal_of_hex("d23e0a080118052a0032004200"),
        "Message.status: PeerStatus.step: 5 is unknown"
    );
}

TEST(MessageCodec, has_exactly_one_member) {
    SeededRandom random(3);
    const Bytes vote = encode_message(chain::random_vote(random));
    const Bytes status = encode_message(plain_status());

    EXPECT_EQ(refusal({}), "Message.sum: is missing");
    EXPECT_EQ(refusal(concat(vote, status)), "Message.sum: has a second member");
    EXPECT_EQ(refusal(concat(vote, vote)), "Message.sum: has a second member");
    EXPECT_EQ(refusal(concat(status, vote)), "Message.tag: field 6 comes after field 1002");
}

TEST(MessageCodec, needs_every_field) {
    EXPECT_EQ(refusal_of_hex("1a00"), "Message.proposal: Proposal.proposal: is missing");
    EXPECT_EQ(refusal_of_hex("3200"), "Message.vote: Vote.vote: is missing");
    EXPECT_EQ(refusal_of_hex("2a00"), "Message.block_part: BlockPart.height: is missing");
    EXPECT_EQ(refusal_of_hex("2a020801"), "Message.block_part: BlockPart.part: is missing");
    EXPECT_EQ(refusal_of_hex("d23e00"), "Message.status: PeerStatus.height: is missing");
    EXPECT_EQ(
        refusal_of_hex("d23e06080132004200"), "Message.status: PeerStatus.prevotes: is missing"
    );
    EXPECT_EQ(
        refusal_of_hex("d23e0608012a004200"), "Message.status: PeerStatus.precommits: is missing"
    );
    EXPECT_EQ(refusal_of_hex("d23e0608012a003200"), "Message.status: PeerStatus.parts: is missing");
    EXPECT_EQ(refusal_of_hex("d23e0808012a0032004200"), "");
}

TEST(MessageCodec, knows_no_other_field) {
    EXPECT_EQ(refusal_of_hex("1a0412020a00"), "Message.proposal: Proposal.tag: unknown field 2");
    EXPECT_EQ(refusal_of_hex("2a022001"), "Message.block_part: BlockPart.tag: unknown field 4");
    EXPECT_EQ(refusal_of_hex("d23e024801"), "Message.status: PeerStatus.tag: unknown field 9");
    EXPECT_EQ(refusal_of_hex("da3e00"), "Message.tag: unknown field 1003");
}

TEST(MessageCodec, reads_bits_of_parts_for_the_block_only) {
    PeerStatus status = plain_status();
    status.parts = chain::BitArray(2);
    EXPECT_EQ(
        status_refusal(status), "Message.status: PeerStatus.parts: is there without a block_id"
    );
    status.block_id = chain::BlockId{.hash = {1}, .parts = {.total = 2, .hash = {2}}};
    EXPECT_EQ(status_refusal(status), "");
    status.parts = chain::BitArray(3);
    EXPECT_EQ(status_refusal(status), "Message.status: PeerStatus.parts: has 3 bits, the block 2");
    status.parts = {};
    EXPECT_EQ(status_refusal(status), "") << "the block is not gathered yet";
}

TEST(MessageCodec, reads_bits_for_as_many_parts_and_validators_as_can_be) {
    PeerStatus status = plain_status();
    status.prevotes = ~chain::BitArray(chain::validators_max);
    status.precommits = ~chain::BitArray(chain::validators_max);
    status.block_id =
        chain::BlockId{.hash = {1}, .parts = {.total = chain::parts_max, .hash = {2}}};
    status.parts = ~chain::BitArray(chain::parts_max);
    EXPECT_EQ(status_refusal(status), "");

    status.block_id->parts.total = chain::parts_max + 1;
    status.parts = chain::BitArray(chain::parts_max + 1);
    EXPECT_EQ(
        status_refusal(status), "Message.status: PeerStatus.parts: has 1602 bits, limit 1601"
    );
    status.parts = {};
    EXPECT_EQ(status_refusal(status), "") << "a quorum may name such a block";

    EXPECT_EQ(
        refusal_of_hex("d23e0b08012a0308914e32004200"),
        "Message.status: PeerStatus.prevotes: BitArray.bits: 10001 is over the limit 10000"
    );
}

/// A commit of validators_max signatures in which everything is as long as it can be.
chain::Commit largest_commit() {
    const auto time = *chain::Timestamp::from_unix(-1, 999'999'999);
    const chain::CommitSig sig(chain::BlockIdFlag::commit, {1}, time, {1});
    return *chain::Commit::make(
        chain::Height(chain::Height::foreign_max),
        chain::Round(chain::Round::foreign_max),
        chain::BlockId{.hash = {1}, .parts = {.total = 0xFFFFFFFF, .hash = {2}}},
        std::vector(chain::validators_max, sig)
    );
}

TEST(MessageCodec, takes_the_largest_commit_and_nothing_larger) {
    const Bytes largest = encode_message(largest_commit());
    Bytes larger = largest;
    larger.push_back(0);

    const auto message = decode_message(largest);
    const auto refused = decode_message(larger);

    EXPECT_EQ(largest.size(), message_size_max);
    ASSERT_TRUE(message) << error_of(message);
    EXPECT_EQ(std::get<chain::Commit>(*message), largest_commit());
    EXPECT_EQ(error_of(refused), "Message: has 1110100 bytes, limit 1110099");
    EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
}

TEST(MessageCodec, takes_a_full_part) {
    SeededRandom random(4);
    const consensus::BlockPart part{
        chain::Height(1), chain::Round(0), random_part(random, chain::part_size)
    };

    const auto message = decode_message(encode_message(part));

    ASSERT_TRUE(message) << error_of(message);
    EXPECT_EQ(std::get<consensus::BlockPart>(*message), part);
}

}  // namespace
}  // namespace steelyard::engine
