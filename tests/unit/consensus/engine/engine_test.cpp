#include "consensus/engine/engine.h"

#include "tests/support/chain_builders.h"
#include "tests/unit/consensus/engine/solo_node.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

using chain::Height;
using test::Loss;

/// A run that goes well, up to a height.
void run_well(SoloDisks& disks, SoloRecord& record, Height height, Height first = Height(1)) {
    SoloNode node(disks, record, SoloNode::genesis(first));
    const auto started = node.start();
    ASSERT_TRUE(started) << started.error().message();
    const auto done = node.run_to(height);
    ASSERT_TRUE(done) << done.error().message();
}

TEST(Engine, a_validator_alone_decides_block_after_block) {
    SoloDisks disks;
    SoloRecord record;

    run_well(disks, record, Height(5));

    EXPECT_EQ(record.committed.size(), 5u);
    EXPECT_TRUE(record.contradictions.empty());
    EXPECT_TRUE(record.signing_refused.empty());
}

TEST(Engine, goes_on_after_an_orderly_end) {
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(3));
    const auto first = record.committed;

    run_well(disks, record, Height(6));

    EXPECT_EQ(record.committed.size(), 6u);
    for (const auto& [height, hash] : first) {
        EXPECT_EQ(record.committed.at(height), hash);
    }
    EXPECT_TRUE(record.contradictions.empty());
}

TEST(Engine, a_refused_block_is_voted_nil_and_the_next_round_comes) {
    SoloDisks disks;
    SoloRecord record;
    SoloNode node(disks, record);
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.run_to(Height(1)));

    node.application().refusals = 2;
    ASSERT_TRUE(node.run_to(Height(2)));

    EXPECT_TRUE(record.signed_by_position.contains("2/1/2"));
    EXPECT_TRUE(record.signed_by_position.contains("2/2/2"));
    EXPECT_FALSE(record.signed_by_position.contains("2/3/2"));
}

TEST(Engine, a_turn_without_a_proposal_ends_in_nil_votes_and_the_next_round_comes) {
    SoloDisks disks;
    SoloRecord record;
    SoloNode node(disks, record);
    ASSERT_TRUE(node.start());
    ASSERT_TRUE(node.run_to(Height(1)));

    node.application().abstentions = 2;
    ASSERT_TRUE(node.run_to(Height(2)));

    const std::vector<std::string> omitted = {"2/0: the key is gone", "2/1: the key is gone"};
    EXPECT_EQ(record.omitted, omitted);
    for (const auto* nil : {"2/0/1", "2/0/2", "2/1/1", "2/1/2"}) {
        EXPECT_TRUE(record.signed_by_position.contains(nil)) << nil;
    }
    EXPECT_FALSE(record.signed_by_position.contains("2/1/p"));
    EXPECT_TRUE(record.signed_by_position.contains("2/2/p"));
}

/// Nothing of an omission is in the log: the application is asked again.
TEST(Engine, a_turn_without_a_proposal_is_made_up_for_after_a_restart) {
    SoloDisks disks;
    SoloRecord record;
    {
        SoloNode node(disks, record);
        ASSERT_TRUE(node.start());
        ASSERT_TRUE(node.run_to(Height(1)));
        node.application().abstentions = 1;
        ASSERT_TRUE(node.run_until([&] { return !record.omitted.empty(); }));
    }
    disks.cut_power();
    disks.restart(Loss::all);

    run_well(disks, record, Height(3));

    EXPECT_EQ(record.omitted.size(), 1U);
    EXPECT_TRUE(record.signed_by_position.contains("2/0/p"));
    EXPECT_TRUE(record.contradictions.empty());
    EXPECT_TRUE(record.signing_refused.empty());
}

/// The same after the vote against the missing proposal: the round is over for this node.
TEST(Engine, a_round_in_which_nil_was_voted_gets_no_proposal_after_a_restart) {
    SoloDisks disks;
    SoloRecord record;
    {
        SoloNode node(disks, record);
        ASSERT_TRUE(node.start());
        ASSERT_TRUE(node.run_to(Height(1)));
        node.application().abstentions = 1;
        ASSERT_TRUE(node.run_until([&] { return record.signed_by_position.contains("2/0/1"); }));
    }
    disks.cut_power();
    disks.restart(Loss::all);

    run_well(disks, record, Height(3));

    EXPECT_EQ(record.committed.rbegin()->first, Height(3));
    EXPECT_TRUE(record.contradictions.empty());
    EXPECT_TRUE(record.signing_refused.empty());
}

/// Cuts the power at one operation of one device in the third height, restarts, goes on; twice in
/// a row, since a crash while recovering must be recovered from as well. What was signed before the
/// crash is what is asked for again: a signer that has to refuse keeps a validator silent, and,
/// should it have a third of the power, the chain for ever.
void crash_twice(int device, std::uint64_t operation, Loss loss) {
    SCOPED_TRACE(fmt::format("device {}, operation {}", device, operation));
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(2));
    for (int crash = 0; crash < 2; ++crash) {
        SoloNode node(disks, record);
        disks.cut_power_at(device, operation);
        auto result = node.start();
        if (result) {
            result = node.run_to(Height(5));
        }
        disks.cut_power();
        disks.restart(loss);
    }

    run_well(disks, record, Height(7));

    EXPECT_EQ(record.committed.rbegin()->first, Height(7));
    EXPECT_TRUE(record.contradictions.empty())
        << record.contradictions.front() << " was signed or decided twice";
    EXPECT_TRUE(record.signing_refused.empty()) << record.signing_refused.front().message();
}

