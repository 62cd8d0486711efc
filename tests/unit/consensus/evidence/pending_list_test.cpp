#include "consensus/evidence/pending_list.h"

#include "consensus/evidence/records.h"
#include "storage/memory_store.h"
#include "test_chain.h"

namespace steelyard::evidence {
namespace {

using chain::Evidence;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Pending : public testing::Test {
protected:
    Pending() { chain.grow_to(10); }

    void insert(const Evidence& evidence) {
        const auto inserted = list.insert(evidence, offences(evidence));
        EXPECT_TRUE(inserted) << error_of(inserted);
    }

    TestChain chain;
    PendingList list;
};

TEST_F(Pending, is_selected_oldest_first) {
    const Evidence one = chain.double_vote(9);
    const Evidence two = chain.attack(8, 6, "accc", lie);
    const Evidence three = chain.double_vote(8, 0, 1);
    insert(one);
    insert(two);
    insert(three);
    EXPECT_THAT(list.list(1 << 20), ElementsAre(two, three, one));
    EXPECT_THAT(list.select(1 << 20), ElementsAre(two, three));
}

TEST_F(Pending, is_selected_once_for_each_validator) {
    const Evidence first = chain.double_vote(8);
    const Evidence second = chain.double_vote(8, 0, 1);
    const Evidence third = chain.double_vote(9);
    const Evidence other = chain.double_vote(9, 1);
    for (const Evidence& evidence : {first, second, third, other}) {
        insert(evidence);
    }
    const auto selected = list.select(1 << 20);
    ASSERT_EQ(selected.size(), 2U);
    EXPECT_EQ(selected[1], other);
    EXPECT_EQ(list.list(1 << 20).size(), 4U);

    list.settle({offences(selected[0])[0]});
    EXPECT_EQ(list.select(1 << 20).size(), 2U) << "the next one";
}

TEST_F(Pending, accuses_nobody_of_an_attack_and_of_two_votes_at_once) {
    const Evidence attack = chain.attack(8, 6, "ccca", lie);
    const Evidence of_an_attacker = chain.double_vote(9);
    const Evidence of_another = chain.double_vote(9, 3);
    for (const Evidence& evidence : {attack, of_an_attacker, of_another}) {
        insert(evidence);
    }
    EXPECT_THAT(list.select(1 << 20), ElementsAre(attack, of_another));
}

TEST_F(Pending, is_dropped_by_what_blocks_take_it_for) {
    const Evidence all = chain.attack(8, 6, "cccc", lie);
    const Evidence some = chain.attack(8, 6, "ccca", lie);
    const Evidence vote = chain.double_vote(9);
    insert(all);
    insert(vote);
    EXPECT_TRUE(list.contains_id(chain::evidence_id(some))) << "signatures are not in the id";
    list.drop({chain::evidence_id(some)});
    EXPECT_THAT(list.list(1 << 20), ElementsAre(vote));
    EXPECT_FALSE(list.names(offences(all)[3]));
}

TEST_F(Pending, is_selected_within_the_exact_size_of_the_list) {
    const Evidence large = chain.attack(8, 6, "accc", lie);
    const Evidence small = chain.double_vote(9);
    insert(large);
    insert(small);
    const auto size = [](const std::vector<Evidence>& evidence) {
        return static_cast<std::int64_t>(chain::encode_evidence_list(evidence).size());
    };
    const std::int64_t both = size({large, small});
    EXPECT_EQ(static_cast<std::int64_t>(list.byte_size()), both);
    EXPECT_THAT(list.select(both), ElementsAre(large, small));
    EXPECT_THAT(list.list(both), ElementsAre(large, small));
    EXPECT_THAT(list.list(both - 1), ElementsAre(large));
    EXPECT_THAT(list.select(both - 1), ElementsAre(large));
    EXPECT_THAT(list.select(size({large}) - 1), ElementsAre(small))
        << "what is too large is skipped";
    EXPECT_THAT(list.select(0), IsEmpty());
    EXPECT_THAT(list.select(-1), IsEmpty());
}

TEST_F(Pending, names_each_offence_once_in_a_selection) {
    const Evidence all = chain.attack(8, 6, "cccc", lie);
    const Evidence part = chain.attack(8, 7, "ccca", lie);
    insert(part);
    insert(all);
    EXPECT_THAT(list.select(1 << 20), ElementsAre(all));
}

TEST_F(Pending, forgets_what_is_committed) {
    const Evidence all = chain.attack(8, 6, "cccc", lie);
    const Evidence part = chain.attack(8, 7, "ccca", lie);
    const Evidence vote = chain.double_vote(9);
    insert(all);
    insert(part);
    insert(vote);
    const auto named = offences(part);
    list.settle({named.begin(), named.end()});
    EXPECT_THAT(list.list(1 << 20), ElementsAre(all, vote)) << "it names one more validator";
    EXPECT_FALSE(list.names(named[0]));

    const auto more = offences(all);
    list.settle({more.begin(), more.end()});
    EXPECT_THAT(list.select(1 << 20), ElementsAre(vote));
    list.settle({offences(vote)[0]});
    EXPECT_TRUE(list.empty());
    EXPECT_EQ(list.byte_size(), 0U);
}

TEST_F(Pending, does_not_let_one_validator_crowd_out_the_others) {
    for (std::size_t round = 0; round < pending_per_validator_max; ++round) {
        insert(chain.double_vote(9, 0, static_cast<std::int32_t>(round)));
    }
    const Evidence more = chain.double_vote(8);
    const auto refused = list.insert(more, offences(more));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
    EXPECT_THAT(refused.error().message(), HasSubstr("16 double votes of validator"));
    insert(chain.double_vote(9, 1));

    const auto settled = offences(chain.double_vote(9, 0, 3));
    list.settle({settled.begin(), settled.end()});
    insert(more);
}

TEST_F(Pending, is_bounded_in_number) {
    for (std::size_t i = 0; i < pending_max; ++i) {
        auto evidence = chain.double_vote(9);
        for (chain::Vote* vote : {&evidence.vote_a, &evidence.vote_b}) {
            vote->validator_address[0] = static_cast<std::uint8_t>(i);
            vote->validator_address[1] = static_cast<std::uint8_t>(i >> 8);
        }
        insert(evidence);
    }
    const Evidence more = chain.double_vote(8);
    EXPECT_THAT(
        error_of(list.insert(more, offences(more))), HasSubstr("1000 pieces of evidence wait")
    );
}

TEST_F(Pending, is_bounded_in_bytes) {
    auto large = chain.double_vote(9);
    large.vote_b.extension = Bytes(pending_bytes_max / 2);
    insert(large);
    auto more = chain.double_vote(9, 1);
    more.vote_b.extension = Bytes(pending_bytes_max / 2);
    EXPECT_THAT(error_of(list.insert(more, offences(more))), HasSubstr("limits 1000 and 16777216"));
    insert(chain.double_vote(9, 1));
}

TEST_F(Pending, writes_the_difference_between_two_lists) {
    storage::MemoryStore store;
    const auto write = [&](const PendingList& before, const PendingList& after) {
        storage::WriteBatch batch;
        after.write_changes(before, batch);
        EXPECT_TRUE(store.write(batch, storage::Durability::buffered));
        return batch.size();
    };
    insert(chain.double_vote(8));
    insert(chain.double_vote(9));
    EXPECT_EQ(write({}, list), 2U);
    PendingList next = list;
    next.settle({offences(chain.double_vote(8))[0]});
    ASSERT_TRUE(next.insert(chain.double_vote(10), offences(chain.double_vote(10))));
    EXPECT_EQ(write(list, next), 2U);
    EXPECT_EQ(write(next, next), 0U);
    EXPECT_FALSE(*store.get(pending_key(chain.double_vote(8))));
    EXPECT_EQ(
        **store.get(pending_key(chain.double_vote(10))), encode_evidence(chain.double_vote(10))
    );
}

}  // namespace
}  // namespace steelyard::evidence
