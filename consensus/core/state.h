// State: everything that consensus knows. A value: it can be copied, compared and replayed.
#pragma once

#include "chain/commit_verifier.h"
#include "consensus/core/candidates.h"
#include "consensus/core/deferred.h"
#include "consensus/core/proposer_rotation.h"
#include "consensus/core/round_machine.h"
#include "consensus/core/vote_keeper.h"

namespace steelyard::consensus {

/// What does not change while a node runs.
struct Config {
    chain::ChainId chain_id{};
    std::optional<chain::Address> address{};  ///< ours, if we may validate
    TimeoutConfig timeouts{};

    /// Begin the next height at once when every validator's precommit is there (CometBFT's
    /// skip_timeout_commit).
    bool skip_commit_wait = false;

    /// A pure function. It may look up verdicts that other threads prepared.
    chain::SignatureVerifier verify = chain::verify_one_by_one;
};

/// The commit of the height before, to which late precommits are added until the next proposal.
struct LastCommit {
    chain::ValidatorSet validators;
    chain::Height height{};
    chain::Round round{};
    chain::Timestamp block_time{};
    VoteSet precommits;

    /// For the next block's last_commit: without untimely votes, if there are enough others.
    chain::Commit make_commit() const;
};

/// One height.
struct HeightState {
    explicit HeightState(const StartHeight& start);

    const chain::ValidatorSet& validators() const { return rotation.validators(); }

    chain::Height height;
    ProposerRotation rotation;
    RoundState machine{};
    VoteKeeper votes;
    Candidates candidates;
    std::optional<LastCommit> last_commit{};

    std::optional<chain::Proposal> proposal{};  ///< of the current round

    /// A verified commit that came as a whole. Decides once it is known to date the next block.
    std::optional<chain::VerifiedCommit> certificate{};

    /// Whom we have asked for help at this height, since they are further.
    std::vector<PeerId> asked{};

    /// The block that is to be decided: of a quorum of precommits, or of the certificate. It may
    /// still be on its way.
    std::optional<Decided> decided() const;

    /// What decides a block: the certificate, if its median is a time that the next block may have,
    /// or a quorum of timely precommits in whichever round. Nothing while some of each quorum are
    /// untimely, and before the block is here as a whole. A vote is timely if the next block may
    /// have its time, as it may that of every honest one (N8). Untimely ones may be among them if
    /// the median of all is timely, as in a certificate: so a peer's votes decide what it decided.
    std::optional<chain::Commit> make_commit(const Decided& decided) const;

    /// Whether the median of a commit for this block is a time that the next block may have. Also
    /// true while the block is not here as a whole.
    bool may_decide(const chain::VerifiedCommit& commit) const;

    /// The block with a polka in the current round. It may still be on its way.
    std::optional<chain::BlockId> polka() const;
};

/// A peer that spoke of a later height, last of all: perhaps it lies.
struct Ahead {
    PeerId peer = self;
    chain::Height height{};
};

struct State {
    /// A node that looks on until the first StartHeight.
    explicit State(Config its_config) : config(std::move(its_config)) {}

    Config config;
    std::optional<HeightState> current{};
    Deferred deferred{};
    std::optional<Ahead> ahead{};
    bool halted = false;  ///< after Halt: nothing is handled any more
};

/// Where this node stands, as it tells its peers. Needs a current height.
PeerStatus status_of(const HeightState& current);

}  // namespace steelyard::consensus
