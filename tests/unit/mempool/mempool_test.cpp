#include "mempool/mempool.h"

#include <gtest/gtest.h>
#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace steelyard::mempool {
namespace {

/// Takes what does not begin with '!', and counts; the methods for blocks are never called.
class CheckingApplication final : public abci::Application {
public:
    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo{}; }
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc&) override {
        return abci::GenesisOutcome{};
    }
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest&) override {
        return std::vector<Bytes>{};
    }
    Result<bool> process_proposal(const chain::Block&) override { return true; }
    Result<abci::BlockResults>
    finalize_block(const chain::Block&, const std::optional<chain::VerifiedCommit>&) override {
        return abci::BlockResults{};
    }
    Result<void> commit() override { return {}; }
    Result<abci::QueryResult> query(const abci::QueryRequest&) override {
        return abci::QueryResult{};
    }

    void prepare_tx(ByteView) override {
        ++prepared;
        if (on_prepare) {
            on_prepare();
        }
    }

    Result<abci::CheckTxResult> check_tx(ByteView tx, abci::CheckType type) override {
        EXPECT_FALSE(is_committing) << "checks while a block is committed";
        EXPECT_FALSE(is_checking.exchange(true)) << "two checks at once";
        const bool is_fresh = type == abci::CheckType::fresh;
        calls.push_back((is_fresh ? "" : "again ") + std::string(as_text(tx)));
        ++(is_fresh ? checked : rechecked);
        abci::CheckTxResult check;
        const bool is_bad = as_text(tx).starts_with('!') || (!is_fresh && as_text(tx) == "stale");
        check.result.code = is_bad ? 1 : 0;
        check.priority = tx.front();  // a later letter comes first
        if (sequences) {
            check.sender = "somebody";
            check.sequence = tx.front();
        }
        is_checking = false;
        if (as_text(tx) == "broken") {
            return fail(ErrorCode::io, "the disk is gone");
        }
        return check;
    }

    std::atomic<bool> is_committing = false;
    std::atomic<bool> is_checking = false;
    std::function<void()> on_prepare{};
    bool sequences = false;  ///< all are one sender's, the letter is the sequence
    std::vector<std::string> calls;
    std::atomic<int> prepared = 0;
    std::atomic<int> checked = 0;
    std::atomic<int> rechecked = 0;
};

std::vector<TxRef> txs(const std::vector<std::string>& texts) {
    std::vector<Bytes> list;
    for (const std::string& text : texts) {
        list.push_back(to_bytes(as_bytes(text)));
    }
    return make_txs(std::move(list));
}

/// What the callbacks were told.
struct Heard {
    std::mutex mutex;
    int available = 0;
    std::vector<std::string> log;  ///< "+tx", "-tx", "=tx" (committed)

    Mempool::Callbacks callbacks() {
        return {
            .on_txs_available =
                [this] {
                    const std::lock_guard lock(mutex);
                    ++available;
                },
            .on_admitted =
                [this](std::vector<Admitted> list) {
                    const std::lock_guard lock(mutex);
                    for (const Admitted& each : list) {
                        log.push_back("+" + name(each.tx->key));
                    }
                },
            .on_removed =
                [this](std::vector<TxKey> keys, bool committed) {
                    const std::lock_guard lock(mutex);
                    for (const TxKey& key : keys) {
                        log.push_back((committed ? "=" : "-") + name(key));
                    }
                },
            .on_failure =
                [this](const Error& error) {
                    const std::lock_guard lock(mutex);
                    log.push_back(error.message());
                },
        };
    }

    static std::string name(const TxKey& key) {
        return std::string(reinterpret_cast<const char*>(key.data()), key.size());
    }
};

Result<void> commit(Mempool& mempool, std::int64_t height, const std::vector<std::string>& texts) {
    chain::Block block;
    block.header.height = chain::Height(height);
    for (const std::string& text : texts) {
        block.txs.push_back(to_bytes(as_bytes(text)));
    }
    abci::BlockResults results{.tx_results = std::vector<chain::ExecTxResult>(texts.size())};
    return mempool.commit(block, results, [] { return Result<void>(); });
}

/// With any number of threads; 0: everything at once.
class TheMempool : public testing::TestWithParam<std::size_t> {
protected:
    TheMempool()
        : threads_(GetParam()),
          mempool_(
              std::in_place,
              Config{.prepare_txs = GetParam() == 2},
              application_,
              threads_,
              heard_.callbacks()
          ) {}

    /// Submits and waits.
    std::vector<Verdict> submit(const std::vector<std::string>& texts, PeerId source = 0) {
        std::vector<Verdict> verdicts;
        std::atomic<bool> done = false;
        mempool_->submit(txs(texts), source, [&](std::vector<Verdict> list) {
            verdicts = std::move(list);
            done = true;
            done.notify_one();
        });
        done.wait(false);
        return verdicts;
    }

