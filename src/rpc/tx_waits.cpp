#include "rpc/tx_waits.h"

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>

namespace steelyard::rpc {
namespace {

using Moment = std::chrono::steady_clock::time_point;

struct HashOfHash {
    std::size_t operator()(const chain::Hash256& hash) const {
        return std::hash<std::string_view>()(as_text(hash));
    }
};

struct Wait {
    chain::Hash256 hash;
    Moment until;
    TxWaits::Done done;
};

}  // namespace

class TxWaits::Impl {
public:
    Impl() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

    ~Impl() {
        thread_.request_stop();
        thread_.join();
        for (auto& [ticket, wait] : waits_) {
            wait.done(std::nullopt);
        }
    }

    Result<Ticket> wait(const chain::Hash256& hash, std::chrono::nanoseconds at_most, Done done) {
        const std::lock_guard lock(mutex_);
        if (waits_.size() >= waits_max) {
            return fail(ErrorCode::too_large, "{} clients wait for transactions", waits_max);
        }
        const Ticket ticket = ++last_ticket_;
        const Moment until = std::chrono::steady_clock::now() + at_most;
        waits_.emplace(ticket, Wait{hash, until, std::move(done)});
        by_hash_.emplace(hash, ticket);
        by_time_.emplace(until, ticket);
        if (by_time_.begin()->second == ticket) {
            changed_.notify_one();
        }
        return ticket;
    }

    bool cancel(Ticket ticket) {
        const std::lock_guard lock(mutex_);
        return take(ticket).has_value();
    }

    void on_committed(const chain::Block& block, const abci::BlockResults& results) {
        {
            const std::lock_guard lock(mutex_);
            if (waits_.empty()) {
                return;
            }
        }
        for (std::size_t i = 0; i < block.txs.size(); ++i) {
            const chain::Hash256 hash = chain::tx_hash(block.txs[i]);
            while (auto wait = take_by_hash(hash)) {
                wait->done(CommittedTx{block.header.height, results.tx_results[i]});
            }
        }
    }

private:
    /// Needs the lock.
    std::optional<Wait> take(Ticket ticket) {
        const auto found = waits_.find(ticket);
        if (found == waits_.end()) {
            return std::nullopt;
        }
        Wait wait = std::move(found->second);
        waits_.erase(found);
        const auto [begin, end] = by_hash_.equal_range(wait.hash);
        for (auto i = begin; i != end; ++i) {
            if (i->second == ticket) {
                by_hash_.erase(i);
                break;
            }
        }
        by_time_.erase({wait.until, ticket});
        return wait;
    }

    std::optional<Wait> take_by_hash(const chain::Hash256& hash) {
        const std::lock_guard lock(mutex_);
        const auto found = by_hash_.find(hash);
        return found == by_hash_.end() ? std::nullopt : take(found->second);
    }

    void run(const std::stop_token& stop) {
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            if (by_time_.empty()) {
                changed_.wait(lock, stop, [&] { return !by_time_.empty(); });
                continue;
            }
            const auto [until, ticket] = *by_time_.begin();
            if (std::chrono::steady_clock::now() >= until) {
                auto wait = take(ticket);
                lock.unlock();
                wait->done(std::nullopt);
                lock.lock();
            } else {
                changed_.wait_until(lock, stop, until, [&] {
                    return by_time_.empty() || by_time_.begin()->first < until;
                });
            }
        }
    }

    std::mutex mutex_;
    std::condition_variable_any changed_;
    Ticket last_ticket_ = 0;
    std::unordered_map<Ticket, Wait> waits_;
    std::unordered_multimap<chain::Hash256, Ticket, HashOfHash> by_hash_;
    std::set<std::pair<Moment, Ticket>> by_time_;
    std::jthread thread_;  ///< last: it uses the others
};

TxWaits::TxWaits() : impl_(std::make_unique<Impl>()) {
}
TxWaits::~TxWaits() = default;

Result<TxWaits::Ticket> TxWaits::wait(
    const chain::Hash256& hash, std::chrono::nanoseconds at_most, Done done
) {
    return impl_->wait(hash, at_most, std::move(done));
}

bool TxWaits::cancel(Ticket ticket) {
    return impl_->cancel(ticket);
}

void TxWaits::on_committed(const chain::Block& block, const abci::BlockResults& results) {
    impl_->on_committed(block, results);
}

}  // namespace steelyard::rpc
