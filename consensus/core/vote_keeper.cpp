#include "consensus/core/vote_keeper.h"

#include "consensus/core/quorum.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace steelyard::consensus {

VoteKeeper::VoteKeeper(std::size_t validators, chain::VotingPower total_power)
    : validators_(validators), total_power_(total_power) {
}

void VoteKeeper::enter(chain::Round round, std::span<const chain::Round> kept) {
    CHECK(round >= round_);
    round_ = round;
    kept_.assign(kept.begin(), kept.end());
    std::erase_if(rounds_, [&](const auto& entry) { return is_forgotten(entry.first); });
    forget_near_rounds_as_far();
}

bool VoteKeeper::wants(const chain::Vote& vote) const {
    if (vote.validator_index >= validators_ || !has_room(vote.round, vote.validator_index)) {
        return false;
    }
    const bool is_prevote = vote.type == chain::SignedMsgType::prevote;
    const VoteSet* const votes = is_prevote ? prevotes(vote.round) : precommits(vote.round);
    return votes == nullptr || votes->wants(vote);
}

VoteOutcome VoteKeeper::add(const chain::Vote& vote, chain::VotingPower power) {
    CHECK(vote.validator_index < validators_);
    if (!wants(vote)) {
        return {};
    }
    if (is_far(vote.round)) {
        note_far_round(vote.round, vote.validator_index, power);
    }
    RoundVotes& votes = rounds_.try_emplace(vote.round, validators_, total_power_).first->second;
    if (!votes.has_voter(vote.validator_index)) {
        votes.voters_power += power;
    }
    VoteOutcome outcome = votes.of(vote.type).add(vote, power);

    const bool is_decision =
        vote.type == chain::SignedMsgType::precommit && vote.block_id && outcome.quorum;
    if (is_decision && !decided_) {
        decided_ = Decided{*vote.block_id, vote.round};
        forget_near_rounds_as_far();
    }
    return outcome;
}

const VoteSet* VoteKeeper::prevotes(chain::Round round) const {
    const auto found = rounds_.find(round);
    return found == rounds_.end() ? nullptr : &found->second.prevotes;
}

const VoteSet* VoteKeeper::precommits(chain::Round round) const {
    const auto found = rounds_.find(round);
    return found == rounds_.end() ? nullptr : &found->second.precommits;
}

std::optional<chain::Round> VoteKeeper::skip_round() const {
    for (auto entry = rounds_.rbegin(); entry != rounds_.rend(); ++entry) {
        const auto& [round, votes] = *entry;
        if (round <= round_) {
            break;
        }
        if (has_honest_member(votes.voters_power, total_power_)) {
            return round;
        }
    }
    return std::nullopt;
}

std::vector<chain::Round> VoteKeeper::rounds_deciding(const chain::BlockId& id) const {
    std::vector<chain::Round> rounds;
    for (const auto& [round, votes] : rounds_) {
        if (votes.precommits.quorum() == VoteValue(id)) {
            rounds.push_back(round);
        }
    }
    return rounds;
}

std::size_t VoteKeeper::size() const {
    std::size_t size = 0;
    for (const auto& [round, votes] : rounds_) {
        size += votes.prevotes.size() + votes.precommits.size();
    }
    return size;
}

VoteSet& VoteKeeper::RoundVotes::of(chain::SignedMsgType type) {
    CHECK(type == chain::SignedMsgType::prevote || type == chain::SignedMsgType::precommit);
    return type == chain::SignedMsgType::prevote ? prevotes : precommits;
}

bool VoteKeeper::RoundVotes::has_voter(chain::ValidatorIndex validator) const {
    return prevotes.vote(validator) != nullptr || precommits.vote(validator) != nullptr;
}

/// The decision's round is not: its votes must never be taken back.
bool VoteKeeper::is_far(chain::Round round) const {
    return round > round_.next() && !(decided_ && decided_->round == round);
}

bool VoteKeeper::is_forgotten(chain::Round round) const {
    return round_.value() - round.value() > rounds_behind_max &&
           !(decided_ && decided_->round == round) &&
           std::ranges::find(kept_, round) == kept_.end();
}

/// Whether the limits on rounds let the validator vote in this one.
bool VoteKeeper::has_room(chain::Round round, chain::ValidatorIndex validator) const {
    if (is_forgotten(round) || round.value() - round_.value() > rounds_ahead_max) {
        return false;
    }
    const auto found = far_rounds_.find(validator);
    if (!is_far(round) || found == far_rounds_.end()) {
        return true;
    }
    const std::vector<chain::Round>& held = found->second;
    return held.size() < far_rounds_max || round >= held.front();
}

void VoteKeeper::note_far_round(
    chain::Round round, chain::ValidatorIndex validator, chain::VotingPower power
) {
    std::vector<chain::Round>& held = far_rounds_[validator];
    const auto place = std::ranges::lower_bound(held, round);
    if (place != held.end() && *place == round) {
        return;
    }
    held.insert(place, round);
    if (held.size() > far_rounds_max) {
        take_back(held.front(), validator, power);
        held.erase(held.begin());
    }
}

void VoteKeeper::take_back(
    chain::Round round, chain::ValidatorIndex validator, chain::VotingPower power
) {
    const auto found = rounds_.find(round);
    CHECK(found != rounds_.end() && found->second.has_voter(validator));
    RoundVotes& votes = found->second;
    votes.prevotes.remove(validator, power);
    votes.precommits.remove(validator, power);
    votes.voters_power -= power;
    if (votes.voters_power == 0) {
        rounds_.erase(found);
    }
}

void VoteKeeper::forget_near_rounds_as_far() {
    std::set<chain::Round> come_near;
    for (auto& [validator, held] : far_rounds_) {
        std::erase_if(held, [&](chain::Round round) {
            return !is_far(round) && (come_near.insert(round), true);
        });
    }
    for (const chain::Round round : come_near) {
        if (const auto found = rounds_.find(round); found != rounds_.end()) {
            std::ranges::copy(found->second.prevotes.all_votes(), std::back_inserter(near_));
            std::ranges::copy(found->second.precommits.all_votes(), std::back_inserter(near_));
        }
    }
    std::erase_if(far_rounds_, [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace steelyard::consensus
