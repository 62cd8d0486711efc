// PeerState: what we believe a peer has, from what it says and what we send it.
//
// CometBFT 0.38's PeerRoundState, with its rules for what a message changes.
#pragma once

#include "consensus/gossip/reactor_message.h"

namespace steelyard::gossip {

/// Sets a bit of an array that grows as it needs; one over BitArray::size_max is not set.
void mark(chain::BitArray& bits, std::size_t index);

/// A value type. Whatever the peer claims, it holds a few bit arrays of at most 10,000 bits.
class PeerState {
public:
    /// Where the peer is: height 0 before it has said so.
    chain::Height height() const { return height_; }
    chain::Round round() const { return round_; }
    RoundStep step() const { return step_; }

    /// It has the proposal of its round.
    bool has_proposal() const { return has_proposal_; }
    std::optional<chain::Round> pol_round() const { return pol_round_; }

    /// The block whose parts it takes, and those that it has.
    const std::optional<chain::PartSetHeader>& parts_header() const { return parts_header_; }
    const chain::BitArray& parts() const { return parts_; }

    /// It named that block itself, and said which parts it has.
    bool wants_parts() const { return wants_parts_; }

    // For those who look on: empty, or nothing, where it is not known.
    const chain::BitArray& pol() const { return pol_; }
    const chain::BitArray& prevotes() const { return prevotes_; }
    const chain::BitArray& precommits() const { return precommits_; }
    std::optional<chain::Round> last_commit_round() const { return last_commit_round_; }
    const chain::BitArray& last_commit() const { return last_commit_; }
    std::optional<chain::Round> commit_round() const { return commit_round_; }
    const chain::BitArray& commit() const { return commit_; }

    /// Its votes of a place that it may lack votes of, or nothing: they would be of no use to it.
    chain::BitArray* votes(chain::Height height, chain::Round round, chain::SignedMsgType type);

    // What it says. `apply` of a step that is not later changes nothing, and is false.
    bool apply(const NewRoundStep& message);
    void apply(const NewValidBlock& message);
    void apply(const ProposalPol& message);
    void apply(const HasVote& message);

    /// `ours` are our votes for the message's block, or nothing at another height.
    void apply(const VoteSetBits& message, const std::optional<chain::BitArray>& ours);

    /// `repairs`: what it does not claim it does not have, whatever we have sent.
    void apply(const consensus::PeerStatus& status, bool repairs);

    // What it sends or is sent.
    void set_proposal(const chain::Proposal& proposal);
    void set_part(chain::Height height, chain::Round round, std::uint32_t index);
    void set_vote(const chain::Vote& vote);

    /// Begins to send it the parts of the block of its height, if it has named none.
    void expect_parts(const chain::PartSetHeader& header);

    /// Its height is decided in this round: precommits of that are of use to it.
    void set_commit_round(chain::Round round);

    /// We are in this later round of its height: votes of that are of use to it.
    void set_later_round(chain::Round round);
    std::optional<chain::Round> later_round() const { return later_round_; }

private:
    void enter_round();

    chain::Height height_{};
    chain::Round round_{};
    RoundStep step_ = RoundStep::new_height;
    bool has_proposal_ = false;
    bool wants_parts_ = false;
    std::optional<chain::PartSetHeader> parts_header_{};
    chain::BitArray parts_{};
    std::optional<chain::Round> pol_round_{};
    chain::BitArray pol_{};
    chain::BitArray prevotes_{};
    chain::BitArray precommits_{};
    std::optional<chain::Round> last_commit_round_{};
    chain::BitArray last_commit_{};
    std::optional<chain::Round> commit_round_{};
    chain::BitArray commit_{};
    std::optional<chain::Round> later_round_{};
    chain::BitArray later_prevotes_{};
    chain::BitArray later_precommits_{};
};

}  // namespace steelyard::gossip
