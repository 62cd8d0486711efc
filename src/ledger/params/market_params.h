// MarketParams: the numbers of the market (doc/spec/market.md, "Parameters").
#pragma once

#include "base/result.h"

#include <cstdint>

namespace steelyard::ledger {

/// What a proof takes at most, whatever the parameters say: those of a block and of issue are never
/// less than what it takes, so that each challenge that was issued, or waits for it, can be
/// answered under all later parameters.
inline constexpr std::uint64_t proof_bytes_limit = 393'216;
inline constexpr std::uint64_t proof_gas_limit = 500'000;

/// What a job has of work units at most, whatever the parameters say.
inline constexpr std::uint64_t job_work_units_limit = 10'000'000'000;

/// Money in uyard, times in blocks where nothing else is said.
struct MarketParams {
    std::uint32_t nominal_block_ms = 1'000;
    std::uint64_t min_job_price = 10'000;
    std::uint64_t class_fee = 100'000'000;
    std::uint64_t program_deposit = 10;  ///< a byte
    std::uint64_t provider_bond_min = 1'000'000;
    std::uint32_t withdraw_blocks = 1'814'400;
    std::uint32_t fee_bps = 400;
    std::uint32_t slash_multiple = 40;
    std::uint64_t min_slash = 1'000'000;
    std::uint32_t start_blocks = 60;
    std::uint32_t commit_blocks = 60;
    std::uint32_t retract_blocks = 4;
    std::uint32_t respond_blocks = 60;
    std::uint32_t settle_blocks = 600;
    std::uint32_t retention_blocks = 200'000;
    std::uint64_t job_work_units_max = 1'000'000'000;
    std::uint32_t challenge_delay = 8;
    std::uint32_t challenge_bps = 1'000;
    std::uint32_t probation_jobs = 20;
    std::uint32_t probes = 12;
    std::uint64_t proof_bytes_max = 245'760;
    std::uint64_t proof_gas_max = 250'000;
    std::uint64_t issue_bytes_max = 1'048'576;
    std::uint64_t issue_gas_max = 500'000;
    std::uint64_t block_proof_bytes_max = 2'097'152;
    std::uint64_t block_proof_gas_max = 1'000'000;
    std::uint32_t open_orders_max = 64;
    std::uint32_t book_side_max = 10'000;
    std::uint32_t order_lifetime_max = 100'000;
    std::uint64_t match_pairs_max = 1'000'000;
    std::uint32_t sweep_max = 2'000;
    std::uint64_t reputation_unit = 5'000'000;

    bool operator==(const MarketParams&) const = default;
};

/// Whether a market can live with them; the error names the field, its value and what it may be.
Result<void> validate(const MarketParams& params);

/// What the transaction of a proof wants of gas, at most (doc/spec/market.md, E1). Neither bytes
/// nor gas are over 2^40, and a byte costs no more than params can say.
std::uint64_t proof_tx_gas(
    std::uint64_t tx_size_cost_per_byte, std::uint64_t bytes, std::uint64_t gas
);

}  // namespace steelyard::ledger
