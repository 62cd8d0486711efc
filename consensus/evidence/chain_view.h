// ChainView: what evidence for one block is judged by: the chain up to the block before it.
#pragma once

#include "consensus/evidence/offence.h"
#include "consensus/evidence/verify.h"
#include "storage/kv_store.h"

namespace steelyard::evidence {

/// The horizon at a tip: the last height whose evidence is too old, or was so at an earlier tip.
/// `from` is the horizon at some earlier tip. Heights that history no longer has are taken for too
/// old.
Result<chain::Height> horizon_at(const Tip& tip, chain::Height from, const History& history);

/// Looks only at what all nodes share: the blocks up to the tip, and which pieces those above the
/// horizon carry and which offences they so committed, as the store remembers it. Rules E10 to E13
/// of doc/spec/evidence.md.
class ChainView {
public:
    /// `store` and `history` outlive the view.
    ChainView(
        const storage::KvStore& store,
        const History& history,
        Context context,
        chain::Height horizon
    );

    const Tip& tip() const { return context_.tip; }
    chain::Height horizon() const { return horizon_; }

    /// Whether a piece is above the horizon.
    Result<void> check_horizon(const chain::Evidence& evidence) const;

    /// Whether a piece is true and above the horizon. An error as of `verify`.
    Result<void> judge(const chain::Evidence& evidence) const;

    /// The block above the horizon, if there is one, that committed an offence.
    Result<std::optional<chain::Height>> committed_in(const Offence& offence) const;

    /// The block that carries a piece, if there is one: CometBFT tells pieces apart by their id.
    Result<std::optional<chain::Height>> carried_in(const chain::Evidence& evidence) const;

    /// The offences of a piece that were not committed; none of one that a block carries.
    Result<std::vector<Offence>> open_offences(const chain::Evidence& evidence) const;

private:
    Result<std::optional<chain::Height>> block_at(ByteView key) const;

    const storage::KvStore* store_;
    const History* history_;
    Context context_;
    chain::Height horizon_;
};

}  // namespace steelyard::evidence
