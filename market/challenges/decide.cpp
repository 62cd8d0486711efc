// Which commits are challenged, and when.
#include "base/check.h"
#include "base/endian.h"
#include "crypto/sha256.h"
#include "ledger/params/params.h"
#include "market/challenges/challenges.h"
#include "market/jobs/access.h"
#include "market/parties/providers.h"
#include "market/parties/reputation.h"
#include "market/records/instrument.h"

#include <set>

namespace steelyard::market {
namespace {

constexpr std::uint8_t seed_domain = 0x08;
constexpr Q32 safe_reputation = q32_one / 2;

beacon::Value beacon_now(const Context& context) {
    const auto latest = beacon::latest(context.state);
    CHECK(latest && latest->height == context.block.height);
    return latest->value;
}

/// K2, but for the draw.
Outcome<bool> is_always_challenged(const Context& context, const Held& held) {
    if (held.job.commit->fault) {
        return true;
    }
    const AccountNumber account = held.job.match->provider;
    TRY_ASSIGN(const auto provider, get_provider(context.state, account));
    CHECK(provider.has_value());
    if (provider->settled < context.params.market.probation_jobs) {
        return true;
    }
    TRY_ASSIGN(
        const Reputation reputation,
        reputation_of(
            context.state,
            account,
            held.order.book.class_id,
            context.block.height,
            context.params.market.nominal_block_ms
        )
    );
    return reputation.r < safe_reputation;
}

Outcome<void> decide_on(Context& context, const Waiter& waiter) {
    TRY_ASSIGN(Held held, market::held(context.state, waiter.job));
    CHECK(held.job.state == JobState::committed && held.job.match && held.job.commit);
    TRY(end_waiting(context.state, WaitingFor::seed, waiter));
    held.job.is_decided = true;
    const Hash256 seed = challenge_seed(context.block.chain_id, beacon_now(context), waiter.job);
    TRY_ASSIGN(const bool is_always, is_always_challenged(context, held));
    if (!is_always && !is_chosen(seed, held.job.match->terms.challenge_bps)) {
        return put_job(context.state, waiter.job, held.job);
    }
    held.job.challenge = Challenge{.decided = context.block.height};
    TRY(set_deadline(context, held, std::nullopt));
    TRY(begin_waiting(
        context.state, WaitingFor::issue, {.since = context.block.height, .job = waiter.job}
    ));
    TRY(put_job(context.state, waiter.job, held.job));
    TRY(count(context, held.order, [](ClassCounters& counters) { grow(counters.challenged); }));
    return tell(context, "selected", held);
}

/// Whether the blocks that K1 asks for have gone by.
Outcome<bool> is_ripe(const Context& context, const Waiter& waiter, Height ripe) {
    TRY_ASSIGN(const Held held, market::held(context.state, waiter.job));
    const Terms& terms = held.job.match->terms;
    const std::int64_t committed = waiter.since.value();
    return context.block.height.value() >= committed + std::int64_t{terms.challenge_delay} &&
           ripe.value() > committed + std::int64_t{terms.retract_blocks};
}

}  // namespace

Hash256 challenge_seed(
    const chain::ChainId& chain_id, const beacon::Value& value, const JobId& id
) {
    const std::string& name = chain_id.text();
    Bytes bytes;
    bytes.push_back(seed_domain);
    bytes.push_back(static_cast<std::uint8_t>(name.size()));
    append(bytes, as_bytes(name));
    append(bytes, value);
    append_be(bytes, static_cast<std::uint64_t>(id.order));
    append_be(bytes, id.task);
    return crypto::sha256(bytes);
}

bool is_chosen(const Hash256& seed, std::uint32_t challenge_bps) {
    constexpr std::uint32_t bps = 10'000;
    CHECK(challenge_bps <= bps);
    const auto draw = load_be<std::uint64_t>(seed.data());
    return Uint128{draw} < (Uint128{challenge_bps} << 64) / bps;
}

Outcome<void> note_proposer(Context& context, const ProposerRow& proposer) {
    StateView& state = context.state;
    const Height now = context.block.height;
    TRY_ASSIGN(const auto oldest, oldest_proposer(state));
    bool is_awaited = false;
    TRY(walk_waiting(state, WaitingFor::seed, [&](const Waiter&) -> Outcome<bool> {
        is_awaited = true;
        return false;
    }));
    if (oldest && (!is_awaited || now.value() - oldest->value() >= proposers_kept)) {
        TRY(erase_proposer(state, *oldest));
    }
    return is_awaited ? put_proposer(state, now, proposer) : Outcome<void>();
}

Outcome<Height> ripe_from(const Context& context) {
    const Height now = context.block.height;
    TRY_ASSIGN(const auto latest, get_proposer(context.state, now));
    if (!latest) {
        return Height();
    }
    std::set<ledger::ValidatorNumber> counted;
    Uint128 power = 0;
    for (std::int64_t back = 0; back < proposers_kept && back < now.value(); ++back) {
        const Height height(now.value() - back);
        TRY_ASSIGN(const auto row, get_proposer(context.state, height));
        if (!row) {
            break;
        }
        if (counted.insert(row->validator).second) {
            power += row->power;
        }
        if (3 * power > latest->total_power) {
            return height;
        }
    }
    return Height();
}

Outcome<void> decide(Context& context) {
    TRY_ASSIGN(const Height ripe, ripe_from(context));
    std::vector<Waiter> ready;
    std::size_t looked_at = 0;
    TRY(walk_waiting(context.state, WaitingFor::seed, [&](const Waiter& waiter) -> Outcome<bool> {
        if (waiter.since >= ripe || looked_at == decisions_max) {
            return false;
        }
        ++looked_at;
        TRY_ASSIGN(const bool is_ready, is_ripe(context, waiter, ripe));
        if (is_ready) {
            ready.push_back(waiter);
        }
        return true;
    }));
    for (const Waiter& waiter : ready) {
        TRY(decide_on(context, waiter));
    }
    return {};
}

}  // namespace steelyard::market
