// Histories for oracles: hand-made ones about a cluster that is off, and one that was recorded.
#pragma once

#include "chain/block.h"
#include "tests/sim/cluster.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {

/// Four nodes of equal power, of which the last is Byzantine. They are off: at height 0.
class History {
public:
    static constexpr NodeIndex byzantine = 3;

    explicit History(std::unique_ptr<Oracle> oracle);

    chain::Address address(NodeIndex node) const;

    /// Signed by the node, of height 1 unless it is changed and signed anew.
    chain::Vote prevote(NodeIndex node, int round, std::optional<chain::BlockId> block) const;
    chain::Vote precommit(NodeIndex node, int round, std::optional<chain::BlockId> block) const;
    chain::Vote sign(NodeIndex node, chain::Vote vote) const;
    chain::Proposal sign(NodeIndex node, chain::Proposal proposal) const;

    // What happens, and what the oracle says to it.
    Oracle::Finding sends(NodeIndex node, const consensus::Message& message);
    Oracle::Finding gets(NodeIndex node, const consensus::Message& message, NodeIndex from = 0);
    Oracle::Finding commits(NodeIndex node, const chain::Block& block);
    Oracle::Finding restarts(NodeIndex node);

    const Cluster& cluster() const { return cluster_; }
    Oracle& oracle() { return *oracle_; }

private:
    chain::Vote vote(
        chain::SignedMsgType type, NodeIndex node, int round, std::optional<chain::BlockId> block
    ) const;

    Cluster cluster_;
    std::unique_ptr<Oracle> oracle_;
};

/// The first blocks of a calm simulation, as each was committed first.
struct RecordedCommit {
    NodeIndex node = 0;
    chain::Block block{};
    chain::Commit commit;
    abci::BlockResults results{};
};

class Recording {
public:
    explicit Recording(const Options& options, std::size_t blocks);
    ~Recording();

    const Cluster& cluster() const { return *cluster_; }
    const std::vector<RecordedCommit>& commits() const { return commits_; }

private:
    class Recorder;

    std::vector<RecordedCommit> commits_;
    std::unique_ptr<Cluster> cluster_;
};

}  // namespace steelyard::sim
