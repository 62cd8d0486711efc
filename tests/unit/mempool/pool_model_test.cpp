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
    PeerId source;
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
    PoolModel() : random_(GetParam()), pool_(config()) {
        pool_.add_source(1);
        pool_.add_source(2);
    }

    /// Bytes are scarce for some seeds, places for others.
    static std::size_t bytes_max() { return GetParam() % 2 == 0 ? 2'000 : 3'500; }

    static std::size_t priorities() { return GetParam() % 4 < 2 ? 5 : 1; }

    static Config config() {
        return {.max_txs = txs_max, .max_txs_bytes = bytes_max(), .max_tx_bytes = 200};
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
        check.priority = static_cast<std::int64_t>(random_.below(priorities())) * 50;
        const ModelTx fresh{
            tx, check.sender, check.sequence, check.priority, arrivals_, draw_source()
        };
        ASSERT_EQ(pool_.begin(tx).outcome, Outcome::accepted);
        std::vector<TxKey> removed;
        const Verdict verdict = pool_.finish(tx, check, fresh.source, removed);
        const bool accepted = verdict.outcome == Outcome::accepted;
        bool all_lower = accepted;
        for (const TxKey& key : removed) {
            ASSERT_NE(find(key), model_.end());
            all_lower = all_lower && find(key)->priority < fresh.priority;
        }
        for (const TxKey& key : removed) {
            const auto gone = find(key);
            EXPECT_LE(gone->priority, fresh.priority) << "gives way to a lower one";
            if (!all_lower) {
                expect_of_the_largest(*gone, fresh);
            }
            model_.erase(gone);
        }
        if (accepted) {
            ++arrivals_;
            model_.push_back(fresh);
        }
    }

    /// Three that are known, and one that is not.
    PeerId draw_source() {
        const std::uint64_t drawn = random_.below(10);
        return drawn < 6 ? 1 : static_cast<PeerId>(drawn - 6);
    }

    std::pair<std::size_t, std::size_t> held_by(PeerId source) const {
        std::pair<std::size_t, std::size_t> held;
        for (const ModelTx& each : model_) {
            held.first += each.source == source ? 1 : 0;
            held.second += each.source == source ? each.tx->bytes.size() : 0;
        }
        return held;
    }

    void expect_of_the_largest(const ModelTx& gone, const ModelTx& fresh) const {
        const auto its = held_by(gone.source);
        const auto own = held_by(fresh.source);
        if (model_.size() >= txs_max) {
            EXPECT_GT(its.first, own.first + 1);
        } else {
            EXPECT_GT(its.second, own.second + fresh.tx->bytes.size());
        }
        for (PeerId other = 0; other < 4; ++other) {
            EXPECT_TRUE(
                model_.size() >= txs_max ? its.first >= held_by(other).first
                                         : its.second >= held_by(other).second
            );
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
        ASSERT_LE(bytes, bytes_max());
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
