#include "consensus/core/candidates.h"

#include "tests/support/consensus_driver.h"

#include <gtest/gtest.h>

namespace steelyard::consensus {
namespace {

constexpr std::size_t size_max = 1 << 20;

test::ConsensusDriver the_driver;

test::ProposedBlock block(int number, std::size_t tx_size = 150'000) {
    return the_driver.block(number, tx_size);
}

Candidates candidates() {
    return Candidates(chain::Height(1), size_max);
}

/// The outcome of the last part.
Candidates::PartOutcome add_all(Candidates& candidates, const test::ProposedBlock& block) {
    Candidates::PartOutcome last;
    for (std::uint32_t index = 0; index < block.parts.header().total; ++index) {
        const auto outcome = candidates.add_part(*block.parts.part(index));
        EXPECT_TRUE(outcome);
        last = *outcome;
    }
    return last;
}

/// Bytes that are no block, cut into parts, under a name of their own.
test::ProposedBlock no_block() {
    auto parts = chain::PartSet::cut(Bytes(100'000, 7));
    const chain::BlockId id{test::block_id(1).hash, parts.header()};
    return {nullptr, std::move(parts), id};
}

TEST(Candidates, a_block_is_whole_when_all_its_parts_are_there) {
    Candidates gathered = candidates();
    const auto wanted = block(1);
    ASSERT_EQ(wanted.parts.header().total, 3u);
    EXPECT_EQ(gathered.expect(wanted.id), true);

    for (const std::uint32_t index : {2u, 0u}) {
        const auto outcome = gathered.add_part(*wanted.parts.part(index));
        ASSERT_TRUE(outcome);
        EXPECT_TRUE(outcome->added);
        EXPECT_TRUE(outcome->completed.empty());
    }
    EXPECT_EQ(gathered.find(wanted.id)->block, nullptr);
    const auto last = gathered.add_part(*wanted.parts.part(1));

    ASSERT_TRUE(last);
    EXPECT_EQ(last->completed, std::vector{wanted.id});
    EXPECT_EQ(*gathered.find(wanted.id)->block, *wanted.block);
    EXPECT_EQ(gathered.find(wanted.id)->verdict, Verdict::unknown);
}

TEST(Candidates, a_part_that_is_there_adds_nothing) {
    Candidates gathered = candidates();
    const auto wanted = block(1);
    ASSERT_TRUE(gathered.expect(wanted.id));
    ASSERT_TRUE(gathered.add_part(*wanted.parts.part(0)));

    const auto again = gathered.add_part(*wanted.parts.part(0));

    ASSERT_TRUE(again);
    EXPECT_FALSE(again->added);
}

TEST(Candidates, a_part_that_no_block_wants_is_an_error) {
    Candidates gathered = candidates();
    ASSERT_TRUE(gathered.expect(block(1).id));

    EXPECT_FALSE(gathered.add_part(*block(2).parts.part(0)));
}

TEST(Candidates, a_part_with_other_bytes_is_an_error) {
    Candidates gathered = candidates();
    const auto wanted = block(1);
    ASSERT_TRUE(gathered.expect(wanted.id));
    auto forged = *wanted.parts.part(0);
    forged.bytes[5] ^= 1;

    EXPECT_FALSE(gathered.add_part(forged));
    EXPECT_TRUE(gathered.find(wanted.id)->parts.present().none());
}

TEST(Candidates, expecting_a_block_again_keeps_its_parts) {
    Candidates gathered = candidates();
    const auto wanted = block(1);
    ASSERT_TRUE(gathered.expect(wanted.id));
    ASSERT_TRUE(gathered.add_part(*wanted.parts.part(0)));

    EXPECT_EQ(gathered.expect(wanted.id), false);

    EXPECT_EQ(gathered.find(wanted.id)->parts.present().count(), 1u);
}

TEST(Candidates, names_with_the_same_parts_do_not_starve_each_other) {
    Candidates gathered = candidates();
    const auto wanted = block(1);
    for (const int number : {1, 2}) {  // one name below the true one, or one above it
        ASSERT_TRUE(gathered.expect({test::block_id(number).hash, wanted.id.parts}));
    }
    ASSERT_TRUE(gathered.expect(wanted.id));

    const auto last = add_all(gathered, wanted);

    EXPECT_EQ(last.completed.size(), 3u);
    ASSERT_NE(gathered.find(wanted.id)->block, nullptr);
    EXPECT_EQ(*gathered.find(wanted.id)->block, *wanted.block);
}

TEST(Candidates, a_part_that_another_name_has_is_new_to_a_later_one) {
    Candidates gathered = candidates();
    const auto wanted = block(1, 10);
    ASSERT_TRUE(gathered.expect({test::block_id(1).hash, wanted.id.parts}));
    add_all(gathered, wanted);
    ASSERT_TRUE(gathered.expect(wanted.id));

    const auto outcome = add_all(gathered, wanted);

    EXPECT_EQ(outcome.completed, std::vector{wanted.id});
}

TEST(Candidates, bytes_that_are_no_block_are_invalid) {
    Candidates gathered = candidates();
    const auto garbage = no_block();
    ASSERT_TRUE(gathered.expect(garbage.id));

    add_all(gathered, garbage);

    EXPECT_EQ(gathered.find(garbage.id)->verdict, Verdict::invalid);
    EXPECT_EQ(gathered.find(garbage.id)->block, nullptr);
}

TEST(Candidates, a_block_under_another_name_is_invalid) {
    Candidates gathered = candidates();
    const auto real = block(1);
    const chain::BlockId alias{test::block_id(1).hash, real.id.parts};
    ASSERT_TRUE(gathered.expect(alias));

    add_all(gathered, real);

    EXPECT_EQ(gathered.find(alias)->verdict, Verdict::invalid);
}

TEST(Candidates, a_block_of_another_height_is_invalid) {
    Candidates gathered(chain::Height(2), size_max);
    const auto other = block(1);
    ASSERT_TRUE(gathered.expect(other.id));

    add_all(gathered, other);

    EXPECT_EQ(gathered.find(other.id)->verdict, Verdict::invalid);
}

TEST(Candidates, a_block_with_too_many_parts_is_refused_before_it_takes_room) {
    Candidates gathered(chain::Height(1), 100'000);
    chain::BlockId id = test::block_id(1);

    id.parts.total = 2;
    EXPECT_TRUE(gathered.expect(id));
    id.parts.total = 3;
    EXPECT_FALSE(gathered.expect(id));
    id.parts.total = 0xffff'ffff;
    EXPECT_FALSE(gathered.expect(id));
    EXPECT_EQ(gathered.size(), 1u);
}

TEST(Candidates, a_block_over_the_limit_is_invalid_though_its_parts_are_few_enough) {
    const auto large = block(1, 100'000);
    const std::size_t size = large.parts.size();
    for (const std::size_t limit : {size, size - 1}) {
        Candidates gathered(chain::Height(1), limit);
        ASSERT_TRUE(gathered.expect(large.id));
        add_all(gathered, large);
        EXPECT_EQ(gathered.find(large.id)->verdict == Verdict::invalid, limit < size);
    }
}

TEST(Candidates, there_are_few) {
    Candidates gathered = candidates();
    for (std::size_t i = 0; i < Candidates::count_max; ++i) {
        EXPECT_TRUE(gathered.expect(test::block_id(static_cast<int>(i))));
    }

    EXPECT_FALSE(gathered.expect(test::block_id(1'000)));

    EXPECT_EQ(gathered.expect(test::block_id(0)), false) << "one that is there already is no more";
    EXPECT_EQ(gathered.size(), Candidates::count_max);
}

TEST(Candidates, retain_forgets_all_others_and_keeps_verdicts) {
    Candidates gathered = candidates();
    const auto kept = block(1);
    const auto dropped = block(2);
    ASSERT_TRUE(gathered.expect(dropped.id));
    ASSERT_TRUE(gathered.add(kept.id, {kept.parts, kept.block}));
    gathered.judge(kept.id, Verdict::valid);

    gathered.retain(std::array{kept.id, test::block_id(9)});

    EXPECT_EQ(gathered.size(), 1u);
    ASSERT_NE(gathered.find(kept.id), nullptr);
    EXPECT_TRUE(gathered.find(kept.id)->is_valid());
}

TEST(Candidates, our_own_block_completes_one_that_is_gathered) {
    Candidates gathered = candidates();
    const auto ours = block(1);
    ASSERT_TRUE(gathered.expect(ours.id));

    ASSERT_TRUE(gathered.add(ours.id, {ours.parts, ours.block}));

    EXPECT_EQ(gathered.find(ours.id)->block, ours.block);
}

TEST(Candidates, our_own_block_keeps_the_verdict_that_it_has) {
    Candidates gathered = candidates();
    const auto ours = block(1);
    ASSERT_TRUE(gathered.add(ours.id, {ours.parts, ours.block}));
    gathered.judge(ours.id, Verdict::valid);

    ASSERT_TRUE(gathered.add(ours.id, {ours.parts, ours.block}));

    EXPECT_TRUE(gathered.find(ours.id)->is_valid());
}

}  // namespace
}  // namespace steelyard::consensus
