// MarketParams: the numbers of the market (doc/spec/market.md, "Parameters").
#pragma once

#include <cstdint>

namespace steelyard::ledger {

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
    std::uint64_t reputation_unit = 100'000;

    bool operator==(const MarketParams&) const = default;
};

}  // namespace steelyard::ledger
