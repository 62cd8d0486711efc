// A pool over a chain and a store that fails on command.
#pragma once

#include "consensus/evidence/pool.h"
#include "test_chain.h"
#include "tests/support/sim_store.h"

namespace steelyard::evidence {

inline constexpr std::int64_t any_size = 1 << 20;

/// A pool that follows its chain, which it begins with at a height of 10.
class PoolFixture : public testing::Test {
protected:
    PoolFixture() {
        chain.grow_to(10);
        reopen();
    }

    PoolConfig config() const { return {.chain_id = chain.chain_id}; }

    Result<void> try_reopen() {
        pool.reset();
        TRY_ASSIGN(pool, Pool::open(store, chain, config()));
        return pool->resume(chain.tip());
    }

    void reopen() {
        const auto opened = try_reopen();
        ASSERT_TRUE(opened) << error_of(opened);
    }

    bool add(const chain::Evidence& evidence) {
        const auto added = pool->add(evidence);
        EXPECT_TRUE(added) << error_of(added);
        return added && *added;
    }

    /// Commits a block with the evidence, after checking it as a validator does.
    void commit(const std::vector<chain::Evidence>& evidence = {}) {
        const auto checked = pool->check(evidence);
        EXPECT_TRUE(checked) << error_of(checked);
        chain.grow(evidence);
        const auto updated = pool->update(chain.tip(), evidence);
        EXPECT_TRUE(updated) << error_of(updated);
    }

    void commit_to(std::int64_t height) {
        while (pool->height() < chain::Height(height)) {
            commit();
        }
    }

    std::string check(const std::vector<chain::Evidence>& list) const {
        const auto checked = pool->check(list);
        EXPECT_TRUE(checked || is_refusal(checked.error())) << error_of(checked);
        return error_of(checked);
    }

    std::vector<chain::Evidence> pending() const { return pool->pending(any_size); }

    TestChain chain;
    test::SimStore store{1};
    std::unique_ptr<Pool> pool;
};

}  // namespace steelyard::evidence
