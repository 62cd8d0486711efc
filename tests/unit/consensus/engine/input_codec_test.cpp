#include "consensus/engine/input_codec.h"

#include "consensus/engine/wal.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "samples.h"
#include "tests/support/chain_builders.h"

namespace steelyard::engine {
namespace {

using chain::error_of;
using consensus::Input;
using consensus::TimeoutKind;

std::string refusal(std::string_view hex) {
    return error_of(decode_input(*from_hex(hex)));
}

TEST(InputCodec, goes_both_ways) {
    SeededRandom random(1);
    for (int i = 0; i < 3; ++i) {
        for (const Input& input : random_inputs(random)) {
            chain::expect_round_trip(input, encode_input, decode_input);
        }
    }
}

TEST(InputCodec, agrees_with_the_generated_classes) {
    SeededRandom random(2);
    for (int i = 0; i < 50; ++i) {
        for (const Input& input : random_inputs(random)) {
            consensus::v1::Input generated = message_of(input);
            proto::fill_non_nullable(generated);

            EXPECT_EQ(to_hex(encode_input(input)), to_hex(proto::serialize(generated)));
        }
    }
}

// doc/spec/consensus-messages.md, section "Inputs".
TEST(InputCodec, writes_a_timeout_as_the_specification_shows) {
    constexpr TimeoutKind kinds[] = {
        TimeoutKind::propose,
        TimeoutKind::prevote,
        TimeoutKind::precommit,
        TimeoutKind::commit,
        TimeoutKind::resend,
    };
    const std::string_view hexes[] = {
        "0a020801"
        "1a04"
        "1005"
        "1802",
        "0a020801"
        "1a06"
        "0801"
        "1005"
        "1802",
        "0a020801"
        "1a06"
        "0802"
        "1005"
        "1802",
        "0a020801"
        "1a06"
        "0803"
        "1005"
        "1802",
        "0a020801"
        "1a06"
        "0804"
        "1005"
        "1802",
    };
    for (std::size_t i = 0; i < std::size(kinds); ++i) {
        const Input input{
            .now = *chain::Timestamp::from_unix(1),
            .event = consensus::TimeoutElapsed{{kinds[i], chain::Height(5), chain::Round(2)}},
        };

        EXPECT_EQ(to_hex(encode_input(input)), hexes[i]);
    }
    EXPECT_EQ(
        refusal("0a0208011a0608051005"
                "1802"),
        "Input.timeout_elapsed: Timeout.kind: 5 is unknown"
    );
}

TEST(InputCodec, never_writes_the_start_of_a_height) {
    const Input input{
        .event =
            consensus::StartHeight{
                .height = chain::Height(1),
                .validators = test::validators_with_power({1}).validators,
            },
    };

    EXPECT_DEATH(encode_input(input), "input_codec");
}

TEST(InputCodec, has_exactly_one_event) {
    EXPECT_EQ(refusal("0a00"), "Input.event: is missing");
    EXPECT_EQ(refusal(""), "Input.now: is missing");
    EXPECT_EQ(refusal("1a021005"), "Input.now: is missing");
    EXPECT_EQ(refusal("0a001a0210051a021005"), "Input.event: has a second member");
    EXPECT_EQ(refusal("0a001a0210052200"), "Input.event: has a second member");
    EXPECT_EQ(refusal("0a004200"), "Input.tag: unknown field 8");
    EXPECT_EQ(refusal("0a001a021005"), "");
}

TEST(InputCodec, needs_every_field) {
    EXPECT_EQ(refusal("0a001200"), "Input.received: Received.message: is missing");
    EXPECT_EQ(refusal("0a001a00"), "Input.timeout_elapsed: Timeout.height: is missing");
    EXPECT_EQ(refusal("0a002200"), "Input.block_built: BlockBuilt.block: is missing");
    EXPECT_EQ(refusal("0a002a00"), "Input.block_checked: BlockChecked.height: is missing");
    EXPECT_EQ(refusal("0a002a020801"), "Input.block_checked: BlockChecked.block_id: is missing");
    EXPECT_EQ(refusal("0a003200"), "Input.vote_signed: Vote.type: is missing");
    EXPECT_EQ(refusal("0a003a00"), "Input.proposal_signed: Proposal.type: is missing");
}

TEST(InputCodec, knows_no_other_field) {
    EXPECT_EQ(refusal("0a0012021801"), "Input.received: Received.tag: unknown field 3");
    EXPECT_EQ(refusal("0a001a022001"), "Input.timeout_elapsed: Timeout.tag: unknown field 4");
    EXPECT_EQ(refusal("0a0022021801"), "Input.block_built: BlockBuilt.tag: unknown field 3");
    EXPECT_EQ(refusal("0a002a022001"), "Input.block_checked: BlockChecked.tag: unknown field 4");
}

TEST(InputCodec, adds_little_to_the_largest_block) {
    SeededRandom random(3);
    const chain::Block block = random_block(random);
    const Input input{
        .now = *chain::Timestamp::from_unix(-1, 999'999'999),
        .event = consensus::BlockBuilt{chain::Round(chain::Round::foreign_max), block},
    };

    const std::size_t added = encode_input(input).size() - chain::encode_block(block).size();

    // The lengths of the block and of what holds it take up to 3 bytes more than here.
    EXPECT_LE(chain::block_size_max + added + 6, wal_record_size_max);
}

}  // namespace
}  // namespace steelyard::engine
