// Challenges are issued as fast as blocks can take their proofs.
#include "base/check.h"
#include "ledger/params/params.h"
#include "market/challenges/challenges.h"
#include "market/challenges/claim.h"
#include "market/records/instrument.h"

namespace steelyard::market {
namespace {

/// What a block has left for challenges. The first always has room: limits may be smaller now than
/// when its program was admitted.
class Room {
public:
    explicit Room(const ledger::Params& params)
        : bytes_(params.market.issue_bytes_max),
          gas_(params.market.issue_gas_max),
          byte_cost_(params.auth.tx_size_cost_per_byte) {
        // Blocks take proofs twice as fast as they are called for (K4), whatever limits them.
        if (params.block.max_gas >= 0) {
            tx_gas_ = static_cast<std::uint64_t>(params.block.max_gas) / 2;
        }
    }

    bool takes(const ChallengeSize& size) const {
        return is_untouched_ ||
               (size.bytes <= bytes_ && size.gas <= gas_ && tx_gas(size) <= tx_gas_);
    }

    void take(const ChallengeSize& size) {
        bytes_ -= std::min(bytes_, size.bytes);
        gas_ -= std::min(gas_, size.gas);
        tx_gas_ -= std::min(tx_gas_, tx_gas(size));
        is_untouched_ = false;
    }

private:
    std::uint64_t tx_gas(const ChallengeSize& size) const {
        return ledger::proof_tx_gas(byte_cost_, size.bytes, size.gas);
    }

    std::uint64_t bytes_;
    std::uint64_t gas_;
    std::uint64_t byte_cost_;
    std::uint64_t tx_gas_ = std::numeric_limits<std::uint64_t>::max();
    bool is_untouched_ = true;
};

Outcome<void> issue_to(
    Context& context, Held& held, const Hash256& seed, const ChallengeSize& size
) {
    TRY(end_waiting(
        context.state, WaitingFor::issue, {.since = held.job.challenge->decided, .job = held.id}
    ));
    held.job.state = JobState::challenged;
    Challenge& challenge = *held.job.challenge;
    challenge.issued = context.block.height;
    challenge.seed = seed;
    challenge.probes = size.probes;
    challenge.bytes = size.bytes;
    challenge.gas = size.gas;
    const Terms& terms = held.job.match->terms;
    TRY(set_deadline(
        context,
        held,
        Deadline{
            .kind = DeadlineKind::respond,
            .due = due_after(context.block, terms.respond_blocks, terms.nominal_block_ms),
        }
    ));
    TRY(put_job(context.state, held.id, held.job));
    return tell(context, "challenged", held);
}

Outcome<std::vector<Waiter>> first_waiters(const StateView& state) {
    std::vector<Waiter> waiters;
    TRY(walk_waiting(state, WaitingFor::issue, [&](const Waiter& waiter) -> Outcome<bool> {
        waiters.push_back(waiter);
        return waiters.size() < issues_max;
    }));
    return waiters;
}

}  // namespace

Outcome<void> issue(Context& context) {
    TRY_ASSIGN(const auto waiters, first_waiters(context.state));
    if (waiters.empty()) {
        return {};
    }
    CHECK(context.verifier != nullptr);
    Room room(context.params);
    TRY_ASSIGN(const beacon::Latest latest, beacon::latest(context.state));
    for (const Waiter& waiter : waiters) {
        TRY_ASSIGN(Held held, market::held(context.state, waiter.job));
        TRY_ASSIGN(const Claimed claimed, claim_of(context.state, held));
        const Hash256 seed = challenge_seed(context.block.chain_id, latest.value, waiter.job);
        const Terms& terms = held.job.match->terms;
        ChallengeSize size = context.verifier->size_of(
            program_of(context.state, held.order),
            claimed.claim(),
            seed,
            {.probes = terms.probes, .bytes = terms.proof_bytes_max, .gas = terms.proof_gas_max}
        );
        size.gas += reading_gas(context.state, held.order);
        if (!room.takes(size)) {
            return {};
        }
        room.take(size);
        TRY(issue_to(context, held, seed, size));
    }
    return {};
}

}  // namespace steelyard::market
