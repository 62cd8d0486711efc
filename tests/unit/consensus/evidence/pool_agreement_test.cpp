// Two nodes with one chain and different gossip judge every proposed list alike.

#include "base/random.h"
#include "pool_fixture.h"

namespace steelyard::evidence {
namespace {

using chain::Evidence;

/// A node: a pool that hears of evidence in its own order, and now and then starts again, or is
/// replaced by one that comes anew.
struct Node {
    Node(const TestChain& its_chain, std::uint64_t seed) : chain(its_chain), random(seed) {
        start();
    }

    void start() {
        pool.reset();
        pool = *Pool::open(*store, chain, {.chain_id = chain.chain_id});
        const auto resumed = pool->resume(chain.tip());
        EXPECT_TRUE(resumed) << error_of(resumed);
    }

    void live(const std::vector<Evidence>& heard) {
        for (const Evidence& evidence : heard) {
            if (random.below(2) == 0) {
                static_cast<void>(pool->add(evidence));
            }
        }
        switch (random.below(6)) {
            case 0:
                store->cut_power();
                store->restart(test::Loss::seeded);
                start();
                break;
            case 1:
                pool.reset();
                store = std::make_unique<test::SimStore>(random.next_u64());
                start();
                break;
            default:
                break;
        }
    }

    const TestChain& chain;
    SeededRandom random;
    std::unique_ptr<test::SimStore> store = std::make_unique<test::SimStore>(7);
    std::unique_ptr<Pool> pool;
};

/// Some evidence about the last blocks, true and false, varied and repeated.
std::vector<Evidence> gossip(const TestChain& chain, RandomSource& random) {
    const std::int64_t tip = chain.tip().height.value();
    const auto any_height = [&] {
        return std::max<std::int64_t>(1, tip + 1 - static_cast<std::int64_t>(random.below(9)));
    };
    std::vector<Evidence> out;
    for (std::uint64_t i = random.below(4); i > 0; --i) {
        auto evidence = chain.double_vote(
            any_height(),
            random.below(2),
            static_cast<std::int32_t>(random.below(2)),
            static_cast<int>(2 + random.below(2))
        );
        switch (random.below(8)) {
            case 0:
                evidence.vote_a.signature[0] ^= 1;
                break;
            case 1:
                evidence.vote_b.validator_index ^= 1;
                break;
            case 2:
                evidence.timestamp = test::time_after(0);
                break;
            default:
                break;
        }
        out.push_back(evidence);
    }
    if (tip > 4 && random.below(3) == 0) {
        const std::int64_t common = std::min(any_height(), tip - 2);
        const std::int64_t height = common + 1 + static_cast<std::int64_t>(random.below(6));
        const std::int64_t past = 10 * (tip - 1);
        out.push_back(chain.attack(
            height,
            common,
            random.below(2) == 0 ? "cccc" : "ccca",
            [&](chain::Header& header) {
                lie(header);
                header.time = std::min(header.time, test::time_after(past));
            }
        ));
    }
    return out;
}

class Agreement : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Agreement, holds_between_nodes_that_heard_different_things) {
    SeededRandom random(GetParam());
    TestChain chain;
    chain.grow_to(3);
    Node one(chain, random.next_u64());
    Node two(chain, random.next_u64());
    std::size_t committed = 0;
    std::size_t refused = 0;
    std::vector<Evidence> heard;
    for (int block = 0; block < 40; ++block) {
        std::ranges::copy(gossip(chain, random), std::back_inserter(heard));
        one.live(heard);
        two.live(heard);

        // A proposal of either node, which both accept, and one of somebody who puts in anything.
        for (const Node* proposer : {&one, &two}) {
            const auto list = proposer->pool->pending(any_size);
            EXPECT_EQ(error_of(one.pool->check(list)), "") << "block " << block;
            EXPECT_EQ(error_of(two.pool->check(list)), "") << "block " << block;
        }
        std::vector<Evidence> wild;
        for (std::uint64_t i = heard.empty() ? 0 : random.below(3); i > 0; --i) {
            wild.push_back(heard[random.below(heard.size())]);
        }
        const auto verdict = error_of(one.pool->check(wild));
        ASSERT_EQ(error_of(two.pool->check(wild)), verdict) << "block " << block;
        refused += verdict.empty() ? 0 : 1;

        const auto list = verdict.empty() && random.below(2) == 0
                              ? wild
                              : (random.below(2) == 0 ? one : two).pool->pending(700);
        committed += list.size();
        chain.grow(list);
        for (Node* node : {&one, &two}) {
            const auto updated = node->pool->update(chain.tip(), list);
            ASSERT_TRUE(updated) << error_of(updated);
        }
        if (heard.size() > 20) {
            heard.erase(heard.begin(), heard.begin() + 10);
        }
    }
    EXPECT_GT(committed, 5U);
    EXPECT_GT(refused, 5U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Agreement, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace steelyard::evidence
