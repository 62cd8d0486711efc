// Plan: what an order takes, and how long, before anything is spent.
#pragma once

#include "ledger/params/params.h"
#include "market/orders/windows.h"

#include <optional>
#include <vector>

namespace steelyard::buyer {

/// Where no limit is said it is the best ask's price and so much of it more, so that the next ask
/// is good too if somebody takes the first.
inline constexpr std::uint32_t default_margin_percent = 20;

inline constexpr std::uint32_t tasks_max = 1'024;

/// What times are held at.
inline constexpr std::uint64_t plan_seconds_max = 1'000'000'000'000;

/// An ask of the book.
struct Offer {
    market::Price price = 0;
    market::WorkUnits work_units = 0;
};

struct PlanFacts {
    market::ProgramFacts program{};
    std::uint64_t new_bytes = 0;  ///< of a program that the chain has not got yet
    market::Class book_class{};
    ledger::Params params{};
    std::vector<Offer> asks{};  ///< the best of the book, cheapest first
    std::uint32_t tasks = 1;
    std::uint32_t max_parallel = 1;
    std::optional<market::Price> limit{};
};

/// Money in uyard, prices for 10^6 work units.
struct Plan {
    market::WorkUnits work_units = 0;  ///< of a job
    std::uint32_t tasks = 1;
    std::uint32_t max_parallel = 1;
    market::Price limit = 0;
    bool is_limit_said = false;
    std::size_t asks = 0;                ///< that are within the limit and have room for a job
    market::Price best = 0;              ///< the price of the first of these; 0: none
    market::Money best_price = 0;        ///< of all jobs there
    market::Money limit_price = 0;       ///< of all jobs at the limit
    market::Money proof_escrow = 0;      ///< of all jobs
    market::Money escrow = 0;            ///< put aside: limit_price + proof_escrow
    market::Money deposit = 0;           ///< for a new program; its owner can take it back
    market::Money worst = 0;             ///< escrow and deposit: fees of transactions come on top
    market::Windows windows{};           ///< of a job, in blocks
    std::uint64_t run_seconds = 0;       ///< of a job at the class's floor
    std::uint64_t expected_seconds = 0;  ///< of all, if the first providers do what they should
    std::uint64_t latest_seconds = 0;    ///< of all, with every window used up and no retry
};

/// Errors: tasks out of range; no limit and no ask to take it from (not_found); a job that has more
/// work units than one may; a price or a sum that there is no money for.
Result<Plan> make_plan(const PlanFacts& facts);

}  // namespace steelyard::buyer
