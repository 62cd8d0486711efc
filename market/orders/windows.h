// Windows: how long each step of a job may take, in blocks (doc/spec/market.md, J1, J3, K4).
#pragma once

#include "market/records/instrument.h"

namespace steelyard::ledger {
struct MarketParams;
}

namespace steelyard::market {

struct Windows {
    std::uint64_t start = 0;
    std::uint64_t commit = 0;
    std::uint64_t respond = 0;
};

/// For one run of a program in a book of a class.
Windows windows_of(
    const ledger::MarketParams& params, const ProgramFacts& program, const Class& book_class
);

}  // namespace steelyard::market
