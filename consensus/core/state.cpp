#include "consensus/core/state.h"

#include "consensus/core/block_rules.h"
#include "consensus/core/quorum.h"

namespace steelyard::consensus {

// Whatever round the votes take us to, the rotation can tell its proposer.
static_assert(VoteKeeper::rounds_ahead_max <= ProposerRotation::rounds_ahead_max);

namespace {

/// Our own commit, verified when the height was decided, as the votes that it was made of.
LastCommit restore_last_commit(const StartHeight& start) {
    const chain::ValidatorSet& validators = *start.last_validators;
    const chain::Commit& commit = *start.last_commit;
    CHECK(commit.signatures().size() == validators.size());
    LastCommit last{
        .validators = validators,
        .height = commit.height(),
        .round = commit.round(),
        .block_time = start.last_block_time,
        .precommits = VoteSet(validators.size(), validators.total_power()),
    };
    for (chain::ValidatorIndex index = 0; index < validators.size(); ++index) {
        if (const auto vote = commit.vote(index)) {
            last.precommits.add(*vote, validators[index].voting_power());
        }
    }
    return last;
}

/// Whether the timely votes for a block are a quorum.
bool has_timely_quorum(
    const VoteSet& votes,
    const VoteValue& value,
    chain::Timestamp block_time,
    const chain::ValidatorSet& validators
) {
    chain::VotingPower power = 0;
    for (const chain::Vote& vote : votes.votes_for(value)) {
        if (is_next_block_time(vote.timestamp, block_time)) {
            power += validators[vote.validator_index].voting_power();
        }
    }
    return is_quorum(power, validators.total_power());
}

/// Of votes that were verified when they were counted.
chain::Timestamp median_time(const chain::Commit& commit, const chain::ValidatorSet& validators) {
    const auto verified = chain::verify_commit(
        {chain::ChainId(), commit.height(), commit.block_id()},
        validators,
        commit,
        [](std::span<const chain::SignatureCheck>) { return std::nullopt; }
    );
    CHECK(verified.has_value());
    return verified->median_time();
}

}  // namespace

chain::Commit LastCommit::make_commit() const {
    const auto& value = precommits.quorum();
    CHECK(value);
    return has_timely_quorum(precommits, *value, block_time, validators)
               ? precommits.make_commit(block_time)
               : precommits.make_commit();
}

HeightState::HeightState(const StartHeight& start)
    : height(start.height),
      rotation(start.validators),
      votes(start.validators.size(), start.validators.total_power()),
      candidates(start.height, start.block_size_max) {
    CHECK(start.last_commit.has_value() == start.last_validators.has_value());
    if (start.last_commit) {
        last_commit = restore_last_commit(start);
    }
}

std::optional<Decided> HeightState::decided() const {
    if (certificate) {
        const chain::Commit& commit = certificate->commit();
        return Decided{commit.block_id(), commit.round()};
    }
    return votes.decided();
}

std::optional<chain::Commit> HeightState::make_commit(const Decided& decided) const {
    const Candidate* candidate = candidates.find(decided.block_id);
    if (!candidate || !candidate->block) {
        return std::nullopt;
    }
    if (certificate && may_decide(*certificate)) {
        return certificate->commit();
    }
    const chain::Timestamp block_time = candidate->block->header.time;
    for (const chain::Round round : votes.rounds_deciding(decided.block_id)) {
        const VoteSet& precommits = *votes.precommits(round);
        if (has_timely_quorum(precommits, decided.block_id, block_time, validators())) {
            return precommits.make_commit(block_time);
        }
    }
    for (const chain::Round round : votes.rounds_deciding(decided.block_id)) {
        chain::Commit commit = votes.precommits(round)->make_commit();
        if (is_next_block_time(median_time(commit, validators()), block_time)) {
            return commit;
        }
    }
    return std::nullopt;
}

bool HeightState::may_decide(const chain::VerifiedCommit& commit) const {
    const Candidate* candidate = candidates.find(commit.commit().block_id());
    return !candidate || !candidate->block ||
           is_next_block_time(commit.median_time(), candidate->block->header.time);
}

std::optional<chain::BlockId> HeightState::polka() const {
    const VoteSet* prevotes = votes.prevotes(machine.round);
    return prevotes && prevotes->quorum() ? *prevotes->quorum() : std::nullopt;
}

PeerStatus status_of(const HeightState& current) {
    const chain::Round round = current.machine.round;
    PeerStatus status{
        .height = current.height,
        .round = round,
        .step = current.machine.step,
        .has_proposal = current.proposal.has_value(),
    };
    if (const VoteSet* prevotes = current.votes.prevotes(round)) {
        status.prevotes = prevotes->voters();
    }
    if (const VoteSet* precommits = current.votes.precommits(round)) {
        status.precommits = precommits->voters();
    }
    const auto decided = current.decided();
    if (decided) {
        status.block_id = decided->block_id;
    } else if (const auto polka = current.polka()) {
        status.block_id = polka;
    } else if (current.proposal) {
        status.block_id = current.proposal->block_id;
    }
    if (status.block_id) {
        if (const Candidate* candidate = current.candidates.find(*status.block_id)) {
            status.parts = candidate->parts.present();
        }
    }
    return status;
}

}  // namespace steelyard::consensus
