#include "consensus/engine/file_signer.h"

#include "tests/support/chain_builders.h"
#include "tests/support/sim_files.h"

#include <gtest/gtest.h>

#include <map>

namespace steelyard::engine {
namespace {

using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using chain::Vote;
using test::Fault;
using test::Loss;
using test::SimDirectory;

const chain::ChainId chain_id = test::chain_id("steelyard-1");

std::unique_ptr<SigningKey> key(int number = 0) {
    return std::make_unique<LocalSigningKey>(test::private_key(number, crypto::KeyType::ed25519));
}

std::unique_ptr<FileSigner> create_signer(SimDirectory& disk) {
    return FileSigner::create(disk, key(), chain_id).value();
}

/// A vote of our validator, whose block is 0 for nil.
Vote vote(SignedMsgType type, int height, int round, int block, int seconds) {
    Vote vote;
    vote.type = type;
    vote.height = Height(height);
    vote.round = Round(round);
    vote.block_id = block == 0 ? std::nullopt : std::optional(test::block_id(block));
    vote.timestamp = test::time_after(seconds);
    vote.validator_address = key()->public_key().address();
    vote.validator_index = 3;
    return vote;
}

Vote prevote(int height, int round, int block = 1, int seconds = 0) {
    return vote(SignedMsgType::prevote, height, round, block, seconds);
}

Vote precommit(int height, int round, int block = 1, int seconds = 0) {
    return vote(SignedMsgType::precommit, height, round, block, seconds);
}

chain::Proposal proposal(int height, int round, int block = 1, int seconds = 0) {
    return {
        .height = Height(height),
        .round = Round(round),
        .block_id = test::block_id(block),
        .timestamp = test::time_after(seconds)
    };
}

template <typename Message>
void expect_error(const Result<Message>& result, ErrorCode code, std::string_view why) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), code) << result.error().message();
    EXPECT_NE(result.error().message().find(why), std::string::npos) << result.error().message();
}

TEST(FileSigner, signs_proposals_and_votes_that_verify) {
    SimDirectory disk(1);
    const auto signer = create_signer(disk);

    const auto proposed = signer->sign_proposal(proposal(1, 0));
    const auto prevoted = signer->sign_vote(prevote(1, 0));
    const auto precommitted = signer->sign_vote(precommit(1, 0, 0));

    ASSERT_TRUE(proposed && prevoted && precommitted);
    EXPECT_TRUE(verify_proposal(*proposed, chain_id, signer->public_key()));
    EXPECT_TRUE(verify_vote(*prevoted, chain_id, signer->public_key()));
    EXPECT_TRUE(verify_vote(*precommitted, chain_id, signer->public_key()));
    Vote expected = prevote(1, 0);
    expected.signature = prevoted->signature;
    EXPECT_EQ(*prevoted, expected);
}

TEST(FileSigner, has_written_the_signature_durably_before_it_leaves) {
    SimDirectory disk(1);
    const Vote signed_vote = create_signer(disk)->sign_vote(prevote(5, 2)).value();
    disk.cut_power();
    disk.restart(Loss::all);

    const auto signer = FileSigner::open(disk, key(), chain_id);

    ASSERT_TRUE(signer) << signer.error().message();
    ASSERT_TRUE((*signer)->state().last);
    EXPECT_EQ((*signer)->state().last->signature, signed_vote.signature);
    EXPECT_EQ((*signer)->state().last->bytes, sign_bytes(signed_vote, chain_id));
    const SignPosition position{Height(5), Round(2), SignStep::prevote};
    EXPECT_EQ((*signer)->state().position, position);
}

TEST(FileSigner, signs_the_same_again_with_the_first_time) {
    SimDirectory disk(1);
    auto signer = create_signer(disk);
    const auto first_proposal = signer->sign_proposal(proposal(1, 0, 1, 10));
    EXPECT_EQ(signer->sign_proposal(proposal(1, 0, 1, 10)), first_proposal);
    EXPECT_EQ(signer->sign_proposal(proposal(1, 0, 1, 99)), first_proposal);
    const auto first = signer->sign_vote(prevote(1, 0, 1, 10));
    EXPECT_EQ(signer->sign_vote(prevote(1, 0, 1, 10)), first);
    EXPECT_EQ(signer->sign_vote(prevote(1, 0, 1, 99)), first);
    signer = FileSigner::open(disk, key(), chain_id).value();
    EXPECT_EQ(signer->sign_vote(prevote(1, 0, 1, 5)), first);
    EXPECT_EQ(first->timestamp, test::time_after(10));
}

TEST(FileSigner, refuses_what_conflicts_with_what_was_signed_last) {
    SimDirectory disk(1);
    const auto signer = create_signer(disk);
    ASSERT_TRUE(signer->sign_proposal(proposal(4, 2)));
    expect_error(signer->sign_proposal(proposal(4, 2, 2)), ErrorCode::denied, "conflicting data");
    chain::Proposal with_pol = proposal(4, 2);
    with_pol.pol_round = Round(1);
    expect_error(signer->sign_proposal(with_pol), ErrorCode::denied, "conflicting data");

    ASSERT_TRUE(signer->sign_vote(prevote(4, 2)));
    expect_error(
        signer->sign_vote(prevote(4, 2, 2)),
        ErrorCode::denied,
        "height 4, round 2, prevote: conflicting data"
    );
    expect_error(signer->sign_vote(prevote(4, 2, 0)), ErrorCode::denied, "conflicting data");
}

