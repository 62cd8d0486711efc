// Crashes while the engine casts a prevote and a precommit at once.
#include "tests/support/chain_builders.h"
#include "tests/unit/consensus/engine/solo_node.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using consensus::TimeoutKind;
using test::Loss;

crypto::PrivateKey peer_key() {
    return test::private_key(2);
}

/// A peer that proposes first, and whose prevote alone is a polka.
chain::GenesisDoc genesis_with_peer() {
    chain::GenesisDoc genesis = SoloNode::genesis();
    genesis.validators.push_back({peer_key().public_key(), 30, "peer"});
    return genesis;
}

/// The node hears of the polka before it has the block, and then votes twice in one step. An error
/// is the end of its run.
Result<void> hear_polka_before_block(SoloNode& node) {
    const consensus::ChainState& chain = node.engine().chain_state();
    const chain::Address address = peer_key().public_key().address();
    const chain::Block block = make_block(chain, {.proposer_address = address});
    const auto parts = chain::make_part_set(block);
    const auto signed_by_peer = [&](auto message) {
        message.signature = peer_key().sign(sign_bytes(message, chain.chain_id));
        return message;
    };
    const auto proposal = signed_by_peer(chain::Proposal{
        .height = Height(1),
        .block_id = chain::block_id(block.header, parts),
        .timestamp = test::time_after(60),
    });
    const auto prevote = signed_by_peer(chain::Vote{
        .type = SignedMsgType::prevote,
        .height = Height(1),
        .block_id = proposal.block_id,
        .timestamp = test::time_after(60),
        .validator_address = address,
        .validator_index = chain.validators.index_of(address).value(),
    });
    TRY(node.engine().elapsed({TimeoutKind::commit, Height(1), Round(0)}));
    TRY(node.engine().receive(1, proposal));
    TRY(node.engine().receive(1, prevote));
    return node.engine().receive(1, consensus::BlockPart{Height(1), Round(0), *parts.part(0)});
}

Result<void> run(SoloDisks& disks, SoloRecord& record) {
    SoloNode node(disks, record, genesis_with_peer());
    TRY(node.start());
    TRY(hear_polka_before_block(node));
    return node.engine().elapsed({TimeoutKind::resend, Height(1), Round(0)});
}

TEST(EngineVotes, both_are_cast_in_one_step) {
    SoloDisks disks;
    SoloRecord record;

    ASSERT_TRUE(run(disks, record));

    EXPECT_TRUE(record.signed_by_position.contains("1/0/1"));
    EXPECT_TRUE(record.signed_by_position.contains("1/0/2"));
}

class EngineVotesCrash : public testing::TestWithParam<Loss> {};

/// A signer that has signed the precommit refuses the prevote: so the prevote must be logged first.
TEST_P(EngineVotesCrash, none_is_refused_after_a_crash_at_any_write) {
    for (const int device : {0, 1}) {
        bool crashed = true;
        for (std::uint64_t operation = 1; crashed; ++operation) {
            SCOPED_TRACE(fmt::format("device {}, operation {}", device, operation));
            SoloDisks disks;
            SoloRecord record;
            {
                SoloNode node(disks, record, genesis_with_peer());
                ASSERT_TRUE(node.start());
                disks.cut_power_at(device, operation);
                crashed = !hear_polka_before_block(node);
            }
            disks.cut_power();
            disks.restart(GetParam());

            ASSERT_TRUE(run(disks, record));

            EXPECT_TRUE(record.signing_refused.empty()) << record.signing_refused[0].message();
            EXPECT_TRUE(record.contradictions.empty());
            EXPECT_TRUE(record.signed_by_position.contains("1/0/1"));
            EXPECT_TRUE(record.signed_by_position.contains("1/0/2"));
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    losses, EngineVotesCrash, testing::Values(Loss::none, Loss::seeded, Loss::all)
);

}  // namespace
}  // namespace steelyard::engine
