// Traffic: the transactions that people send for the next block.
#pragma once

#include "tests/support/ledger/wishes.h"

namespace steelyard::test {

/// How often people do what, each against the sum of all.
using Weights = std::array<std::uint32_t, wishes_count>;
inline constexpr Weights usual_weights = {8, 3, 5, 3, 10, 8, 6, 4, 6, 3, 2, 2, 3, 4, 2, 8};

struct TrafficOptions {
    Weights weights = usual_weights;
    std::uint64_t flawed = 80;      ///< permille of the transactions
    std::uint64_t little_gas = 60;  ///< permille that run out of gas, likely
    Restraint restraint{};
    std::int64_t messages_max = 4;  ///< of one transaction
};

class Traffic {
public:
    /// The people outlive it.
    Traffic(const People& people, TrafficOptions options) : people_(people), options_(options) {}

    /// So many transactions for the block, from the state before it. They follow each other: an
    /// account's sequences go on from one to the next.
    std::vector<Bytes> draw(
        const ledger::StateView& state,
        const ledger::BlockInfo& block,
        std::size_t count,
        Dice& dice
    );

private:
    MessagePtr draw_message(const Survey& survey, Dice& dice) const;
    TxPlan draw_plan(const Survey& survey, const ledger::BlockInfo& block, Dice& dice) const;

    const People& people_;
    TrafficOptions options_;
};

}  // namespace steelyard::test
