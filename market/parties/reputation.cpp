#include "market/parties/reputation.h"

#include "base/check.h"
#include "ledger/params/params.h"
#include "market/records/party.h"

#include <array>

namespace steelyard::market {
namespace {

/// floor(2^(32 - i / 30)): what is left of one after i days.
constexpr std::array<Q32, 30> day_factors = {
    0x100000000, 0xfa2727db, 0xf4707fd5, 0xeedb4008, 0xe966a51f, 0xe411f03a, 0xdedc66d6, 0xd9c552b4,
    0xd4cc01bb,  0xcfefc5e6, 0xcb2ff529, 0xc68be95b, 0xc203001d, 0xbd949ac6, 0xb9401e4d, 0xb504f333,
    0xb0e28570,  0xacd8445c, 0xa8e5a29d, 0xa50a1615, 0xa14517cc, 0x9d9623df, 0x99fcb971, 0x96785a92,
    0x93088c35,  0x8facd61e, 0x8c64c2cc, 0x892fdf71, 0x860dbbdb, 0x82fdea6a,
};

/// Halves of it are left of less than nothing.
constexpr std::uint64_t days_max = 30 * 64;

std::uint64_t day_of(Height height, std::uint32_t nominal_block_ms) {
    constexpr std::int64_t day_ms = 86'400'000;
    CHECK(nominal_block_ms > 0);
    const std::int64_t blocks = std::max<std::int64_t>(day_ms / nominal_block_ms, 1);
    return static_cast<std::uint64_t>(height.value() / blocks);
}

/// None where days are counted in more blocks than they were: a day of before comes again.
std::uint64_t days_between(std::uint64_t from, std::uint64_t to) {
    return to > from ? to - from : 0;
}

/// Whose standing is about to change: it is decayed to this day, row by row.
struct Owner {
    AccountNumber provider{};
    ClassId class_id{};
};

Outcome<Standing> standing_of_today(Context& context, const Owner& owner) {
    StateView& state = context.state;
    const std::uint64_t today =
        day_of(context.block.height, context.params.market.nominal_block_ms);
    TRY_ASSIGN(Standing standing, get_standing(state, owner.provider, owner.class_id));
    const std::uint64_t days = days_between(standing.day, today);
    standing.day = today;
    if (days == 0 || standing == Standing{.day = today}) {
        return standing;
    }
    standing.f = decayed(standing.f, days);
    standing.s = 0;
    standing.payers = 0;
    TRY_ASSIGN(const auto payers, payers_of(state, owner.provider, owner.class_id));
    for (Payer payer : payers) {
        payer.value = decayed(payer.value, days);
        TRY(put_payer(state, owner.provider, owner.class_id, payer));
        standing.s += payer.value;
        standing.payers += payer.value > 0 ? 1 : 0;
    }
    return standing;
}

/// Makes room for a payer of this value, at the cost of the least: whether there is room.
Outcome<bool> make_room(
    StateView& state, const Owner& owner, const Payer& next, Standing& standing
) {
    if (standing.payers < payers_max) {
        return true;
    }
    TRY_ASSIGN(const auto payers, payers_of(state, owner.provider, owner.class_id));
    const Payer* least = &payers.front();
    for (const Payer& payer : payers) {
        if (payer.value <= least->value) {
            least = &payer;
        }
    }
    if (next.value <= least->value) {
        return false;
    }
    TRY(put_payer(state, owner.provider, owner.class_id, {.account = least->account, .value = 0}));
    standing.s -= least->value;
    --standing.payers;
    return true;
}

/// A slash leaves a quarter of every payer's value.
Outcome<void> quarter(StateView& state, const Owner& owner, Standing& standing) {
    TRY_ASSIGN(const auto payers, payers_of(state, owner.provider, owner.class_id));
    standing.s = 0;
    standing.payers = 0;
    for (Payer payer : payers) {
        payer.value /= 4;
        TRY(put_payer(state, owner.provider, owner.class_id, payer));
        standing.s += payer.value;
        standing.payers += payer.value > 0 ? 1 : 0;
    }
    return {};
}

}  // namespace

Q32 decayed(Q32 value, std::uint64_t days) {
    if (days >= days_max) {
        return 0;
    }
    const Uint128 product = Uint128{value} * day_factors[days % day_factors.size()];
    return static_cast<Q32>((product >> 32) >> (days / day_factors.size()));
}

std::uint64_t isqrt(Uint128 value) {
    std::uint64_t root = 0;
    for (int bit = 63; bit >= 0; --bit) {
        const std::uint64_t next = root | std::uint64_t{1} << bit;
        if (Uint128{next} * next <= value) {
            root = next;
        }
    }
    return root;
}

Q32 raised(Q32 value, Money burned, Money unit) {
    CHECK(value <= q32_one && burned <= money_max && unit > 0);
    if (burned >= unit) {
        return q32_one;
    }
    const Uint128 square = Uint128{value} * value + (Uint128{burned} << 64) / unit;
    return std::min(q32_one, isqrt(square));
}

Q32 score(Q32 s, Q32 f) {
    constexpr Uint128 one = q32_one;
    return static_cast<Q32>(((one + s) << 32) / (5 * one + s + 5 * Uint128{f}));
}

Outcome<Reputation> reputation_of(
    const StateView& state,
    AccountNumber provider,
    ClassId class_id,
    Height height,
    std::uint32_t nominal_block_ms
) {
    TRY_ASSIGN(const Standing standing, get_standing(state, provider, class_id));
    const std::uint64_t today = day_of(height, nominal_block_ms);
    const std::uint64_t days = days_between(standing.day, today);
    Reputation reputation{
        .s = standing.s, .f = decayed(standing.f, days), .payers = standing.payers
    };
    if (days > 0 && standing.s > 0) {
        reputation.s = 0;
        reputation.payers = 0;
        TRY_ASSIGN(const auto payers, payers_of(state, provider, class_id));
        for (const Payer& payer : payers) {
            const Q32 left = decayed(payer.value, days);
            reputation.s += left;
            reputation.payers += left > 0 ? 1 : 0;
        }
    }
    reputation.r = score(reputation.s, reputation.f);
    return reputation;
}

Outcome<void> note_payment(
    Context& context, AccountNumber provider, ClassId class_id, AccountNumber payer, Money burned
) {
    StateView& state = context.state;
    TRY_ASSIGN(const auto worker, get_worker(state, payer));
    if (payer == provider || (worker && worker->provider == provider) || burned == 0) {
        return {};
    }
    const Owner owner{provider, class_id};
    TRY_ASSIGN(Standing standing, standing_of_today(context, owner));
    TRY_ASSIGN(const Q32 before, get_payer(state, provider, class_id, payer));
    const Payer next{
        .account = payer,
        .value = raised(before, burned, context.params.market.reputation_unit),
    };
    const bool is_new = before == 0 && next.value > 0;
    bool has_room = true;
    if (is_new) {
        TRY_ASSIGN(has_room, make_room(state, owner, next, standing));
    }
    if (has_room) {
        TRY(put_payer(state, provider, class_id, next));
        standing.s += next.value - before;
        standing.payers += is_new ? 1 : 0;
    }
    return put_standing(state, provider, class_id, standing);
}

Outcome<void> note_failure(
    Context& context, AccountNumber provider, ClassId class_id, bool is_slash
) {
    const Owner owner{provider, class_id};
    TRY_ASSIGN(Standing standing, standing_of_today(context, owner));
    standing.f = clipped_add(standing.f, q32_one);
    if (is_slash) {
        TRY(quarter(context.state, owner, standing));
    }
    return put_standing(context.state, provider, class_id, standing);
}

}  // namespace steelyard::market
