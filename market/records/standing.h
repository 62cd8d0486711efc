// Standings: the reputation of a provider in a class, as it is kept (doc/spec/market.md, R1 to R3).
#pragma once

#include "market/records/ids.h"

namespace steelyard::market {

/// Q32: 2^32 is one.
using Q32 = std::uint64_t;

inline constexpr Q32 q32_one = Q32{1} << 32;
inline constexpr std::uint32_t payers_max = 256;

struct Standing {
    std::uint64_t day = 0;  ///< that s, f and the payers' rows were decayed to
    Q32 s = 0;              ///< the sum of the payers' rows
    Q32 f = 0;
    std::uint32_t payers = 0;

    bool operator==(const Standing&) const = default;
};

Outcome<Standing> get_standing(const StateView& state, AccountNumber provider, ClassId class_id);
Outcome<void> put_standing(
    StateView& state, AccountNumber provider, ClassId class_id, const Standing& standing
);
Outcome<void> walk_standings(
    const StateView& state,
    AccountNumber provider,
    const std::function<Outcome<bool>(ClassId, const Standing&)>& visit
);

struct Payer {
    AccountNumber account{};
    Q32 value = 0;  ///< never 0 in a row
};

Outcome<Q32> get_payer(
    const StateView& state, AccountNumber provider, ClassId class_id, AccountNumber payer
);

/// A value of 0 erases.
Outcome<void> put_payer(
    StateView& state, AccountNumber provider, ClassId class_id, const Payer& payer
);

/// In the order of their account numbers.
Outcome<std::vector<Payer>> payers_of(
    const StateView& state, AccountNumber provider, ClassId class_id
);

Bytes encode_standing(const Standing& standing);
Result<Standing> decode_standing(ByteView bytes);

}  // namespace steelyard::market