TEST(FileSigner, refuses_the_same_vote_for_another_chain) {
    SimDirectory disk(1);
    ASSERT_TRUE(create_signer(disk)->sign_vote(prevote(4, 2)));

    const auto signer = FileSigner::open(disk, key(), test::chain_id("other-1"));

    expect_error((*signer)->sign_vote(prevote(4, 2)), ErrorCode::denied, "conflicting data");
}

TEST(FileSigner, refuses_to_go_back) {
    SimDirectory disk(1);
    const auto signer = create_signer(disk);
    ASSERT_TRUE(signer->sign_vote(precommit(4, 2)));

    const std::string_view why = "comes before what was signed last, height 4, round 2, precommit";
    expect_error(signer->sign_vote(prevote(4, 2)), ErrorCode::denied, why);
    expect_error(signer->sign_proposal(proposal(4, 2)), ErrorCode::denied, why);
    expect_error(signer->sign_vote(precommit(4, 1)), ErrorCode::denied, why);
    expect_error(signer->sign_vote(precommit(3, 9)), ErrorCode::denied, why);
    EXPECT_TRUE(signer->sign_proposal(proposal(4, 3)));
    EXPECT_TRUE(signer->sign_vote(prevote(5, 0)));
}

TEST(FileSigner, refuses_what_is_no_vote_of_ours) {
    SimDirectory disk(1);
    const auto signer = create_signer(disk);
    Vote of_another = prevote(1, 0);
    of_another.validator_address = key(1)->public_key().address();

    expect_error(signer->sign_vote(of_another), ErrorCode::invalid, "the vote is validator");
    expect_error(
        signer->sign_vote(vote(SignedMsgType::proposal, 1, 0, 1, 0)), ErrorCode::invalid, "type 32"
    );
    expect_error(signer->sign_vote(prevote(0, 0)), ErrorCode::invalid, "height 0");
    expect_error(signer->sign_proposal(proposal(0, 0)), ErrorCode::invalid, "height 0");
    chain::Proposal circular = proposal(1, 1);
    circular.pol_round = Round(1);
    expect_error(signer->sign_proposal(circular), ErrorCode::invalid, "rests on round 1");
    EXPECT_EQ(signer->state(), SignState());
}

TEST(FileSigner, never_takes_a_missing_state_for_an_empty_one) {
    SimDirectory disk(1);

    const auto signer = FileSigner::open(disk, key(), chain_id);

    expect_error(signer, ErrorCode::not_found, "must not go on without its last sign state");
}

TEST(FileSigner, creates_no_state_over_another) {
    SimDirectory disk(1);
    ASSERT_TRUE(create_signer(disk)->sign_vote(prevote(4, 2)));

    expect_error(FileSigner::create(disk, key(), chain_id), ErrorCode::invalid, "is already there");
    EXPECT_EQ(FileSigner::open(disk, key(), chain_id).value()->state().position.height, Height(4));
}

TEST(FileSigner, refuses_the_state_of_another_key) {
    SimDirectory disk(1);
    ASSERT_TRUE(create_signer(disk)->sign_vote(prevote(4, 2)));

    expect_error(FileSigner::open(disk, key(1), chain_id), ErrorCode::corrupt, "is not validator");
}

TEST(FileSigner, finds_every_flipped_bit_of_its_state) {
    SimDirectory disk(1);
    ASSERT_TRUE(create_signer(disk)->sign_vote(prevote(4, 2)));
    const Bytes content = disk.image().at(std::string(sign_state_file_name));
    const SignState state = parse_sign_state(as_text(content)).value();
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
        Bytes damaged = content;
        damaged[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        disk.put(sign_state_file_name, damaged);
        const auto signer = FileSigner::open(disk, key(), chain_id);
        if (signer) {
            EXPECT_EQ((*signer)->state(), state) << bit;  // a hex digit or space, as good
        } else {
            EXPECT_EQ(signer.error().code(), ErrorCode::corrupt);
            EXPECT_TRUE(signer.error().message().starts_with("priv_validator_state.json: "));
            EXPECT_TRUE(signer.error().message().ends_with("see doc/howto/recover-wal.md"));
            ++refused;
        }
    }
    EXPECT_GT(refused, content.size() * 7);
}

TEST(FileSigner, refuses_everything_after_its_state_could_not_be_written) {
    for (std::uint64_t operation = 1; operation <= 5; ++operation) {
        SimDirectory disk(operation);
        const auto signer = create_signer(disk);
        disk.fail_at(operation, Fault::io_error);

        EXPECT_FALSE(signer->sign_vote(prevote(4, 2)));

        expect_error(signer->sign_vote(prevote(4, 2)), ErrorCode::io, "open it again");
        expect_error(signer->sign_vote(prevote(5, 0)), ErrorCode::io, "open it again");
    }
}

