#include "mempool/mempool.h"

namespace steelyard::mempool {
namespace {

/// Transactions that are checked before others get their turn at the pool.
constexpr std::size_t checks_per_turn = 256;

/// The same for rechecks, which nobody waits for.
constexpr std::size_t rechecks_per_turn = 64;

/// Transactions that one thread prepares in a row: to wake another costs as much as a part of one.
constexpr std::size_t prepared_at_once = 8;

std::size_t bytes_of(const std::vector<TxRef>& txs) {
    std::size_t bytes = 0;
    for (const TxRef& tx : txs) {
        bytes += tx->bytes.size();
    }
    return bytes;
}

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};

}  // namespace

Mempool::Mempool(
    const Config& config, abci::Application& application, ThreadPool& threads, Callbacks callbacks
)
    : config_(config),
      application_(application),
      threads_(threads),
      callbacks_(std::move(callbacks)),
      pool_(config) {
}

Mempool::~Mempool() {
    close();
}

void Mempool::close() {
    closing_ = true;
    std::unique_lock lock(queue_mutex_);
    idle_.wait(lock, [this] { return tasks_ == 0; });
}

/// Puts a task onto the threads, which the destructor waits for.
void Mempool::start(void (Mempool::*task)()) {
    {
        const std::lock_guard lock(queue_mutex_);
        ++tasks_;
    }
    threads_.submit([this, task] {
        (this->*task)();
        end_task();
    });
}

/// Notifies under the lock: the destructor may go on as soon as it is free.
void Mempool::end_task() {
    const std::lock_guard lock(queue_mutex_);
    --tasks_;
    idle_.notify_all();
}

/// Where nobody holds the pool and there is nothing to prepare, the caller checks its transactions
/// itself: handing them to another thread costs more than the check.
void Mempool::submit(std::vector<TxRef> txs, PeerId source, Done done) {
    Batch batch{.txs = std::move(txs), .source = source, .done = std::move(done)};
    bool is_first = false;
    if (!enqueue(batch, is_first)) {
        for (TxRef& tx : batch.txs) {
            batch.verdicts.push_back({
                .tx = std::move(tx),
                .outcome = Outcome::full,
                .reason = "mempool is busy: too many txs wait to be checked",
            });
        }
        batch.done(std::move(batch.verdicts));
        return;
    }
    if (!is_first) {
        return;
    }
    std::unique_lock lock(mutex_, std::defer_lock);
    if (config_.prepare_txs || threads_.thread_count() == 0 || !lock.try_lock()) {
        start(&Mempool::work);
        return;
    }
    std::vector<Batch> batches = take();
    begin(batches, lock);
    check(batches, lock);
    lock.unlock();
    deliver();
    for (Batch& done_batch : batches) {
        done_batch.done(std::move(done_batch.verdicts));
    }
    bool is_more = false;
    {
        const std::lock_guard queue_lock(queue_mutex_);
        is_more = !queue_.empty();
        working_ = is_more;
    }
    if (is_more) {
        start(&Mempool::work);
    }
}

/// False: there is no room. `is_first`: the caller must see to it that the queue is emptied.
bool Mempool::enqueue(Batch& batch, bool& is_first) {
    const std::size_t bytes = bytes_of(batch.txs);
    const std::lock_guard lock(queue_mutex_);
    if (!has_queue_room(batch, bytes)) {
        return false;
    }
    pending_.add(batch.txs.size(), bytes);
    if (batch.source != 0) {
        pending_of_[batch.source].add(batch.txs.size(), bytes);
    }
    queue_.push_back(std::move(batch));
    is_first = !working_;
    working_ = true;
    return true;
}

/// A peer may have no more in the queue than it leaves free, so that others find room; clients of
/// the node may use all.
bool Mempool::has_queue_room(const Batch& batch, std::size_t bytes) const {
    Pending wanted{batch.txs.size(), bytes};
    if (const auto own = pending_of_.find(batch.source); own != pending_of_.end()) {
        wanted.add(own->second.txs, own->second.bytes);
    }
    return pending_.txs + wanted.txs <= config_.pending_txs_max &&
           pending_.bytes + wanted.bytes <= config_.pending_bytes_max;
}

std::vector<Mempool::Batch> Mempool::take() {
    const std::lock_guard lock(queue_mutex_);
    pending_ = {};
    pending_of_.clear();
    working_ = !queue_.empty();
    return std::exchange(queue_, {});
}

