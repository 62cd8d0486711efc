// Reputation (doc/spec/market.md, R1 to R3). It moves no money.
#pragma once

#include "market/funds/funds.h"
#include "market/records/standing.h"

namespace steelyard::market {

/// T of the page: what is left after so many days.
Q32 decayed(Q32 value, std::uint64_t days);

/// floor(sqrt).
std::uint64_t isqrt(Uint128 value);

/// R1: v of a payer who burned so much more.
Q32 raised(Q32 value, Money burned, Money unit);

/// R3.
Q32 score(Q32 s, Q32 f);

/// As it stands at a height, without writing: s and f decayed, R.
struct Reputation {
    Q32 s = 0;
    Q32 f = 0;
    Q32 r = 0;
    std::uint32_t payers = 0;
};

Outcome<Reputation> reputation_of(
    const StateView& state,
    AccountNumber provider,
    ClassId class_id,
    Height height,
    std::uint32_t nominal_block_ms
);

/// R1. A payer that is the provider or its worker changes nothing.
Outcome<void> note_payment(
    Context& context, AccountNumber provider, ClassId class_id, AccountNumber payer, Money burned
);

/// R2.
Outcome<void> note_failure(
    Context& context, AccountNumber provider, ClassId class_id, bool is_slash
);

}  // namespace steelyard::market
