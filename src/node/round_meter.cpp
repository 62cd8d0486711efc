#include "node/round_meter.h"

#include "base/hex.h"
#include "consensus/core/quorum.h"
#include "node/round_watch.h"

namespace steelyard::node {

using chain::SignedMsgType;
using chain::Vote;
using consensus::HeightState;
using consensus::VoteSet;
using rpc::RoundPlace;
using rpc::RoundStep;

namespace {

std::string_view name_of(SignedMsgType type) {
    return type == SignedMsgType::prevote ? "prevote" : "precommit";
}

/// "Propose" and so on, as CometBFT's label has it.
std::string_view name_of(RoundStep step) {
    std::string_view name = to_string(step);
    name.remove_prefix(std::string_view("RoundStep").size());
    return name;
}

double seconds(std::chrono::nanoseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

chain::VotingPower power_of(const VoteSet* votes) {
    return votes ? votes->voters_power() : 0;
}

/// The votes that this one would be counted with, if it is of a height that still takes votes.
const VoteSet* votes_beside(const HeightState& current, const Vote& vote) {
    if (vote.height == current.height) {
        return vote.type == SignedMsgType::prevote ? current.votes.prevotes(vote.round)
                                                   : current.votes.precommits(vote.round);
    }
    const auto& last = current.last_commit;
    const bool is_late = last && vote.height == last->height && vote.round == last->round &&
                         vote.type == SignedMsgType::precommit;
    return is_late ? &last->precommits : nullptr;
}

/// Looks through all votes only for who has signed twice: this is asked for every vote that comes.
bool is_known(const VoteSet& votes, const Vote& vote) {
    const Vote* const first = votes.vote(vote.validator_index);
    if (first == nullptr || first->block_id == vote.block_id) {
        return first != nullptr;
    }
    return std::ranges::any_of(votes.all_votes(), [&](const Vote& known) {
        return known.validator_index == vote.validator_index && known.block_id == vote.block_id;
    });
}

/// The parts that are being gathered, if the block is known by its id.
const chain::PartSet* wanted_parts(const HeightState& current) {
    const auto decided = current.decided();
    const auto* candidate = decided            ? current.candidates.find(decided->block_id)
                            : current.proposal ? current.candidates.find(current.proposal->block_id)
                                               : nullptr;
    return candidate ? &candidate->parts : nullptr;
}

}  // namespace

void RoundMeter::peer_up(consensus::PeerId peer, std::string node_id) {
    peers_[peer] = std::move(node_id);
}

void RoundMeter::received(
    const consensus::State& state, consensus::PeerId from, const consensus::Message& message
) {
    if (!state.current) {
        return;
    }
    if (const auto* vote = std::get_if<Vote>(&message)) {
        received(*state.current, *vote);
    } else if (const auto* part = std::get_if<consensus::BlockPart>(&message)) {
        received(*state.current, from, *part);
    }
}

void RoundMeter::received(const HeightState& current, const Vote& vote) {
    const bool is_late = vote.height < current.height ||
                         (vote.height == current.height && vote.round < current.machine.round);
    if (is_late) {
        metrics_.add("consensus_late_votes", 1, {{"vote_type", name_of(vote.type)}});
    }
    const VoteSet* const votes = votes_beside(current, vote);
    if (votes && is_known(*votes, vote)) {
        metrics_.add("consensus_duplicate_vote", 1);
    }
}

void RoundMeter::received(
    const HeightState& current, consensus::PeerId from, const consensus::BlockPart& part
) {
    if (const auto peer = peers_.find(from); peer != peers_.end()) {
        metrics_.add("consensus_block_parts", 1, {{"peer_id", peer->second}});
    }
    const bool matches = part.height == current.height;
    metrics_.add(
        "consensus_block_gossip_parts_received",
        1,
        {{"matches_current", matches ? "true" : "false"}}
    );
    const auto* wanted = matches ? wanted_parts(current) : nullptr;
    const std::uint32_t index = part.part.index();
    if (wanted && index < wanted->header().total && wanted->part(index) == part.part) {
        metrics_.add("consensus_duplicate_block_part", 1);
    }
}

void RoundMeter::look(const consensus::State& state, std::chrono::nanoseconds now) {
    if (!state.current) {
        seen_.reset();
        return;
    }
    note_step(*state.current, now);
    note_votes(*state.current);
}

void RoundMeter::note_step(const HeightState& current, std::chrono::nanoseconds now) {
    const RoundPlace place{current.height, current.machine.round, step_of(current.machine)};
    const bool in_round = place.step != RoundStep::new_height && place.step != RoundStep::commit;
    if (!seen_) {
        seen_ = Seen{.place = place, .step_began = now};
    }
    const bool is_new_round =
        place.height != seen_->place.height || place.round != seen_->place.round;
    if (is_new_round || place.step != seen_->place.step) {
        metrics_.observe(
            "consensus_step_duration_seconds",
            seconds(now - seen_->step_began),
            {{"step", name_of(seen_->place.step)}}
        );
        seen_->step_began = now;
    }
    if (seen_->round_began && (is_new_round || !in_round)) {
        metrics_.observe("consensus_round_duration_seconds", seconds(now - *seen_->round_began));
        seen_->round_began.reset();
    }
    if (in_round && !seen_->round_began) {
        seen_->round_began = now;
    }
    if (is_new_round) {
        metrics_.set("consensus_rounds", place.round.value());
        seen_->prevoted = seen_->precommitted = 0;
    }
    seen_->place = place;
}

void RoundMeter::note_votes(const HeightState& current) {
    const auto total = static_cast<double>(current.validators().total_power());
    const auto tell = [&](SignedMsgType type, chain::VotingPower power, chain::VotingPower& seen) {
        const bool is_changed = power != seen;
        seen = power;
        if (is_changed) {
            metrics_.set(
                "consensus_round_voting_power_percent",
                static_cast<double>(power) / total,
                {{"vote_type", name_of(type)}}
            );
        }
        return is_changed;
    };
    const chain::Round round = current.machine.round;
    const VoteSet* const prevotes = current.votes.prevotes(round);
    if (tell(SignedMsgType::prevote, power_of(prevotes), seen_->prevoted) && prevotes) {
        note_prevote_delay(current, *prevotes);
    }
    tell(SignedMsgType::precommit, power_of(current.votes.precommits(round)), seen_->precommitted);
}

/// By the votes' own times: when those that voted before that make a quorum, and when all have.
void RoundMeter::note_prevote_delay(const HeightState& current, const VoteSet& votes) {
    const auto& validators = current.validators();
    if (!current.proposal ||
        !consensus::is_quorum(votes.voters_power(), validators.total_power())) {
        return;
    }
    std::vector<const Vote*> in_order;
    for (chain::ValidatorIndex index = 0; index < validators.size(); ++index) {
        if (const Vote* vote = votes.vote(index)) {
            in_order.push_back(vote);
        }
    }
    std::ranges::sort(in_order, {}, [](const Vote* vote) { return vote->timestamp; });
    const std::string proposer = to_hex_upper(validators.proposer().address());
    const auto tell = [&](std::string_view gauge, const Vote& vote) {
        const auto delay = chain::checked_sub(vote.timestamp, current.proposal->timestamp);
        metrics_.set(gauge, delay ? seconds(*delay) : 0, {{"proposer_address", proposer}});
    };
    chain::VotingPower power = 0;
    for (const Vote* vote : in_order) {
        power += validators[vote->validator_index].voting_power();
        if (consensus::is_quorum(power, validators.total_power())) {
            tell("consensus_quorum_prevote_delay", *vote);
            break;
        }
    }
    if (votes.voters_power() == validators.total_power()) {
        tell("consensus_full_prevote_delay", *in_order.back());
    }
}

}  // namespace steelyard::node