class EngineCrash : public testing::TestWithParam<Loss> {};

TEST_P(EngineCrash, at_any_write_loses_nothing_that_left_the_node) {
    for (int device = 0; device < SoloDisks::devices; ++device) {
        SoloDisks disks;
        SoloRecord record;
        run_well(disks, record, Height(2));
        const std::uint64_t before = disks.operations(device);
        run_well(disks, record, Height(5));
        const std::uint64_t operations = disks.operations(device) - before;
        for (std::uint64_t operation = 1; operation <= operations; ++operation) {
            crash_twice(device, operation, GetParam());
            if (HasFailure()) {
                return;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Losses, EngineCrash, testing::Values(Loss::none, Loss::seeded, Loss::all));

TEST_P(EngineCrash, in_the_first_height_of_a_chain_that_begins_late) {
    const Height first(10);
    for (int device = 0; device < SoloDisks::devices; ++device) {
        SoloDisks counted;
        SoloRecord all;
        run_well(counted, all, first, first);
        for (std::uint64_t operation = 1; operation <= counted.operations(device); ++operation) {
            SCOPED_TRACE(fmt::format("device {}, operation {}", device, operation));
            SoloDisks disks;
            SoloRecord record;
            {
                SoloNode node(disks, record, SoloNode::genesis(first));
                disks.cut_power_at(device, operation);
                if (node.start()) {
                    (void)node.run_to(first);
                }
            }
            disks.cut_power();
            disks.restart(GetParam());

            run_well(disks, record, Height(12), first);

            ASSERT_TRUE(record.committed.contains(Height(12)));
            ASSERT_TRUE(record.contradictions.empty());
            ASSERT_TRUE(record.signing_refused.empty());
        }
    }
}

TEST(Engine, an_application_hears_of_the_genesis_again_until_it_has_committed) {
    SoloDisks disks;
    SoloRecord record;
    {
        SoloNode node(disks, record);
        ASSERT_TRUE(node.start());  // and ends before the first block
    }

    run_well(disks, record, Height(2));

    EXPECT_EQ(record.committed.size(), 2u);
}

TEST(Engine, a_block_that_nobody_can_read_is_not_proposed) {
    SoloDisks disks;
    SoloRecord record;
    {
        SoloNode node(disks, record);
        ASSERT_TRUE(node.start());
        node.application().proposes_nothing = true;
        const auto result = node.run_to(Height(1));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().message(), "PrepareProposal: Data.txs: has an empty transaction");
    }

    run_well(disks, record, Height(2));

    EXPECT_EQ(record.committed.size(), 2u);
}

TEST(Engine, never_contradicts_itself_though_the_log_is_gone) {
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(3));
    for (const auto& [name, content] : disks.wal.image()) {
        ASSERT_TRUE(disks.wal.remove(name));
    }
    ASSERT_TRUE(disks.wal.sync());

    run_well(disks, record, Height(5));

    EXPECT_TRUE(record.contradictions.empty());
}

TEST(Engine, a_log_ahead_of_the_state_refuses_to_start) {
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(4));
    SoloDisks other;
    SoloRecord other_record;
    run_well(other, other_record, Height(2));
    for (const auto& [name, content] : disks.wal.image()) {
        other.wal.put(name, content);
    }

    SoloNode node(other, other_record);
    const auto started = node.start();

    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code(), ErrorCode::corrupt);
    EXPECT_NE(started.error().message().find("ends after height 4"), std::string::npos);
    EXPECT_NE(started.error().message().find("recover-wal.md"), std::string::npos);
}

TEST(Engine, a_record_that_is_no_input_refuses_to_start) {
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(2));
    {
        SeededRandom random(1);
        const WalOptions options{.chain_id = SoloNode::genesis().chain_id, .start = Height(2)};
        const auto log = Wal::open(disks.wal, random, options);
        ASSERT_TRUE(log);
        ASSERT_TRUE((*log)->append(as_bytes("no input")));
        ASSERT_TRUE((*log)->sync());
    }

    SoloNode node(disks, record);
    const auto started = node.start();

    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code(), ErrorCode::corrupt);
    EXPECT_NE(started.error().message().find("record 1 to replay"), std::string::npos)
        << started.error().message();
}

TEST(Engine, an_application_that_forgot_everything_executes_all_blocks_again) {
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(4));
    storage::WriteBatch batch;
    batch.erase(as_bytes("app"));
    ASSERT_TRUE(disks.application.write(batch, storage::Durability::synced));

    SoloNode node(disks, record);
    ASSERT_TRUE(node.start());

    const std::vector<Height> all{Height(1), Height(2), Height(3), Height(4)};
    EXPECT_EQ(node.application().executed, all);
    EXPECT_TRUE(node.run_to(Height(5)));
}

TEST(Engine, an_application_ahead_of_the_chain_refuses_to_start) {
    SoloDisks disks;
    SoloRecord record;
    run_well(disks, record, Height(2));
    Bytes forged(8, 0);
    forged[7] = 9;
    storage::WriteBatch batch;
    batch.put(as_bytes("app"), forged);
    ASSERT_TRUE(disks.application.write(batch, storage::Durability::synced));

    SoloNode node(disks, record);
    const auto started = node.start();

    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().message(), "the application is at height 9, the chain at 2");
}

}  // namespace
}  // namespace steelyard::engine
