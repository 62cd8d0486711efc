// What the engine needs of its host and of its mempool, as ports.
#pragma once

#include "abci/application.h"
#include "consensus/core/message.h"
#include "consensus/core/timeout.h"

#include <functional>
#include <string_view>

namespace steelyard::engine {

/// The transactions that wait for a block: the mempool, as the executor sees it.
class TxPool {
public:
    virtual ~TxPool() = default;

    /// The first of them in their order that fit: `size_max` bytes, each with its tag and length,
    /// and `gas_max`, where -1 is no limit.
    virtual std::vector<Bytes> reap(std::int64_t size_max, std::int64_t gas_max) = 0;

    /// Whether any waits. When the first one comes the host tells Engine::txs_available.
    virtual bool has_txs() const = 0;

    /// Lets no check run while `commit_application` does; then forgets the block's transactions
    /// and begins to check the others again. The error is that of `commit_application`.
    virtual Result<void> commit(
        const chain::Block& block,
        const abci::BlockResults& results,
        const std::function<Result<void>()>& commit_application
    ) = 0;
};

/// Messages to peers. Never blocks, may lose.
class Network {
public:
    virtual ~Network() = default;

    virtual void publish(const consensus::Message& message) = 0;
    virtual void send(consensus::PeerId to, const consensus::Message& message) = 0;

    /// The peer broke the protocol.
    virtual void report(consensus::PeerId peer, const Error& error) = 0;
};

/// Wakes the engine: after a while the host calls Engine::elapsed with the timeout, once.
class Timers {
public:
    virtual ~Timers() = default;

    virtual void schedule(const consensus::Timeout& timeout, std::chrono::nanoseconds after) = 0;

    /// Those of the height and of earlier ones need not come any more.
    virtual void cancel(chain::Height height) = 0;
};

/// Told of what happens. For subscribers, metrics, logs and tests.
class Observer {
public:
    virtual ~Observer() = default;

    /// After the block is applied, durably.
    virtual void on_committed(
        const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
    ) = 0;

    /// A block that was proposed is not valid; we vote nil.
    virtual void on_block_refused(const chain::BlockId& id, std::string_view reason) = 0;

    /// It is our turn to propose, and the application abstains.
    virtual void on_proposal_omitted(
        chain::Height height, chain::Round round, std::string_view reason
    ) = 0;

    /// The signer did not sign, since it would contradict what it signed before; we keep silent.
    virtual void on_signing_refused(const Error& error) = 0;

    /// A validator contradicted itself.
    virtual void on_conflict(const chain::Vote& first, const chain::Vote& second) = 0;
};

}  // namespace steelyard::engine
