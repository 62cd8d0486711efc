// Proofs, judged by every validator.
#include "base/check.h"
#include "ledger/params/params.h"
#include "ledger/state/unmetered.h"
#include "market/challenges/challenges.h"
#include "market/challenges/claim.h"
#include "market/records/kinds.h"

namespace steelyard::market {
namespace {

using ledger::refuse;

/// Transaction gas for one of verification (E1).
constexpr std::uint64_t gas_of_verification = 3;

/// For what a verdict leads to, settled or slashed with all payers that a provider can have. It is
/// paid before a proof is looked at: one that then ran out of gas would have been judged for
/// nothing, as often as its sender liked.
constexpr std::uint64_t gas_of_verdict = 150'000;

Outcome<void> check_attempts(const Context& context, const Held& held) {
    const Challenge& challenge = *held.job.challenge;
    if (challenge.attempts >= proof_attempts_max ||
        challenge.last_attempt == context.block.height) {
        return refuse(
            kinds::too_many_attempts,
            "{} had {}, the last at height {}",
            to_string(held.id),
            challenge.attempts,
            challenge.last_attempt
        );
    }
    return {};
}

/// K4: what the block has left for proofs, less this one at its worst.
Outcome<void> take_room(Context& context, const Challenge& challenge, std::size_t proof_size) {
    const ledger::MarketParams& params = context.params.market;
    if (proof_size > challenge.bytes) {
        return refuse(
            kinds::bad_commit,
            "the proof has {} bytes, one of this challenge has at most {}",
            proof_size,
            challenge.bytes
        );
    }
    TRY_ASSIGN(BlockUse use, get_block_use(context.state));
    if (use.height != context.block.height) {
        use = {.height = context.block.height};
    }
    const bool is_first = use.bytes == 0 && use.gas == 0;
    use.bytes = clipped_add(use.bytes, challenge.bytes);
    use.gas = clipped_add(use.gas, challenge.gas);
    const bool is_over =
        use.bytes > params.block_proof_bytes_max || use.gas > params.block_proof_gas_max;
    if (is_over && !is_first) {
        return refuse(
            kinds::block_is_full,
            "{} bytes and {} gas, there may be {} and {}",
            use.bytes,
            use.gas,
            params.block_proof_bytes_max,
            params.block_proof_gas_max
        );
    }
    return put_block_use(context.state, use);
}

/// E5: what K4 took, whatever the proof needed of it.
Outcome<void> refund_gas(Context& context, Held& held, AccountNumber signer, std::size_t bytes) {
    const std::uint64_t gas = held.job.challenge->gas;
    const Money worth = proof_price(context.params, bytes, gas).value_or(money_max);
    const Money refund = std::min(worth, held.job.proof_escrow);
    held.job.proof_escrow -= refund;
    return pay(context, signer, refund);
}

/// K5: the challenge is over; J6.
Outcome<void> accept(Context& context, Held held, AccountNumber signer, std::size_t bytes) {
    TRY(refund_gas(context, held, signer, bytes));
    held.job.state = JobState::proved;
    TRY(set_deadline(context, held, std::nullopt));
    TRY(count(context, held.order, [](ClassCounters& counters) { grow(counters.proved); }));
    TRY(tell(context, "proved", held));
    if (held.job.settle_due.is_over(context.block)) {
        return settle_job(context, held.id, std::move(held.job));
    }
    TRY(set_deadline(
        context, held, Deadline{.kind = DeadlineKind::settle, .due = held.job.settle_due}
    ));
    return put_job(context.state, held.id, held.job);
}

Outcome<void> reject(Context& context, Held& held) {
    TRY(put_job(context.state, held.id, held.job));
    TRY(count(context, held.order, [](ClassCounters& counters) { grow(counters.malformed); }));
    return tell(context, "malformed", held);
}

}  // namespace

Outcome<Judgement> spot_check(
    Context& context, AccountNumber signer, const JobId& id, ByteView proof
) {
    TRY_ASSIGN(const ProofVerifier* verifier, verifier_of(context));
    TRY_ASSIGN(Held held, held_by(context, signer, id, JobState::challenged));
    TRY(check_attempts(context, held));
    TRY_ASSIGN(const Claimed claimed, claim_of(context.state, held));
    Challenge& challenge = *held.job.challenge;
    if (ledger::GasMeter* meter = context.state.meter(); meter != nullptr) {
        TRY(meter->use(gas_of_verification * challenge.gas + gas_of_verdict, "proof"));
    }
    TRY(take_room(context, challenge, proof.size()));
    const ledger::Unmetered unmetered(context.state);
    ++challenge.attempts;
    challenge.last_attempt = context.block.height;
    const std::uint64_t reading = reading_gas(context.state, held.order);
    const Judgement judgement = verifier->judge(
        program_of(context.state, held.order),
        claimed.claim(),
        challenge.seed,
        {.probes = challenge.probes,
         .bytes = challenge.bytes,
         .gas = challenge.gas - std::min(challenge.gas, reading)},
        proof
    );
    switch (judgement.verdict) {
        case ProofVerdict::right:
            TRY(accept(context, std::move(held), signer, proof.size()));
            break;
        case ProofVerdict::wrong:
            TRY(slash_job(context, id, std::move(held.job), Reason::fraud));
            break;
        case ProofVerdict::malformed:
            TRY(reject(context, held));
            break;
    }
    return judgement;
}

}  // namespace steelyard::market
