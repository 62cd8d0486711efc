// What the RPC routes ask of the node, as ports that src/node binds. All of them are thread-safe
// and answer at once, but where a callback is taken.
#pragma once

#include "abci/application.h"
#include "chain/evidence.h"
#include "index/ports.h"
#include "rpc/views.h"

#include <functional>
#include <memory>

namespace steelyard::rpc {

/// The committed chain: the block store and what the state store keeps of each height. Its tip is
/// the last block that was applied and indexed, not one that is only stored.
class ChainReader : public index::BlockSource {
public:
    virtual Result<chain::BlockMeta> load_meta(chain::Height height) const = 0;

    /// The commit that the next block contains: not_found for the tip.
    virtual Result<chain::Commit> load_commit(chain::Height height) const = 0;
    virtual Result<chain::Commit> load_seen_commit(chain::Height height) const = 0;
    virtual Result<chain::Height> height_of(const chain::Hash256& block_hash) const = 0;

    // Up to the height after the tip.
    virtual Result<chain::ValidatorSet> load_validators(chain::Height height) const = 0;
    virtual Result<chain::ConsensusParams> load_params(chain::Height height) const = 0;
};

/// The round that consensus is in.
class ConsensusView {
public:
    virtual ~ConsensusView() = default;

    /// Nothing while the node does not take part, such as during block sync.
    virtual std::optional<RoundView> round() const = 0;
    virtual std::vector<PeerRoundView> peers() const = 0;
};

/// What a client's transaction came to in the mempool. An error: it was not even checked, since it
/// is known already, too large, or the mempool is full.
using SubmitDone = std::function<void(Result<abci::CheckTxResult>)>;

/// The mempool.
class TxPoolView {
public:
    virtual ~TxPoolView() = default;

    /// Checks the transaction and keeps it if the check says so. `done` is called once, by any
    /// thread, perhaps before this returns; an empty one is not called.
    virtual void submit(Bytes tx, SubmitDone done) = 0;

    /// The first `limit` transactions in the order of the mempool.
    virtual std::vector<Bytes> unconfirmed(std::size_t limit) const = 0;

    virtual PoolSize size() const = 0;

    /// Forgets every transaction.
    virtual void flush() = 0;
};

/// The peers.
class NetView {
public:
    virtual ~NetView() = default;

    virtual NetInfo info() const = 0;

    // Addresses are id@host:port; an error names the one that is not. Dialing goes on afterwards.
    virtual Result<void> dial_seeds(const std::vector<std::string>& addresses) = 0;
    virtual Result<void> dial_peers(
        const std::vector<std::string>& addresses, const DialOptions& options
    ) = 0;
};

/// The application.
class AppView {
public:
    virtual ~AppView() = default;

    virtual Result<abci::ApplicationInfo> info() = 0;
    virtual Result<abci::QueryResult> query(const abci::QueryRequest& request) = 0;

    /// Checks without keeping.
    virtual Result<abci::CheckTxResult> check_tx(ByteView tx) = 0;
};

/// The evidence pool.
class EvidenceView {
public:
    virtual ~EvidenceView() = default;

    /// Verifies, keeps and passes on. An error says why not.
    virtual Result<void> submit(const chain::Evidence& evidence) = 0;
};

/// What the node is.
class StatusView {
public:
    virtual ~StatusView() = default;

    virtual NodeDescription node() const = 0;

    /// Whether the node is still fetching blocks; transactions are not taken then.
    virtual bool catching_up() const = 0;

    /// The key that this node would sign with.
    virtual std::optional<crypto::PublicKey> validator_key() const = 0;
};

}  // namespace steelyard::rpc