/// Empties the queue, on one of the threads.
void Mempool::work() {
    for (std::vector<Batch> batches = take(); !batches.empty(); batches = take()) {
        std::unique_lock lock(mutex_);
        begin(batches, lock);
        if (config_.prepare_txs) {
            lock.unlock();
            std::vector<const Tx*> txs;
            for (const Batch& batch : batches) {
                for (std::size_t i = 0; i < batch.txs.size(); ++i) {
                    if (batch.verdicts[i].outcome == Outcome::accepted) {
                        txs.push_back(batch.txs[i].get());
                    }
                }
            }
            prepare(txs);
            lock.lock();
        }
        check(batches, lock);
        lock.unlock();
        deliver();
        for (Batch& batch : batches) {
            batch.done(std::move(batch.verdicts));
        }
    }
}

/// In parts, so that the few that come at a time wake no other thread.
void Mempool::prepare(std::span<const Tx* const> txs) {
    const std::size_t parts = (txs.size() + prepared_at_once - 1) / prepared_at_once;
    threads_.parallel_for(parts, [&](std::size_t part) {
        const std::size_t first = part * prepared_at_once;
        for (const Tx* tx : txs.subspan(first, std::min(prepared_at_once, txs.size() - first))) {
            application_.prepare_tx(tx->bytes);
        }
    });
}

/// Refuses what needs no check, under the lock.
void Mempool::begin(std::vector<Batch>& batches, std::unique_lock<std::mutex>&) {
    for (Batch& batch : batches) {
        batch.verdicts.reserve(batch.txs.size());
        for (const TxRef& tx : batch.txs) {
            batch.verdicts.push_back(pool_.begin(tx));
        }
    }
}

/// Checks the rest, under the lock, which is let go from time to time.
void Mempool::check(std::vector<Batch>& batches, std::unique_lock<std::mutex>& lock) {
    std::size_t left = checks_per_turn;
    for (Batch& batch : batches) {
        Admissions admissions;
        for (std::size_t i = 0; i < batch.txs.size(); ++i) {
            if (batch.verdicts[i].outcome != Outcome::accepted) {
                continue;
            }
            // What waits comes before what is new, or a sender's order would break.
            while (pool_.has_senders_to_recheck() && recheck_some()) {
            }
            check_one(batch.verdicts[i], batch.source, admissions);
            if (--left == 0) {
                left = checks_per_turn;
                note(std::exchange(admissions, {}));
                lock.unlock();
                lock.lock();
            }
        }
        note(std::move(admissions));
    }
    if (pool_.size() > 0 && !told_available_) {
        told_available_ = true;
        note(Available());
    }
}

void Mempool::check_one(Verdict& verdict, PeerId source, Admissions& admissions) {
    const TxRef tx = verdict.tx;
    auto answer = application_.check_tx(tx->bytes, abci::CheckType::fresh);
    if (!answer) {
        note(Failure{answer.error()});
        verdict.outcome = Outcome::invalid;
        verdict.reason = answer.error().message();
        return;
    }
    Removals removals;
    verdict = pool_.finish(tx, *std::move(answer), source, removals.keys);
    if (!removals.keys.empty()) {
        note(std::exchange(admissions, {}));
        note(std::move(removals));
    }
    if (verdict.outcome == Outcome::accepted) {
        admissions.txs.push_back({tx, pool_.height(), source});
    }
}

std::vector<Bytes> Mempool::reap(std::int64_t size_max, std::int64_t gas_max) {
    std::vector<TxRef> txs;
    {
        const std::lock_guard lock(mutex_);
        txs = pool_.reap(size_max, gas_max);
    }
    std::vector<Bytes> list;
    list.reserve(txs.size());
    for (const TxRef& tx : txs) {
        list.push_back(tx->bytes);
    }
    return list;
}

Result<void> Mempool::commit(
    const chain::Block& block,
    const abci::BlockResults& results,
    const std::function<Result<void>()>& commit_application
) {
    Removals committed{.keys = hash_txs(block.txs), .committed = true};
    std::vector<std::uint32_t> codes;
    codes.reserve(results.tx_results.size());
    for (const chain::ExecTxResult& result : results.tx_results) {
        codes.push_back(result.code);
    }
    CHECK(codes.size() == committed.keys.size());
    bool is_due = false;
    {
        const std::lock_guard lock(mutex_);
        TRY(commit_application());
        Removals expired;
        pool_.commit(block.header.height, committed.keys, codes, expired.keys);
        note(std::move(committed));
        note(std::move(expired));
        told_available_ = pool_.size() > 0;
        if (told_available_) {
            note(Available());
        }
        is_due = pool_.has_to_recheck() && !rechecking_;
        rechecking_ = rechecking_ || is_due;
    }
    deliver();
    if (is_due) {
        start(&Mempool::recheck);
    }
    return {};
}

