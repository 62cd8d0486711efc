// Pool: evidence that waits for a block, and the memory of what blocks have carried.
//
// Rules E10..E22 of doc/spec/evidence.md.
#pragma once

#include "consensus/evidence/chain_view.h"
#include "consensus/evidence/pending_list.h"
#include "consensus/evidence/records.h"
#include "storage/kv_store.h"

namespace steelyard::evidence {

/// The most pairs of votes that wait for their height to be committed; those of one validator are
/// pending_per_validator_max at most.
inline constexpr std::size_t reported_max = 1024;

/// The most memories of committed offences, and of the pieces that proved them, that one block
/// makes the pool forget. What is left over counts for nothing, and goes with later blocks.
inline constexpr std::size_t forgotten_per_block_max = 1000;

struct PoolConfig {
    chain::ChainId chain_id;
    chain::Height initial_height{1};
    chain::SignatureVerifier verifier = chain::verify_one_by_one;
};

/// Used by one thread. Owns all keys of its KvStore. Opened with `open`, then brought to the
/// chain's tip with `resume`, before anything else is asked. What a method has returned is durable,
/// but for `report`. After an error of the store, open it again.
class Pool {
public:
    /// Restores what was stored. Both references outlive the pool; `history` is not asked yet.
    static Result<std::unique_ptr<Pool>> open(
        storage::KvStore& store, const History& history, PoolConfig config
    );

    /// Brings the pool to the tip of the chain, which may be where it was, or later after a crash
    /// or a sync, or earlier after a rollback: it learns from history what the blocks since carry.
    Result<void> resume(const Tip& tip);

    /// Takes evidence from a peer or a user. False: it is known already, or was committed. Errors:
    /// not_found if it is about heights that are not committed here yet; too_large if it fits in no
    /// block or the pool is full; otherwise as `verify`.
    Result<bool> add(const chain::Evidence& evidence);

    /// Takes two verified votes of one validator that contradict each other. They become evidence
    /// when their height is committed, since its time and powers must be those of the block
    /// (CVE-2021-21271). Those that are too many are dropped.
    void report(const chain::Vote& a, const chain::Vote& b);

    /// What to propose in the block after the tip: oldest first, in at most `bytes_max` bytes as
    /// encode_evidence_list writes them. Passes `check`, names no offence that was committed, and
    /// accuses each validator once: the rest is for later blocks.
    std::vector<chain::Evidence> pending(std::int64_t bytes_max) const;

    /// What to tell peers of: all that waits, oldest first, in at most so many bytes.
    std::vector<chain::Evidence> waiting(std::int64_t bytes_max) const;

    /// Whether the block after the tip may carry the list: each piece is true, and is not carried
    /// already, in the chain or in the list. As CometBFT, it tells pieces apart by their id: one
    /// offence may be told of in many ways. All nodes answer alike. An error is a verdict on the
    /// list (is_refusal), or this node's own.
    Result<void> check(std::span<const chain::Evidence> list) const;

    /// After a block is committed and durable: `tip` is that block, and `committed` what it
    /// carries. A block that the pool knows already changes nothing; one that does not follow is
    /// invalid.
    Result<void> update(const Tip& tip, std::span<const chain::Evidence> committed);

    chain::Height height() const { return view_.tip().height; }
    std::size_t pending_count() const { return pending_.size(); }

    /// Of the block after the tip.
    const chain::EvidenceParams& params() const { return view_.tip().params; }

    /// Grows whenever something else may wait than before, or at another tip.
    std::uint64_t revision() const { return revision_; }

private:
    Pool(storage::KvStore& store, const History& history, PoolConfig config);

    ChainView view_at(const Tip& tip, chain::Height horizon) const;
    chain::Height next_height() const;

    // Of `resume`.
    Result<void> forget_blocks();
    Result<void> forget_blocks_after(chain::Height last);
    Result<void> learn_blocks(chain::Height first, chain::Height last);
    Result<void> restore_pending(storage::WriteBatch& batch);

    // Of `update`: what a block makes of reported votes, in the eyes of the view after it.
    Result<void> take_reported(
        PendingList& pending, const ChainView& view, const std::set<Offence>& settled
    ) const;
    Result<std::optional<chain::Evidence>> evidence_of(
        const chain::Vote& a, const chain::Vote& b, const ChainView& view
    ) const;

    Result<void> forget_expired(chain::Height horizon, storage::WriteBatch& batch) const;
    Result<void> check_one(const chain::Evidence& evidence, std::set<chain::Hash256>& ids) const;

    storage::KvStore& store_;
    const History& history_;
    PoolConfig config_;

    std::optional<Head> stored_{};  ///< what `open` found: nothing in a new store
    bool resumed_ = false;
    std::uint64_t revision_ = 0;
    ChainView view_;
    PendingList pending_{};  ///< every piece passes `check`
    std::map<Offence, std::pair<chain::Vote, chain::Vote>> reported_{};  ///< by their slot
};

}  // namespace steelyard::evidence