    /// Ends the mempool, so that everything has been told.
    std::vector<std::string> log() {
        mempool_.reset();
        return heard_.log;
    }

    CheckingApplication application_;
    ThreadPool threads_;
    Heard heard_;
    std::optional<Mempool> mempool_;
};

std::string key(const std::string& text) {
    return Heard::name(txs({text})[0]->key);
}

TEST_P(TheMempool, answers_each_in_order) {
    const auto verdicts = submit({"a", "!b", "a", "c"});

    ASSERT_EQ(verdicts.size(), 4U);
    EXPECT_EQ(verdicts[0].outcome, Outcome::accepted);
    EXPECT_EQ(verdicts[1].result()->result.code, 1U);
    EXPECT_EQ(verdicts[2].outcome, Outcome::duplicate);
    EXPECT_EQ(as_text(verdicts[3].tx->bytes), "c");
    EXPECT_EQ(mempool_->size(), 2U);
    EXPECT_EQ(mempool_->reap(-1, -1), (std::vector<Bytes>{{'c'}, {'a'}}));
    EXPECT_EQ(application_.checked, 3);
    EXPECT_EQ(application_.prepared, GetParam() == 2 ? 3 : 0);
}

TEST_P(TheMempool, tells_what_came_and_went_in_order) {
    submit({"a", "b", "stale"});
    ASSERT_TRUE(commit(*mempool_, 1, {"a", "other"}));
    while (mempool_->size() != 1) {
        std::this_thread::yield();  // the recheck
    }
    mempool_->flush();

    const std::vector<std::string> expected{
        "+" + key("a"),
        "+" + key("b"),
        "+" + key("stale"),
        "=" + key("a"),
        "=" + key("other"),
        "-" + key("stale"),
        "-" + key("b"),
    };
    EXPECT_EQ(log(), expected);
}

TEST_P(TheMempool, says_once_a_height_that_there_is_something) {
    submit({"!bad"});
    submit({"a"});
    submit({"b"});
    EXPECT_TRUE(commit(*mempool_, 1, {"a", "b"}));
    EXPECT_TRUE(commit(*mempool_, 2, {}));
    submit({"c"});
    EXPECT_TRUE(commit(*mempool_, 3, {}));
    submit({"d"});

    log();
    EXPECT_EQ(heard_.available, 3);  // for a, for c, and since c still waits
}

TEST_P(TheMempool, passes_a_failed_commit_on) {
    submit({"a"});
    const abci::BlockResults results{.tx_results = {{}}};

    const auto committed = mempool_->commit({.txs = {{'a'}}}, results, [] {
        return Result<void>(fail(ErrorCode::io, "no"));
    });

    EXPECT_FALSE(committed);
    EXPECT_EQ(mempool_->size(), 1U);
}

TEST_P(TheMempool, tells_of_an_application_that_fails) {
    EXPECT_EQ(submit({"broken"})[0].outcome, Outcome::invalid);

    EXPECT_EQ(log(), std::vector<std::string>{"the disk is gone"});
}

INSTANTIATE_TEST_SUITE_P(Threads, TheMempool, testing::Values(0, 1, 2));

TEST(Mempool, tells_of_what_came_before_it_tells_that_it_gave_way) {
    CheckingApplication application;
    ThreadPool threads(0);
    Heard heard;
    Mempool mempool({.max_txs = 1}, application, threads, heard.callbacks());

    mempool.submit(txs({"a", "b"}), 0, [](const std::vector<Verdict>&) {});

    const std::vector<std::string> expected{"+" + key("a"), "-" + key("a"), "+" + key("b")};
    EXPECT_EQ(heard.log, expected);
}

TEST(Mempool, checks_what_waits_before_what_is_new_of_a_sender) {
    CheckingApplication application;
    application.sequences = true;
    ThreadPool threads(1);
    Mempool mempool({}, application, threads, {});
    const auto ignore = [](const std::vector<Verdict>&) {};
    mempool.submit(txs({"b", "a"}), 0, ignore);
    std::atomic<bool> may_go = false;
    threads.submit([&] { may_go.wait(false); });
    ASSERT_TRUE(commit(mempool, 1, {}));
    application.calls.clear();

    mempool.submit(txs({"c"}), 0, ignore);

    EXPECT_EQ(application.calls, (std::vector<std::string>{"again a", "again b", "c"}));
    may_go = true;
    may_go.notify_all();
}

TEST(Mempool, prepares_all_of_a_batch_on_as_many_threads_as_it_takes) {
    for (const std::size_t count : {1, 7, 8, 9, 16, 100}) {
        CheckingApplication application;
        std::mutex mutex;
        std::set<std::thread::id> seen;
        application.on_prepare = [&] {
            const std::lock_guard lock(mutex);
            seen.insert(std::this_thread::get_id());
        };
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) {
            names.push_back(fmt::format("a{}", i));
        }
        {
            ThreadPool threads(3);
            Mempool mempool({.prepare_txs = true}, application, threads, {});
            mempool.submit(txs(names), 1, [](const std::vector<Verdict>&) {});
        }
        EXPECT_EQ(application.prepared, static_cast<int>(count));
        EXPECT_EQ(application.checked, static_cast<int>(count));
        EXPECT_LE(seen.size(), count <= 8 ? 1U : 3U);
    }
}

