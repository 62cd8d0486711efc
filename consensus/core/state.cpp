#include "consensus/core/state.h"

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
        .precommits = VoteSet(validators.size(), validators.total_power()),
    };
    for (chain::ValidatorIndex index = 0; index < validators.size(); ++index) {
        if (const auto vote = commit.vote(index)) {
            last.precommits.add(*vote, validators[index].voting_power());
        }
    }
    return last;
}

}  // namespace

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
        return Decided{certificate->block_id(), certificate->round()};
    }
    return votes.decided();
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