/// Everything that ever left a signer.
class Signatures {
public:
    template <typename Message>
    void note(const SignPosition& position, const Result<Message>& result) {
        if (!result) {
            return;
        }
        const auto signed_bytes = std::pair(sign_bytes(*result, chain_id), result->signature);
        const auto [found, first] = signed_.emplace(position, signed_bytes);
        again_ += !first;
        ASSERT_TRUE(found->second == signed_bytes) << "signed twice at " << to_string(position);
    }

    std::size_t count() const { return signed_.size(); }
    std::size_t again() const { return again_; }

private:
    std::map<SignPosition, std::pair<Bytes, chain::Signature>> signed_;
    std::size_t again_ = 0;
};

/// Asks for something near the last position, with any block and time.
void sign_anything(FileSigner& signer, Signatures& signatures, RandomSource& random) {
    const SignPosition last = signer.state().position;
    const auto height = static_cast<int>(last.height.value() + std::int64_t(random.below(5) == 0));
    const auto round = static_cast<int>(random.below(3));
    const auto block = static_cast<int>(random.below(2));
    const auto seconds = static_cast<int>(random.below(100));
    const auto step = static_cast<SignStep>(random.below(3) + 1);
    const SignPosition position{Height(height), Round(round), step};
    if (step == SignStep::propose) {
        const auto asked = proposal(height, round, block, seconds);
        signatures.note(position, signer.sign_proposal(asked));
    } else {
        const auto type =
            step == SignStep::prevote ? SignedMsgType::prevote : SignedMsgType::precommit;
        signatures.note(position, signer.sign_vote(vote(type, height, round, block, seconds)));
    }
}

TEST(FileSignerCrash, never_signs_twice_in_a_life_of_crashes) {
    std::size_t count = 0;
    std::size_t again = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(seed);
        SimDirectory disk(seed);
        SeededRandom random(seed);
        Signatures signatures;
        create_signer(disk);
        for (int crash = 0; crash < 100; ++crash) {
            const auto signer = FileSigner::open(disk, key(), chain_id);
            ASSERT_TRUE(signer) << signer.error().message();
            disk.fail_at(random.below(20) + 1, static_cast<Fault>(random.below(3)));
            for (int i = 0; i < 12; ++i) {
                sign_anything(**signer, signatures, random);
                ASSERT_FALSE(testing::Test::HasFailure());
            }
            disk.cut_power();
            disk.restart(static_cast<Loss>(random.below(3)));
        }
        count += signatures.count();
        again += signatures.again();
    }
    EXPECT_GT(count, 1000U);
    EXPECT_GT(again, 200U);
}

constexpr std::array every_fault = {Fault::io_error, Fault::no_space, Fault::power_cut};
constexpr std::array every_loss = {Loss::none, Loss::seeded, Loss::all};

/// A vote that meets a fault, and two lives after it that vote for the blocks, each ended by the
/// loss.
struct Lives {
    std::uint64_t operation = 0;
    Fault fault{};
    std::array<Loss, 2> losses{};
    std::array<int, 2> blocks{};
};

void expect_one_signature(const Lives& lives) {
    SCOPED_TRACE(fmt::format(
        "fault {} at {}, losses {} {}, blocks {} {}",
        int(lives.fault),
        lives.operation,
        int(lives.losses[0]),
        int(lives.losses[1]),
        lives.blocks[0],
        lives.blocks[1]
    ));
    SimDirectory disk(lives.operation);
    Signatures signatures;
    const SignPosition position{Height(2), Round(0), SignStep::prevote};
    auto signer = create_signer(disk);
    ASSERT_TRUE(signer->sign_vote(precommit(1, 0)));
    disk.fail_at(lives.operation, lives.fault);
    signatures.note(position, signer->sign_vote(prevote(2, 0, 1)));
    for (std::size_t life = 0; life < 2; ++life) {
        disk.cut_power();
        disk.restart(lives.losses[life]);
        signer = FileSigner::open(disk, key(), chain_id).value();
        expect_error(signer->sign_vote(precommit(1, 0, 2)), ErrorCode::denied, "");
        const auto vote = prevote(2, 0, lives.blocks[life], 10 + static_cast<int>(life));
        signatures.note(position, signer->sign_vote(vote));
    }
    EXPECT_EQ(signatures.count(), 1U);
}

/// The worst: a sync fails, the process starts again and finds the state that the kernel still
/// shows, returns the signature in it, and then the power fails.
TEST(FileSignerCrash, never_signs_twice_whatever_fails_while_it_signs) {
    for (std::uint64_t operation = 1; operation <= 6; ++operation) {
        for (const Fault fault : every_fault) {
            for (const Loss first : every_loss) {
                for (const Loss second : every_loss) {
                    for (const int block : {1, 2}) {
                        expect_one_signature({operation, fault, {first, second}, {block, 3 - block}}
                        );
                        ASSERT_FALSE(testing::Test::HasFailure());
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::engine