/// Checks what waits again, a few at a time, on one of the threads.
void Mempool::recheck() {
    bool is_more = true;
    while (is_more) {
        {
            const std::lock_guard lock(mutex_);
            is_more = !closing_ && recheck_some();
            rechecking_ = is_more;
        }
        deliver();
    }
}

/// Under the lock. False: nothing is due any more.
bool Mempool::recheck_some() {
    Removals removals;
    for (const TxRef& tx : pool_.next_to_recheck(rechecks_per_turn)) {
        const auto answer = application_.check_tx(tx->bytes, abci::CheckType::recheck);
        if (!answer) {
            note(Failure{answer.error()});
        } else if (!pool_.finish_recheck(tx, *answer)) {
            removals.keys.push_back(tx->key);
        }
    }
    note(std::move(removals));
    return pool_.has_to_recheck();
}

/// Under the lock.
void Mempool::note(Notice notice) {
    const auto* const admissions = std::get_if<Admissions>(&notice);
    const auto* const removals = std::get_if<Removals>(&notice);
    const bool is_empty = (admissions != nullptr && admissions->txs.empty()) ||
                          (removals != nullptr && removals->keys.empty());
    if (!is_empty) {
        notices_.push_back(std::move(notice));
    }
}

/// Calls the callbacks, without a lock. One thread does it at a time, for all, so that what
/// happened first is told first.
void Mempool::deliver() {
    std::unique_lock lock(mutex_);
    if (delivering_) {
        return;
    }
    delivering_ = true;
    while (!notices_.empty()) {
        std::vector<Notice> notices = std::exchange(notices_, {});
        lock.unlock();
        for (Notice& notice : notices) {
            std::visit(
                Overloaded{
                    [&](Admissions& admissions) {
                        if (callbacks_.on_admitted) {
                            callbacks_.on_admitted(std::move(admissions.txs));
                        }
                    },
                    [&](Removals& removals) {
                        if (callbacks_.on_removed) {
                            callbacks_.on_removed(std::move(removals.keys), removals.committed);
                        }
                    },
                    [&](const Available&) {
                        if (callbacks_.on_txs_available) {
                            callbacks_.on_txs_available();
                        }
                    },
                    [&](const Failure& failure) {
                        if (callbacks_.on_failure) {
                            callbacks_.on_failure(failure.error);
                        }
                    },
                },
                notice
            );
        }
        lock.lock();
    }
    delivering_ = false;
}

void Mempool::set_block_limits(std::int64_t size_max, std::int64_t gas_max) {
    const std::lock_guard lock(mutex_);
    pool_.set_block_limits(size_max, gas_max);
}

void Mempool::add_peer(PeerId peer) {
    const std::lock_guard lock(mutex_);
    pool_.add_source(peer);
}

void Mempool::remove_peer(PeerId peer) {
    const std::lock_guard lock(mutex_);
    pool_.remove_source(peer);
}

void Mempool::set_height(chain::Height height) {
    const std::lock_guard lock(mutex_);
    pool_.set_height(height);
}

void Mempool::flush() {
    {
        const std::lock_guard lock(mutex_);
        note(Removals{.keys = pool_.flush()});
    }
    deliver();
}

Result<abci::CheckTxResult> Mempool::check_only(ByteView tx) {
    application_.prepare_tx(tx);
    const std::lock_guard lock(mutex_);
    return application_.check_tx(tx, abci::CheckType::fresh);
}

bool Mempool::contains(const TxKey& key) const {
    const std::lock_guard lock(mutex_);
    return pool_.contains(key);
}

std::vector<TxRef> Mempool::first(std::size_t count_max) const {
    const std::lock_guard lock(mutex_);
    return pool_.first(count_max);
}

std::size_t Mempool::size() const {
    const std::lock_guard lock(mutex_);
    return pool_.size();
}

std::size_t Mempool::size_bytes() const {
    const std::lock_guard lock(mutex_);
    return pool_.size_bytes();
}

Stats Mempool::stats() const {
    const std::lock_guard lock(mutex_);
    return pool_.stats();
}

}  // namespace steelyard::mempool
