// Effects: what a step of consensus asks its host to do, in the order in which it must be done.
#pragma once

#include "base/result.h"
#include "consensus/core/input.h"

#include <memory>
#include <vector>

namespace steelyard::consensus {

/// Append an input to the write-ahead log: the step's own, or a message that came earlier and is of
/// use since this step. Inputs without this effect changed nothing that must survive a restart.
struct AppendInput {
    std::optional<Received> deferred{};

    bool operator==(const AppendInput&) const = default;
};

/// The barrier: everything that was appended must be durable before the next effect. What follows
/// is a message of our own, which a restart must not contradict.
struct SyncLog {
    bool operator==(const SyncLog&) const = default;
};

/// Tell every peer.
struct Publish {
    Message message;

    bool operator==(const Publish&) const = default;
};

/// Tell one peer.
struct Send {
    PeerId to = self;
    Message message;

    bool operator==(const Send&) const = default;
};

/// Answer with TimeoutElapsed after a while. A height has at most one timeout of a kind that
/// matters, the latest: an earlier one may be cancelled.
struct ScheduleTimeout {
    Timeout timeout{};
    std::chrono::nanoseconds after{};

    bool operator==(const ScheduleTimeout&) const = default;
};

/// Forget all timeouts of this height and of those before it.
struct CancelTimeouts {
    chain::Height height{};

    bool operator==(const CancelTimeouts&) const = default;
};

/// We are the proposer: answer with BlockBuilt, soon, or not at all: then others wait in vain for
/// the round's proposal.
struct BuildBlock {
    chain::Height height{};
    chain::Round round{};
    std::optional<chain::Commit> last_commit{};  ///< absent at the chain's first height

    bool operator==(const BuildBlock&) const = default;
};

/// Is this block valid after the chain's last one? Answer with BlockChecked. Owned together with
/// the state, which may drop it first.
struct CheckBlock {
    chain::BlockId block_id{};
    std::shared_ptr<const chain::Block> block;

    bool operator==(const CheckBlock&) const = default;
};

/// Sign, and answer with VoteSigned or ProposalSigned. The signature field is empty.
struct SignVote {
    chain::Vote vote{};

    bool operator==(const SignVote&) const = default;
};

struct SignProposal {
    chain::Proposal proposal{};

    bool operator==(const SignProposal&) const = default;
};

/// The height is decided: store the block with the commit, apply it, and answer with StartHeight.
struct Decide {
    std::shared_ptr<const chain::Block> block;  ///< owned as in CheckBlock
    chain::PartSet parts;
    chain::Commit commit;

    bool operator==(const Decide&) const = default;
};

/// A validator voted twice where it had one vote: two signed votes, verified.
struct ReportConflict {
    chain::Vote first{};
    chain::Vote second{};

    bool operator==(const ReportConflict&) const = default;
};

/// A peer sent what no correct node sends.
struct ReportPeer {
    PeerId peer = self;
    Error error;

    bool operator==(const ReportPeer&) const = default;
};

/// More than a third of the power is Byzantine, or our software wrong: go no further.
struct Halt {
    Error error;

    bool operator==(const Halt&) const = default;
};

using Effect = std::variant<
    AppendInput,
    SyncLog,
    Publish,
    Send,
    ScheduleTimeout,
    CancelTimeouts,
    BuildBlock,
    CheckBlock,
    SignVote,
    SignProposal,
    Decide,
    ReportConflict,
    ReportPeer,
    Halt>;

using Effects = std::vector<Effect>;

}  // namespace steelyard::consensus
