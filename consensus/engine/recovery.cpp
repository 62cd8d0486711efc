#include "consensus/engine/recovery.h"

namespace steelyard::engine {
namespace {

using namespace consensus;

/// Peers ask again for what they have not heard; the log has the rest already.
bool is_done(const Effect& effect) {
    return std::holds_alternative<AppendInput>(effect) || std::holds_alternative<SyncLog>(effect) ||
           std::holds_alternative<Publish>(effect) || std::holds_alternative<Send>(effect) ||
           std::holds_alternative<ReportPeer>(effect);
}

// Whether an event of the log makes an effect's execution unnecessary.

bool answers(const TimeoutElapsed& elapsed, const Effect& effect) {
    const auto* asked = std::get_if<ScheduleTimeout>(&effect);
    return asked && asked->timeout == elapsed.timeout;
}

bool answers(const BlockBuilt& built, const Effect& effect) {
    const auto* asked = std::get_if<BuildBlock>(&effect);
    return asked && asked->round == built.round;
}

bool answers(const BlockChecked& checked, const Effect& effect) {
    const auto* asked = std::get_if<CheckBlock>(&effect);
    return asked && asked->block_id == checked.block_id;
}

bool answers(const VoteSigned& answer, const Effect& effect) {
    const auto* asked = std::get_if<SignVote>(&effect);
    return asked && asked->vote.type == answer.vote.type && asked->vote.round == answer.vote.round;
}

bool answers(const ProposalSigned& answer, const Effect& effect) {
    const auto* asked = std::get_if<SignProposal>(&effect);
    return asked && asked->proposal.round == answer.proposal.round;
}

bool answers(const Received&, const Effect&) {
    return false;
}

bool answers(const StartHeight&, const Effect&) {
    return false;
}

}  // namespace

Result<void> apply_stored_block(
    BlockExecutor& executor, const storage::BlockStore& blocks, Observer* observer
) {
    const chain::Height applied = executor.state().last_height;
    const storage::BlockRange range = blocks.range();
    if (range.empty() ? applied > chain::Height() : range.tip < applied) {
        return fail(
            ErrorCode::corrupt,
            "the state is at height {}, the block store only at {}: restore a backup of both, or "
            "sync again from empty (steelyardd reset)",
            applied,
            range.empty() ? chain::Height() : range.tip
        );
    }
    if (range.empty() || range.tip == applied) {
        return {};
    }
    if (range.tip != executor.state().next_height()) {
        return fail(
            ErrorCode::corrupt,
            "the block store is at height {}, the state only at {}",
            range.tip,
            applied
        );
    }
    TRY_ASSIGN(const auto block, blocks.load_block(range.tip));
    TRY_ASSIGN(const auto meta, blocks.load_meta(range.tip));
    TRY_ASSIGN(const auto commit, blocks.load_seen_commit(range.tip));
    TRY_ASSIGN(const auto results, executor.apply(meta.block_id, block));
    if (observer) {
        observer->on_committed(block, commit, results);
    }
    return {};
}

void Pending::add(Effects effects) {
    for (Effect& effect : effects) {
        if (!is_done(effect)) {
            effects_.push_back(std::move(effect));
        }
    }
}

void Pending::settle(const Event& event) {
    std::visit(
        [&](const auto& typed) {
            std::erase_if(effects_, [&](const Effect& effect) { return answers(typed, effect); });
        },
        event
    );
}

}  // namespace steelyard::engine
