// Where we stand, as peers must know it to send us what we lack, and not what we have.
#include "consensus/gossip/peer.h"

namespace steelyard::gossip {
namespace {

using chain::BitArray;
using consensus::HeightState;
using consensus::Step;

/// A quorum decided, and only the block is missing or being applied.
bool is_committing(const HeightState& current) {
    if (current.machine.step == Step::decided) {
        return true;
    }
    const auto decided = current.decided();
    const auto* candidate = decided ? current.candidates.find(decided->block_id) : nullptr;
    return decided && (!candidate || !candidate->block || current.make_commit(*decided));
}

RoundStep round_step_of(const HeightState& current) {
    if (is_committing(current)) {
        return RoundStep::commit;
    }
    switch (current.machine.step) {
        case Step::waiting:
            return RoundStep::new_height;
        case Step::propose:
            return RoundStep::propose;
        case Step::prevote:
            return current.machine.saw_prevotes ? RoundStep::prevote_wait : RoundStep::prevote;
        case Step::precommit:
            return current.machine.saw_precommits ? RoundStep::precommit_wait
                                                  : RoundStep::precommit;
        case Step::decided:
            break;
    }
    return RoundStep::commit;
}

/// The round whose polka the proposal names, if it does.
const chain::Round* pol_round_of(const HeightState& now) {
    return now.proposal && now.proposal->pol_round ? &*now.proposal->pol_round : nullptr;
}

}  // namespace

void Gossip::announce(Peer& peer) {
    if (current()) {
        announce_step(peer);
    }
}

void Gossip::announce_step(Peer& peer) {
    const HeightState& now = *current();
    NewRoundStep step{
        .height = now.height,
        .round = now.machine.round,
        .step = round_step_of(now),
        .seconds_since_start =
            std::chrono::duration_cast<std::chrono::seconds>(now_ - height_began_).count(),
    };
    if (now.last_commit) {
        step.last_commit_round = now.last_commit->round;
    }
    const auto& told = peer.told_step;
    const bool is_told =
        told && told->height == step.height && told->round == step.round && told->step == step.step;
    if (!is_told) {
        if (!send_to(peer, step)) {
            return;
        }
        peer.told_step = step;
    }
    announce_block(peer);
    announce_votes(peer);
}

/// A block that a polka or a decision named: from here on the peer believes what we say of its
/// parts, and no longer what it sent.
void Gossip::announce_block(Peer& peer) {
    const HeightState& now = *current();
    const auto decided = now.decided();
    const auto block = decided ? std::optional(decided->block_id) : now.polka();
    if (!block || block->parts.total == 0 || block->parts.total > chain::parts_max) {
        return;
    }
    const ToldBlock told{now.height, now.machine.round, block->parts, decided.has_value()};
    if (peer.told_block == told) {
        return;
    }
    const chain::PartSet* const parts = now.candidates.find_parts(block->parts);
    const bool sent = send_to(
        peer,
        NewValidBlock{
            .height = told.height,
            .round = told.round,
            .header = told.header,
            .parts = parts ? parts->present() : BitArray(told.header.total),
            .is_commit = told.is_commit,
        }
    );
    if (sent) {
        peer.told_block = told;
    }
}

/// HasVote for what the peer does not know that we have: it said it to us, or we to it.
void Gossip::announce_votes(Peer& peer) {
    const HeightState& now = *current();
    if (peer.state.height() != now.height) {
        return;
    }
    const auto* pol_round = pol_round_of(now);
    std::erase_if(peer.told_votes, [&](const auto& entry) {
        return entry.first.first != now.machine.round &&
               !(pol_round && entry.first.first == *pol_round);
    });
    const auto tell =
        [&](chain::Round round, const consensus::VoteSet* votes, chain::SignedMsgType type) {
            if (!votes || votes->empty()) {
                return;
            }
            BitArray& told = peer.told_votes[{round, type}];
            const BitArray untold = votes->voters() - told;
            for (std::size_t index = 0; index < untold.size(); ++index) {
                if (!untold.test(index)) {
                    continue;
                }
                const auto number = static_cast<std::int32_t>(index);
                if (!send_to(peer, HasVote{now.height, round, type, number})) {
                    return;
                }
                mark(told, index);
            }
        };
    const chain::Round round = now.machine.round;
    tell(round, now.votes.prevotes(round), chain::SignedMsgType::prevote);
    tell(round, now.votes.precommits(round), chain::SignedMsgType::precommit);
    if (pol_round) {
        tell(*pol_round, now.votes.prevotes(*pol_round), chain::SignedMsgType::prevote);
    }
}

void Gossip::mark_told(Peer& peer, const chain::Vote& vote) {
    const HeightState& now = *current();
    const auto* pol_round = pol_round_of(now);
    if (vote.round == now.machine.round || (pol_round && vote.round == *pol_round)) {
        mark(peer.told_votes[{vote.round, vote.type}], vote.validator_index);
    }
}

}  // namespace steelyard::gossip
