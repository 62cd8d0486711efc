// Pool against a slow model, and against the rules that hold for any sequence of calls.
#include "base/random.h"
#include "mempool/pool.h"

#include <gtest/gtest.h>

namespace steelyard::mempool {
namespace {

constexpr std::size_t txs_max = 30;

struct ModelTx {
    TxRef tx;
    std::string sender;
    std::uint64_t sequence;
    std::int64_t priority;
    int arrival;
};

/// The order by definition: again and again the best of those whose forerunners have gone.
std::vector<TxRef> sorted(std::vector<ModelTx> waiting) {
    std::vector<TxRef> order;
    while (!waiting.empty()) {
        auto best = waiting.end();
        for (auto at = waiting.begin(); at != waiting.end(); ++at) {
            const bool is_blocked = std::ranges::any_of(waiting, [&](const ModelTx& other) {
                return !at->sender.empty() && other.sender == at->sender &&
                       other.sequence < at->sequence;
            });
            const bool is_better = best == waiting.end() || at->priority > best->priority ||
                                   (at->priority == best->priority && at->arrival < best->arrival);
            if (!is_blocked && is_better) {
                best = at;
            }
        }
        order.push_back(best->tx);
        waiting.erase(best);
    }
    return order;
}

class PoolModel : public testing::TestWithParam<std::uint64_t> {
protected:
    PoolModel() : random_(GetParam()), pool_(config()) {}

    static Config config() {
        return {.max_txs = txs_max, .max_txs_bytes = 2'000, .max_tx_bytes = 200};
    }

    void add() {
        const std::size_t size = 8 + random_.below(150);
        Bytes bytes(size);
        random_.fill(bytes);
        const TxRef tx = make_tx(std::move(bytes));
        abci::CheckTxResult check;
        if (random_.below(3) != 0) {
            check.sender = std::string(1, static_cast<char>('a' + random_.below(4)));
            check.sequence = random_.below(8);
        }
        check.priority = static_cast<std::int64_t>(random_.below(5)) * 50;
        const ModelTx fresh{tx, check.sender, check.sequence, check.priority, arrivals_};
        ASSERT_EQ(pool_.begin(tx).outcome, Outcome::accepted);
        std::vector<TxKey> removed;
        const Verdict verdict = pool_.finish(tx, check, removed);
        for (const TxKey& key : removed) {
            const auto gone = find(key);
            ASSERT_NE(gone, model_.end());
            EXPECT_LT(gone->priority, fresh.priority) << "gives way to one that is not higher";
            model_.erase(gone);
        }
        if (verdict.outcome == Outcome::accepted) {
            ++arrivals_;
            model_.push_back(fresh);
        } else {
            EXPECT_TRUE(removed.empty());
        }
    }

    void commit() {
        std::vector<TxKey> keys;
        for (const TxRef& tx : pool_.reap(static_cast<std::int64_t>(random_.below(1'000)), -1)) {
            keys.push_back(tx->key);
            model_.erase(find(tx->key));
        }
        std::vector<TxKey> expired;
        pool_.commit(
            chain::Height(++height_), keys, std::vector<std::uint32_t>(keys.size()), expired
        );
    }

    void recheck() {
        for (const TxRef& tx : pool_.next_to_recheck(random_.below(10))) {
            abci::CheckTxResult check;
            check.result.code = random_.below(4) == 0 ? 1 : 0;
            if (!pool_.finish_recheck(tx, check)) {
                model_.erase(find(tx->key));
            }
        }
    }

    std::vector<ModelTx>::iterator find(const TxKey& key) {
        return std::ranges::find_if(model_, [&](const ModelTx& each) {
            return each.tx->key == key;
        });
    }

    void compare() {
        std::size_t bytes = 0;
        for (const ModelTx& each : model_) {
            bytes += each.tx->bytes.size();
        }
        ASSERT_EQ(pool_.size(), model_.size());
        ASSERT_EQ(pool_.size_bytes(), bytes);
        ASSERT_LE(pool_.size(), txs_max);
        ASSERT_LE(bytes, 2'000U);
        ASSERT_EQ(pool_.first(1'000), sorted(model_));
        ASSERT_EQ(pool_.reap(-1, -1), sorted(model_));
    }

    SeededRandom random_;
    Pool pool_;
    std::vector<ModelTx> model_;
    int arrivals_ = 0;
    std::int64_t height_ = 0;
};

TEST_P(PoolModel, agrees_after_any_sequence_of_calls) {
    for (int i = 0; i < 1'500; ++i) {
        const std::uint64_t choice = random_.below(20);
        if (choice == 0) {
            commit();
        } else if (choice < 4) {
            recheck();
        } else {
            add();
        }
        compare();
        if (HasFatalFailure()) {
            return;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PoolModel, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace steelyard::mempool
