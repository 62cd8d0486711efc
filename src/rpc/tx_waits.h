// TxWaits: who waits for a transaction to be committed, for broadcast_tx_commit.
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "chain/txs.h"

#include <chrono>
#include <functional>
#include <memory>

namespace steelyard::rpc {

/// What a transaction came to.
struct CommittedTx {
    chain::Height height{};
    chain::ExecTxResult result{};
};

/// Thread-safe. A thread of its own wakes when a wait is over without the transaction, and sleeps
/// otherwise.
class TxWaits {
public:
    /// How many may wait at once.
    static constexpr std::size_t waits_max = 4096;

    /// Called once, by any thread; nothing: the time is over.
    using Done = std::move_only_function<void(std::optional<CommittedTx>)>;
    using Ticket = std::uint64_t;

    TxWaits();
    ~TxWaits();

    /// An error if too many wait already; `done` is not called then.
    Result<Ticket> wait(const chain::Hash256& hash, std::chrono::nanoseconds at_most, Done done);

    /// Gives up; false if `done` has been or is being called.
    bool cancel(Ticket ticket);

    void on_committed(const chain::Block& block, const abci::BlockResults& results);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::rpc
