// Mempool: the transactions that wait for a block, for all threads.
#pragma once

#include "base/thread_pool.h"
#include "mempool/config.h"
#include "mempool/pool.h"
#include "mempool/tx.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <variant>

namespace steelyard::mempool {

/// Checks what comes with the application, in batches, and keeps what it takes in a Pool.
/// Thread-safe. The rules: doc/spec/mempool.md.
class Mempool {
public:
    /// Called without a lock held, on whichever thread did the work; they hand things on.
    struct Callbacks {
        /// There are transactions for the next block: once a height.
        std::function<void()> on_txs_available{};

        /// In the order in which they were admitted.
        std::function<void(std::vector<Admitted>)> on_admitted{};

        /// These wait no more. `committed`: a block holds them, so nobody needs them again; these
        /// are all of the block's, also those that did not wait here.
        std::function<void(std::vector<TxKey>, bool committed)> on_removed{};

        /// The application failed; the node cannot go on.
        std::function<void(const Error&)> on_failure{};
    };
    using Done = std::function<void(std::vector<Verdict>)>;

    /// The application and the threads outlive the mempool.
    Mempool(
        const Config& config,
        abci::Application& application,
        ThreadPool& threads,
        Callbacks callbacks
    );

    ~Mempool();

    /// Waits for what is under way. To be called when nobody submits or commits any more.
    void close();

    /// Checks transactions that a client (`source` 0) or a peer sent. `done` is told of each, in
    /// the order given: maybe before `submit` returns, maybe on another thread.
    void submit(std::vector<TxRef> txs, PeerId source, Done done);

    /// What the application says to a transaction that is not to be kept.
    Result<abci::CheckTxResult> check_only(ByteView tx);

    /// As engine::TxPool: the first in the pool's order that fit.
    std::vector<Bytes> reap(std::int64_t size_max, std::int64_t gas_max);

    /// As engine::TxPool: holds checks back while `commit_application` runs, then forgets the
    /// block's transactions and begins to check the others again.
    Result<void> commit(
        const chain::Block& block,
        const abci::BlockResults& results,
        const std::function<Result<void>()>& commit_application
    );

    /// What a block can hold; what is larger is refused. -1: no limit.
    void set_block_limits(std::int64_t size_max, std::int64_t gas_max);

    /// A peer is there, or gone: while it is there it has a share of the pool.
    void add_peer(PeerId peer);
    void remove_peer(PeerId peer);

    /// The height of the last block, where the node starts.
    void set_height(chain::Height height);

    /// Forgets everything that waits, and what was seen.
    void flush();

    bool contains(const TxKey& key) const;

    /// The first of them in the pool's order.
    std::vector<TxRef> first(std::size_t count_max) const;

    std::size_t size() const;        ///< transactions
    std::size_t size_bytes() const;  ///< of all of them

    Stats stats() const;

private:
    /// What one call of `submit` brought.
    struct Batch {
        std::vector<TxRef> txs{};
        PeerId source = 0;
        Done done{};
        std::vector<Verdict> verdicts{};
    };

    /// What waits to be checked.
    struct Pending {
        std::size_t txs = 0;
        std::size_t bytes = 0;

        void add(std::size_t more_txs, std::size_t more_bytes) {
            txs += more_txs;
            bytes += more_bytes;
        }
    };

    /// What the callbacks are to be told, in this order.
    struct Admissions {
        std::vector<Admitted> txs{};
    };
    struct Removals {
        std::vector<TxKey> keys{};
        bool committed = false;
    };
    struct Available {};
    struct Failure {
        Error error;
    };
    using Notice = std::variant<Admissions, Removals, Available, Failure>;

    bool enqueue(Batch& batch, bool& is_first);
    bool has_queue_room(const Batch& batch, std::size_t bytes) const;
    std::vector<Batch> take();
    void work();
    void prepare(std::span<const Tx* const> txs);
    void begin(std::vector<Batch>& batches, std::unique_lock<std::mutex>& lock);
    void check(std::vector<Batch>& batches, std::unique_lock<std::mutex>& lock);
    void check_one(Verdict& verdict, PeerId source, Admissions& admissions);
    bool recheck_some();
    void recheck();
    void note(Notice notice);
    void deliver();
    void start(void (Mempool::*task)());
    void end_task();

    const Config config_;
    abci::Application& application_;
    ThreadPool& threads_;
    const Callbacks callbacks_;

    mutable std::mutex mutex_;  ///< over what follows; held while the application checks or commits
    Pool pool_;
    bool told_available_ = false;  ///< for this height
    bool rechecking_ = false;      ///< a task for it is under way
    std::vector<Notice> notices_;  ///< not delivered yet
    bool delivering_ = false;      ///< somebody does

    mutable std::mutex
        queue_mutex_;  ///< over what follows; `mutex_` may be held, not be waited for
    std::condition_variable idle_;
    std::vector<Batch> queue_;
    Pending pending_{};                     ///< in the queue
    std::map<PeerId, Pending> pending_of_;  ///< by peer
    bool working_ = false;                  ///< somebody empties the queue
    std::size_t tasks_ = 0;                 ///< on the threads
    std::atomic<bool> closing_ = false;
};

}  // namespace steelyard::mempool