TEST(Mempool, does_not_take_what_is_committed_before_its_check_ends) {
    CheckingApplication application;
    ThreadPool threads(1);
    Mempool mempool({.prepare_txs = true}, application, threads, {});
    application.on_prepare = [&] { EXPECT_TRUE(commit(mempool, 1, {"a"})); };
    std::promise<Verdict> verdict;

    mempool.submit(txs({"a"}), 1, [&](const std::vector<Verdict>& list) {
        verdict.set_value(list.front());
    });

    EXPECT_EQ(verdict.get_future().get().outcome, Outcome::duplicate);
    EXPECT_EQ(mempool.size(), 0U);
}

TEST(Mempool, bounds_what_waits_to_be_checked) {
    CheckingApplication application;
    ThreadPool threads(1);
    Mempool mempool({.pending_txs_max = 3}, application, threads, {});
    std::vector<Outcome> outcomes;
    const auto note = [&](const std::vector<Verdict>& list) {
        for (const Verdict& verdict : list) {
            outcomes.push_back(verdict.outcome);
        }
    };

    mempool.submit(txs({"a", "b", "c", "d"}), 1, note);

    EXPECT_EQ(outcomes, std::vector(4, Outcome::full));
    EXPECT_EQ(mempool.size(), 0U);
}

TEST(Mempool, keeps_room_for_others_among_what_waits_to_be_checked) {
    CheckingApplication application;
    ThreadPool threads(1);
    std::promise<void> gate;
    threads.submit([&gate] { gate.get_future().wait(); });
    Mempool mempool({.pending_txs_max = 8, .prepare_txs = true}, application, threads, {});
    std::atomic<int> accepted = 0;
    std::vector<PeerId> refused;
    const auto submit = [&](std::vector<std::string> texts, PeerId source) {
        mempool.submit(txs(texts), source, [&, source](const std::vector<Verdict>& list) {
            if (list.front().outcome == Outcome::full) {
                refused.push_back(source);
            } else {
                accepted += static_cast<int>(list.size());
            }
        });
    };

    submit({"a", "b", "c", "d"}, 1);
    submit({"e", "f"}, 1);
    submit({"g", "h"}, 2);
    submit({"i"}, 2);
    submit({"j", "k"}, 0);
    submit({"l"}, 0);
    gate.set_value();
    mempool.close();

    EXPECT_EQ(refused, (std::vector<PeerId>{1, 2, 0}));
    EXPECT_EQ(accepted, 8);
}

TEST(Mempool, stands_many_threads) {
    CheckingApplication application;
    ThreadPool threads(2);
    Heard heard;
    std::atomic<int> answered = 0;
    std::atomic<int> accepted = 0;
    {
        Mempool mempool(
            {.max_txs = 500, .prepare_txs = true}, application, threads, heard.callbacks()
        );
        std::vector<std::thread> senders;
        for (int sender = 0; sender < 3; ++sender) {
            senders.emplace_back([&, sender] {
                for (int i = 0; i < 300; ++i) {
                    const auto list =
                        txs({fmt::format("{}-{}", sender, i), fmt::format("same-{}", i)});
                    mempool.submit(list, 0, [&](std::vector<Verdict> verdicts) {
                        answered += static_cast<int>(verdicts.size());
                        for (const Verdict& verdict : verdicts) {
                            accepted += verdict.outcome == Outcome::accepted ? 1 : 0;
                        }
                    });
                }
            });
        }
        for (std::int64_t height = 1; height <= 50; ++height) {
            chain::Block block{.txs = mempool.reap(500, -1)};
            block.header.height = chain::Height(height);
            const abci::BlockResults results{
                .tx_results = std::vector<chain::ExecTxResult>(block.txs.size())
            };
            ASSERT_TRUE(mempool.commit(block, results, [&] {
                application.is_committing = true;
                std::this_thread::yield();
                application.is_committing = false;
                return Result<void>();
            }));
        }
        for (std::thread& sender : senders) {
            sender.join();
        }
    }

    EXPECT_EQ(answered, 1'800);
    std::multiset<std::string> waiting;
    for (const std::string& line : heard.log) {
        const std::string name = line.substr(1);
        if (line[0] == '+') {
            waiting.insert(name);
            EXPECT_EQ(waiting.count(name), 1U);
        } else {
            waiting.erase(name);
        }
    }
    EXPECT_LE(waiting.size(), 500U);
    EXPECT_LE(accepted, 1'200);
}

}  // namespace
}  // namespace steelyard::mempool
