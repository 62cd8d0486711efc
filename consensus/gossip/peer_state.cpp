#include "consensus/gossip/peer_state.h"

#include <tuple>

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using chain::Height;
using chain::Round;
using chain::SignedMsgType;

constexpr std::size_t growth = 256;

RoundStep round_step_of(consensus::Step step) {
    switch (step) {
        case consensus::Step::waiting:
            return RoundStep::new_height;
        case consensus::Step::propose:
            return RoundStep::propose;
        case consensus::Step::prevote:
            return RoundStep::prevote;
        case consensus::Step::precommit:
            return RoundStep::precommit;
        case consensus::Step::decided:
            return RoundStep::commit;
    }
    return RoundStep::new_height;
}

}  // namespace

void mark(BitArray& bits, std::size_t index) {
    if (index >= BitArray::size_max) {
        return;
    }
    if (index >= bits.size()) {
        const std::size_t size = (index / growth + 1) * growth;
        bits = BitArray(std::min(size, BitArray::size_max)) | bits;
    }
    bits.set(index);
}

BitArray* PeerState::votes(Height height, Round round, SignedMsgType type) {
    const bool is_prevote = type == SignedMsgType::prevote;
    if (height == height_) {
        if (round == round_) {
            return is_prevote ? &prevotes_ : &precommits_;
        }
        if (round == commit_round_ && !is_prevote) {
            return &commit_;
        }
        if (round == pol_round_ && is_prevote) {
            return &pol_;
        }
        if (round == later_round_) {
            return is_prevote ? &later_prevotes_ : &later_precommits_;
        }
        return nullptr;
    }
    const bool is_last_commit =
        height.next() == height_ && round == last_commit_round_ && !is_prevote;
    return is_last_commit ? &last_commit_ : nullptr;
}

bool PeerState::apply(const NewRoundStep& message) {
    if (std::tuple(message.height, message.round, message.step) <=
        std::tuple(height_, round_, step_)) {
        return false;
    }
    const bool new_height = message.height != height_;
    const bool new_round = new_height || message.round != round_;
    const bool follows = height_.next() == message.height;
    const Round round_before = round_;
    height_ = message.height;
    round_ = message.round;
    step_ = message.step;
    if (new_height) {
        // Its precommits of the height before are its last commit, if they were of that round.
        const bool keeps = follows && message.last_commit_round == round_before;
        last_commit_ = keeps ? std::move(precommits_) : BitArray();
        last_commit_round_ = message.last_commit_round;
        commit_round_.reset();
        later_round_.reset();
    }
    if (new_round) {
        enter_round();
    }
    return true;
}

/// What we sent of this round before the peer was there stays known.
void PeerState::enter_round() {
    has_proposal_ = false;
    wants_parts_ = false;
    parts_header_.reset();
    parts_ = {};
    pol_round_.reset();
    pol_ = {};
    prevotes_ = later_round_ == round_ ? std::move(later_prevotes_) : BitArray();
    precommits_ = commit_round_ == round_  ? std::move(commit_)
                  : later_round_ == round_ ? std::move(later_precommits_)
                                           : BitArray();
    if (commit_round_ == round_) {
        commit_round_.reset();
    }
    if (later_round_ && *later_round_ <= round_) {
        later_round_.reset();
    }
}

void PeerState::apply(const NewValidBlock& message) {
    const bool fits = message.height == height_ && (message.round == round_ || message.is_commit);
    if (fits) {
        parts_header_ = message.header;
        parts_ = message.parts;
        wants_parts_ = true;
    }
}

void PeerState::apply(const ProposalPol& message) {
    if (message.height == height_ && message.pol_round == pol_round_) {
        pol_ = message.prevotes;
    }
}

void PeerState::apply(const HasVote& message) {
    BitArray* const known =
        message.height == height_ ? votes(message.height, message.round, message.type) : nullptr;
    if (known) {
        mark(*known, static_cast<std::size_t>(message.index));
    }
}

void PeerState::apply(const VoteSetBits& message, const std::optional<BitArray>& ours) {
    if (BitArray* const known = votes(message.height, message.round, message.type)) {
        *known = ours ? (*known - *ours) | message.votes : message.votes;
    }
}

void PeerState::apply(const consensus::PeerStatus& status, bool repairs) {
    if (std::tuple(status.height, status.round) < std::tuple(height_, round_)) {
        return;
    }
    apply(NewRoundStep{
        .height = status.height,
        .round = status.round,
        .step = round_step_of(status.step),
        .last_commit_round = last_commit_round_,
    });
    prevotes_ = repairs ? status.prevotes : prevotes_ | status.prevotes;
    precommits_ = repairs ? status.precommits : precommits_ | status.precommits;
    has_proposal_ = status.has_proposal || (has_proposal_ && !repairs);
    if (repairs) {
        commit_round_.reset();
        later_round_.reset();
        pol_ = {};
    }
    if (!status.block_id) {
        return;
    }
    const BitArray parts =
        BitArray(
            status.block_id->parts.total > chain::parts_max ? 0 : status.block_id->parts.total
        ) |
        status.parts;
    const bool adds = !repairs && parts_header_ == status.block_id->parts;
    parts_ = adds ? parts_ | parts : parts;
    parts_header_ = status.block_id->parts;
    wants_parts_ = true;
}

void PeerState::set_proposal(const chain::Proposal& proposal) {
    const bool fits = proposal.height == height_ && proposal.round == round_ && !has_proposal_;
    if (!fits) {
        return;
    }
    has_proposal_ = true;
    pol_round_ = proposal.pol_round;
    pol_ = {};
    if (!parts_header_) {
        parts_header_ = proposal.block_id.parts;
        parts_ = BitArray(proposal.block_id.parts.total);
    }
}

void PeerState::set_part(Height height, Round round, std::uint32_t index) {
    if (height == height_ && round == round_ && index < parts_.size()) {
        parts_.set(index);
    }
}

void PeerState::set_vote(const chain::Vote& vote) {
    if (BitArray* const known = votes(vote.height, vote.round, vote.type)) {
        mark(*known, vote.validator_index);
    }
}

void PeerState::expect_parts(const chain::PartSetHeader& header) {
    if (!parts_header_ && header.total <= chain::parts_max) {
        parts_header_ = header;
        parts_ = BitArray(header.total);
    }
}

void PeerState::set_commit_round(Round round) {
    if (commit_round_ != round && round != round_) {
        commit_round_ = round;
        commit_ = later_round_ == round ? later_precommits_ : BitArray();
    }
}

void PeerState::set_later_round(Round round) {
    if (round > round_ && (!later_round_ || round > *later_round_)) {
        later_round_ = round;
        later_prevotes_ = {};
        later_precommits_ = {};
    }
}

}  // namespace steelyard::gossip
