// Params: what the validators may change about the chain without new software.
#pragma once

#include "chain/consensus_params.h"
#include "chain/dec.h"
#include "ledger/params/market_params.h"

namespace steelyard::ledger {

struct AuthParams {
    std::uint64_t max_memo_characters = 256;
    std::uint64_t tx_size_cost_per_byte = 10;
    std::uint64_t sig_verify_cost_secp256k1 = 1'000;

    bool operator==(const AuthParams&) const = default;
};

struct FeeParams {
    chain::Dec min_gas_price =
        *chain::Dec::from_scaled(10'000'000'000'000'000);  ///< 0.01 uyard for one gas
    std::uint64_t tx_gas_max = 100'000'000;                ///< that one transaction wants

    bool operator==(const FeeParams&) const = default;
};

/// From a height on, until the next step's.
struct MintStep {
    chain::Height from{};
    chain::Amount amount{};  ///< minted in each block

    bool operator==(const MintStep&) const = default;
};

struct StakingParams {
    std::chrono::seconds unbonding_time = std::chrono::days(21);
    std::uint32_t max_validators = 100;
    std::uint32_t max_entries = 7;
    std::uint32_t historical_entries = 100;
    chain::Dec min_commission_rate{};

    bool operator==(const StakingParams&) const = default;
};

struct SlashingParams {
    std::int64_t signed_blocks_window = 10'000;
    chain::Dec min_signed_per_window = *chain::Dec::from_scaled(500'000'000'000'000'000);  ///< 0.5
    std::chrono::seconds downtime_jail_time = std::chrono::minutes(10);
    chain::Dec slash_fraction_double_sign =
        *chain::Dec::from_scaled(50'000'000'000'000'000);                                ///< 0.05
    chain::Dec slash_fraction_downtime = *chain::Dec::from_scaled(100'000'000'000'000);  ///< 0.0001

    bool operator==(const SlashingParams&) const = default;
};

struct BeaconParams {
    std::int64_t epoch_blocks = 1'000;
    std::int64_t history_blocks = 100'000;

    bool operator==(const BeaconParams&) const = default;
};

struct Params {
    static constexpr std::size_t mint_steps_max = 1'000;

    AuthParams auth{};
    FeeParams fees{};
    std::vector<MintStep> mint{};  ///< ascending
    StakingParams staking{};
    SlashingParams slashing{};
    chain::Dec community_tax{};
    BeaconParams beacon{};
    MarketParams market{};
    chain::BlockParams block{};
    chain::EvidenceParams evidence{};

    bool operator==(const Params&) const = default;
};

/// The most gas that a transaction can get: a block must have room for it.
std::uint64_t tx_gas_limit(const Params& params);

/// Whether a chain can live with them; the error names the field, its value and what it may be.
Result<void> validate(const Params& params);

/// steelyard.params.v1.Params. The reader validates.
Bytes encode_params(const Params& params);
Result<Params> decode_params(ByteView bytes);

}  // namespace steelyard::ledger
