#include "consensus/gossip/ripening.h"

namespace steelyard::gossip {

using chain::BitArray;
using chain::SignedMsgType;

void Ripening::update(
    const consensus::HeightState& current, std::optional<chain::ValidatorIndex> own, Time now
) {
    const chain::Round round = current.machine.round;
    const auto& last = current.last_commit;
    if (height_ != current.height) {
        parts_.clear();
    }
    if (height_ != current.height || round_ != round) {
        height_ = current.height;
        round_ = round;
        has_proposal_ = false;
        std::erase_if(votes_, [&](const auto& entry) {
            const Place& place = entry.first;
            const bool is_current = place.height == height_ && place.round == round_;
            const bool is_last = last && place.height == last->height &&
                                 place.round == last->round &&
                                 place.type == SignedMsgType::precommit;
            return !is_current && !is_last;
        });
    }
    watch({height_, round_, SignedMsgType::prevote}, current.votes.prevotes(round_), own, now);
    watch({height_, round_, SignedMsgType::precommit}, current.votes.precommits(round_), own, now);
    if (last) {
        const Place place{last->height, last->round, SignedMsgType::precommit};
        if (!votes_.contains(place)) {
            votes_[place].ripe = last->precommits.voters();  // of a commit that came as a whole
        }
        watch(place, &last->precommits, std::nullopt, now);
    }
    if (current.proposal && !has_proposal_) {
        has_proposal_ = true;
        proposal_since_ = now;
    }
    if (current.proposal) {
        watch(current, current.proposal->block_id.parts, now);
    }
}

void Ripening::watch(
    Place place, const consensus::VoteSet* votes, std::optional<chain::ValidatorIndex> own, Time now
) {
    if (!votes || votes->empty()) {
        return;
    }
    Votes& known = votes_[place];
    ripen(known, now);
    BitArray arrived = votes->voters() - (known.ripe | known.young | known.fresh);
    if (own && arrived.test(*own)) {
        arrived.set(*own, false);
        BitArray ours(arrived.size());
        ours.set(*own);
        known.ripe = known.ripe | ours;
    }
    if (arrived.none()) {
        return;
    }
    if (known.young.none()) {
        known.young = std::move(arrived);
        known.since = now;
    } else {
        known.fresh = known.fresh | arrived;
    }
}

void Ripening::watch(
    const consensus::HeightState& current, const chain::PartSetHeader& header, Time now
) {
    const chain::PartSet* const parts = current.candidates.find_parts(header);
    const std::size_t count = parts ? parts->present().count() : 0;
    Parts& known = parts_[header];
    if (known.count != count) {
        known = {count, now};
    }
}

void Ripening::ripen(Votes& votes, Time now) const {
    if (votes.young.none() || now < votes.since + delay_) {
        return;
    }
    votes.ripe = votes.ripe | votes.young;
    votes.young = std::exchange(votes.fresh, {});
    votes.since = now;
}

BitArray Ripening::ripe(
    chain::Height height, chain::Round round, const consensus::VoteSet& votes, Time now
) {
    const chain::Vote* const any = votes.empty() ? nullptr : &votes.all_votes().front();
    if (!any) {
        return {};
    }
    const auto found = votes_.find({height, round, any->type});
    if (found == votes_.end()) {
        return votes.voters();
    }
    ripen(found->second, now);
    return votes.voters() & found->second.ripe;
}

Ripening::Time Ripening::parts_ripe_at(const chain::PartSetHeader& header) const {
    const auto found = parts_.find(header);
    return found == parts_.end() ? Time(0) : found->second.since + delay_;
}

std::optional<Ripening::Time> Ripening::next() const {
    std::optional<Time> next;
    for (const auto& [place, votes] : votes_) {
        if (!votes.young.none()) {
            next = std::min(next.value_or(Time::max()), votes.since + delay_);
        }
    }
    return next;
}

}  // namespace steelyard::gossip
