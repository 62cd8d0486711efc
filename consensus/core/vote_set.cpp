#include "consensus/core/vote_set.h"

#include "consensus/core/block_rules.h"
#include "consensus/core/quorum.h"

#include <algorithm>

namespace steelyard::consensus {

VoteSet::VoteSet(std::size_t validators, chain::VotingPower total_power)
    : validators_(validators), total_power_(total_power) {
    CHECK(validators > 0 && validators <= chain::validators_max);
    CHECK(total_power > 0 && total_power <= chain::total_voting_power_max);
}

bool VoteSet::wants(const chain::Vote& vote) const {
    if (vote.validator_index >= validators_) {
        return false;
    }
    const auto held = places_of(vote.validator_index);
    if (find(held, vote.block_id) != nullptr) {
        return false;
    }
    if (held.size() < values_per_validator_max) {
        return true;
    }
    return held.size() < votes_per_validator_max &&
           has_honest_member(power_for(vote.block_id), total_power_);
}

VoteOutcome VoteSet::add(const chain::Vote& vote, chain::VotingPower power) {
    CHECK(vote.validator_index < validators_ && power > 0);
    if (!wants(vote)) {
        return {};
    }
    VoteOutcome outcome{.added = true};
    const auto held = places_of(vote.validator_index);
    if (held.empty()) {
        CHECK(power <= total_power_ - voters_power_);
        voters_power_ += power;
    } else if (held.size() == 1) {
        outcome.contradicts = votes_[held.front().position];
    }

    if (!votes_.empty()) {
        const chain::Vote& other = votes_.front();
        CHECK(vote.height == other.height && vote.round == other.round && vote.type == other.type);
    }
    const Place place{vote.validator_index, static_cast<std::uint32_t>(votes_.size())};
    places_.insert(places_.begin() + (held.data() + held.size() - places_.data()), place);
    votes_.push_back(vote);

    chain::VotingPower& tally = power_by_value_[vote.block_id];
    const bool had_quorum = is_quorum(tally, total_power_);
    tally += power;
    if (!had_quorum && is_quorum(tally, total_power_)) {
        outcome.quorum = vote.block_id;
        if (!quorum_ || !quorum_->has_value()) {
            quorum_ = vote.block_id;
        }
    }
    return outcome;
}

void VoteSet::remove(chain::ValidatorIndex index, chain::VotingPower power) {
    if (vote(index) == nullptr) {
        return;
    }
    voters_power_ -= power;
    for (auto held = places_of(index); !held.empty(); held = places_of(index)) {
        const std::uint32_t position = held.front().position;
        const auto tally = power_by_value_.find(votes_[position].block_id);
        tally->second -= power;
        if (tally->second == 0) {
            power_by_value_.erase(tally);
        }
        places_.erase(places_.begin() + (held.data() - places_.data()));
        erase_vote(position);
    }
    if (quorum_ && !has_quorum_for(*quorum_)) {
        quorum_.reset();
        for (const auto& [value, tally] : power_by_value_) {
            if (is_quorum(tally, total_power_)) {
                quorum_ = value;  // blocks come after nil
            }
        }
    }
}

chain::VotingPower VoteSet::power_for(const VoteValue& value) const {
    const auto found = power_by_value_.find(value);
    return found == power_by_value_.end() ? 0 : found->second;
}

bool VoteSet::has_quorum_of_any() const {
    return is_quorum(voters_power_, total_power_);
}

bool VoteSet::has_quorum_for(const VoteValue& value) const {
    return is_quorum(power_for(value), total_power_);
}

chain::BitArray VoteSet::voters() const {
    chain::BitArray voters(validators_);
    for (const Place& place : places_) {
        voters.set(place.validator);
    }
    return voters;
}

const chain::Vote* VoteSet::vote(chain::ValidatorIndex index) const {
    const auto held = places_of(index);
    return held.empty() ? nullptr : &votes_[held.front().position];
}

std::vector<chain::Vote> VoteSet::votes_for(const VoteValue& value) const {
    std::vector<chain::Vote> votes;
    for (const Place& place : places_) {
        if (votes_[place.position].block_id == value) {
            votes.push_back(votes_[place.position]);
        }
    }
    return votes;
}

std::vector<chain::Vote> VoteSet::all() const {
    std::vector<chain::Vote> votes;
    votes.reserve(votes_.size());
    for (const Place& place : places_) {
        votes.push_back(votes_[place.position]);
    }
    return votes;
}

chain::Commit VoteSet::make_commit(std::optional<chain::Timestamp> after) const {
    CHECK(quorum_ && quorum_->has_value());
    std::vector<chain::CommitSig> signatures;
    signatures.reserve(validators_);
    for (chain::ValidatorIndex i = 0; i < validators_; ++i) {
        const auto held = places_of(i);
        const chain::Vote* const for_block = find(held, *quorum_);
        const chain::Vote* const vote = for_block != nullptr ? for_block : find(held, VoteValue{});
        if (vote == nullptr || (after && !is_next_block_time(vote->timestamp, *after))) {
            signatures.emplace_back();
            continue;
        }
        const auto flag = vote == for_block ? chain::BlockIdFlag::commit : chain::BlockIdFlag::nil;
        signatures.emplace_back(flag, vote->validator_address, vote->timestamp, vote->signature);
    }
    const chain::Vote& any = votes_.front();
    CHECK(any.type == chain::SignedMsgType::precommit);
    auto commit = chain::Commit::make(any.height, any.round, **quorum_, std::move(signatures));
    CHECK(commit);
    return *std::move(commit);
}

std::span<const VoteSet::Place> VoteSet::places_of(chain::ValidatorIndex validator) const {
    return std::ranges::equal_range(places_, validator, {}, &Place::validator);
}

const chain::Vote* VoteSet::find(std::span<const Place> places, const VoteValue& value) const {
    for (const Place& place : places) {
        if (votes_[place.position].block_id == value) {
            return &votes_[place.position];
        }
    }
    return nullptr;
}

/// Fills the gap with the last vote.
void VoteSet::erase_vote(std::uint32_t position) {
    const auto last = static_cast<std::uint32_t>(votes_.size() - 1);
    if (position != last) {
        const auto held = places_of(votes_[last].validator_index);
        const auto place = std::ranges::find(held, last, &Place::position);
        places_[static_cast<std::size_t>(&*place - places_.data())].position = position;
        votes_[position] = std::move(votes_[last]);
    }
    votes_.pop_back();
}

}  // namespace steelyard::consensus
