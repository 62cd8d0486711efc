#include "ledger/params/params.h"

#include "ledger/params/market_message.h"
#include "proto/codec.h"
#include "steelyard/params/v1/params.pb.h"

namespace steelyard::ledger {
namespace {

namespace pb = steelyard::params::v1;
using chain::Amount;
using chain::Dec;

constexpr proto::ParseLimits limits = {
    .bytes_max = 1 << 16, .elements_max = 4 * Params::mint_steps_max + 100
};

/// What any parameter counts at most, so that no arithmetic with it overflows.
constexpr std::uint64_t count_max = 1'000'000'000'000;
constexpr auto year = std::chrono::days(365);
constexpr Dec one{1};

template <typename T, typename Limit>
Result<void> in_range(std::string_view name, T value, Limit min, Limit max) {
    if (value < static_cast<T>(min) || value > static_cast<T>(max)) {
        return invalid("{} is {}, must be from {} to {}", name, value, min, max);
    }
    return {};
}

Result<void> is_time(std::string_view name, std::chrono::seconds value) {
    return in_range(name, value.count(), std::int64_t{1}, std::int64_t{10 * 365 * 86'400});
}

/// A Dec from 0 to `max`.
Result<void> is_fraction(std::string_view name, Dec value, Dec max = one) {
    if (value.is_negative() || value > max) {
        return invalid("{} is {}, must be from 0 to {}", name, to_string(value), to_string(max));
    }
    return {};
}

Result<void> validate_mint(std::span<const MintStep> steps) {
    // A step at the limit cannot exceed what an Amount holds within 10^12 blocks.
    constexpr std::uint64_t step_max = 1'000'000'000'000'000;
    if (steps.size() > Params::mint_steps_max) {
        return invalid("mint.steps are {}, limit {}", steps.size(), Params::mint_steps_max);
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (i > 0 && steps[i].from <= steps[i - 1].from) {
            return invalid("mint.steps[{}].from_height is {}, not ascending", i, steps[i].from);
        }
        if (steps[i].amount > Amount(step_max)) {
            return invalid(
                "mint.steps[{}].amount is {}, limit {}", i, to_string(steps[i].amount), step_max
            );
        }
    }
    return {};
}

Result<void> validate_staking(const StakingParams& staking) {
    TRY(is_time("staking.unbonding_seconds", staking.unbonding_time));
    TRY(in_range("staking.max_validators", staking.max_validators, 1U, 1'000U));
    TRY(in_range("staking.max_entries", staking.max_entries, 1U, 100U));
    TRY(in_range("staking.historical_entries", staking.historical_entries, 0U, 10'000U));
    return is_fraction("staking.min_commission_rate", staking.min_commission_rate);
}

Result<void> validate_slashing(const SlashingParams& slashing) {
    TRY(in_range("slashing.signed_blocks_window", slashing.signed_blocks_window, 1, 1'000'000));
    TRY(is_fraction("slashing.min_signed_per_window", slashing.min_signed_per_window));
    TRY(is_time("slashing.downtime_jail_seconds", slashing.downtime_jail_time));
    TRY(is_fraction("slashing.slash_fraction_double_sign", slashing.slash_fraction_double_sign));
    return is_fraction("slashing.slash_fraction_downtime", slashing.slash_fraction_downtime);
}

/// What a transaction of 64 KiB may want that changes the parameters again.
constexpr std::uint64_t gas_min = 1'000'000;

/// A header, the commit of 1,000 validators, the beacon, and a transaction of 64 KiB.
constexpr std::int64_t rest_min = 1 << 18;

/// A block that no proposer can fill with what it must hold, or in which no transaction fits that
/// would change the parameters again, ends the chain.
Result<void> validate_block(
    const chain::BlockParams& block, const chain::EvidenceParams& evidence
) {
    const auto size = static_cast<std::int64_t>(chain::block_size_limit(block));
    if (size - rest_min < evidence.max_bytes) {
        return invalid(
            "block.max_bytes is {}, must be {} more than evidence.max_bytes, {}",
            block.max_bytes,
            rest_min,
            evidence.max_bytes
        );
    }
    if (block.max_gas >= 0 && static_cast<std::uint64_t>(block.max_gas) < gas_min) {
        return invalid("block.max_gas is {}, must be -1 or at least {}", block.max_gas, gas_min);
    }
    return {};
}

/// Where nobody could approve of parameters any more, these would be in force for ever.
Result<void> validate_costs(const Params& params) {
    // An approval signed by the largest multisig, and what it reads of the largest proposal.
    constexpr std::uint64_t size = 4'096;
    constexpr std::uint64_t signatures = 16;
    constexpr std::uint64_t state_gas = 500'000;
    const AuthParams& auth = params.auth;
    const std::uint64_t gas =
        size * auth.tx_size_cost_per_byte + signatures * auth.sig_verify_cost_secp256k1 + state_gas;
    const std::uint64_t limit = tx_gas_limit(params);
    if (gas > limit) {
        return invalid(
            "auth.tx_size_cost_per_byte is {} and auth.sig_verify_cost_secp256k1 {}: approving of "
            "other parameters could need {} gas, and a transaction gets {} at most",
            auth.tx_size_cost_per_byte,
            auth.sig_verify_cost_secp256k1,
            gas,
            limit
        );
    }
    return {};
}

/// A challenge whose proof fits into no block, or into no transaction, would slash who is honest.
Result<void> validate_proofs(const Params& params) {
    const std::uint64_t room = chain::block_size_limit(params.block) - rest_min -
                               static_cast<std::uint64_t>(params.evidence.max_bytes);
    if (params.market.block_proof_bytes_max > room) {
        return invalid(
            "market.block_proof_bytes_max is {}, must be at most {}: what block.max_bytes leaves "
            "beside evidence.max_bytes and {}",
            params.market.block_proof_bytes_max,
            room,
            rest_min
        );
    }
    // A block has room for two: blocks take proofs twice as fast as they are called for.
    const std::uint64_t gas =
        proof_tx_gas(params.auth.tx_size_cost_per_byte, proof_bytes_limit, proof_gas_limit);
    const std::uint64_t limit = params.fees.tx_gas_max;
    if (gas > limit) {
        return invalid("fees.tx_gas_max is {}: a proof could need {} gas", limit, gas);
    }
    if (params.block.max_gas >= 0 && 2 * gas > static_cast<std::uint64_t>(params.block.max_gas)) {
        return invalid(
            "block.max_gas is {}: two proofs could need {} gas", params.block.max_gas, 2 * gas
        );
    }
    return {};
}

pb::Params to_message(const Params& params) {
    pb::Params out;
    out.mutable_auth()->set_max_memo_characters(params.auth.max_memo_characters);
    out.mutable_auth()->set_tx_size_cost_per_byte(params.auth.tx_size_cost_per_byte);
    out.mutable_auth()->set_sig_verify_cost_secp256k1(params.auth.sig_verify_cost_secp256k1);
    out.mutable_fees()->set_min_gas_price(to_wire(params.fees.min_gas_price));
    out.mutable_fees()->set_tx_gas_max(params.fees.tx_gas_max);
    for (const MintStep& step : params.mint) {
        pb::MintStep& added = *out.mutable_mint()->add_steps();
        added.set_from_height(step.from.value());
        added.set_amount(to_string(step.amount));
    }
    pb::StakingParams& staking = *out.mutable_staking();
    staking.set_unbonding_seconds(static_cast<std::uint64_t>(params.staking.unbonding_time.count())
    );
    staking.set_max_validators(params.staking.max_validators);
    staking.set_max_entries(params.staking.max_entries);
    staking.set_historical_entries(params.staking.historical_entries);
    staking.set_min_commission_rate(to_wire(params.staking.min_commission_rate));
    pb::SlashingParams& slashing = *out.mutable_slashing();
    slashing.set_signed_blocks_window(params.slashing.signed_blocks_window);
    slashing.set_min_signed_per_window(to_wire(params.slashing.min_signed_per_window));
    slashing.set_downtime_jail_seconds(
        static_cast<std::uint64_t>(params.slashing.downtime_jail_time.count())
    );
    slashing.set_slash_fraction_double_sign(to_wire(params.slashing.slash_fraction_double_sign));
    slashing.set_slash_fraction_downtime(to_wire(params.slashing.slash_fraction_downtime));
    out.mutable_distribution()->set_community_tax(to_wire(params.community_tax));
    out.mutable_beacon()->set_epoch_blocks(params.beacon.epoch_blocks);
    out.mutable_beacon()->set_history_blocks(params.beacon.history_blocks);
    write_market(params.market, *out.mutable_market());
    out.mutable_block()->set_max_bytes(params.block.max_bytes);
    out.mutable_block()->set_max_gas(params.block.max_gas);
    tendermint::types::EvidenceParams& evidence = *out.mutable_evidence();
    evidence.set_max_age_num_blocks(params.evidence.max_age_num_blocks);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(params.evidence.max_age_duration);
    evidence.mutable_max_age_duration()->set_seconds(seconds.count());
    evidence.mutable_max_age_duration()->set_nanos(
        static_cast<std::int32_t>((params.evidence.max_age_duration - seconds).count())
    );
    evidence.set_max_bytes(params.evidence.max_bytes);
    return out;
}

Result<Dec> read_dec(std::string_view name, const std::string& text) {
    Result<Dec> dec = Dec::parse_wire(text);
    if (!dec) {
        return std::unexpected(std::move(dec).error().in(name));
    }
    return dec;
}

/// Seconds that a duration holds; more than `validate` takes is cut, and refused there.
std::chrono::seconds read_seconds(std::uint64_t seconds) {
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(seconds, count_max)));
}

Result<void> read_mint(const pb::MintParams& mint, Params& params) {
    for (const pb::MintStep& step : mint.steps()) {
        TRY_ASSIGN(const chain::Height from, chain::Height::parse(step.from_height()));
        TRY_ASSIGN(const Amount amount, Amount::parse(step.amount()));
        params.mint.push_back({from, amount});
    }
    return {};
}

Result<void> read_consensus(const pb::Params& message, Params& params) {
    params.block.max_bytes = message.block().max_bytes();
    params.block.max_gas = message.block().max_gas();
    params.evidence.max_age_num_blocks = message.evidence().max_age_num_blocks();
    const auto& age = message.evidence().max_age_duration();
    if (age.seconds() < 0 ||
        age.seconds() > static_cast<std::int64_t>(year / std::chrono::seconds(1)) * 100 ||
        age.nanos() < 0 || age.nanos() > 999'999'999) {
        return invalid("evidence.max_age_duration is {} s {} ns", age.seconds(), age.nanos());
    }
    params.evidence.max_age_duration =
        std::chrono::seconds(age.seconds()) + std::chrono::nanoseconds(age.nanos());
    params.evidence.max_bytes = message.evidence().max_bytes();
    return {};
}

Result<Params> from_message(const pb::Params& message) {
    Params params;
    params.auth.max_memo_characters = message.auth().max_memo_characters();
    params.auth.tx_size_cost_per_byte = message.auth().tx_size_cost_per_byte();
    params.auth.sig_verify_cost_secp256k1 = message.auth().sig_verify_cost_secp256k1();
    TRY_ASSIGN(
        params.fees.min_gas_price, read_dec("fees.min_gas_price", message.fees().min_gas_price())
    );
    params.fees.tx_gas_max = message.fees().tx_gas_max();
    TRY(read_mint(message.mint(), params));
    const pb::StakingParams& staking = message.staking();
    params.staking.unbonding_time = read_seconds(staking.unbonding_seconds());
    params.staking.max_validators = staking.max_validators();
    params.staking.max_entries = staking.max_entries();
    params.staking.historical_entries = staking.historical_entries();
    TRY_ASSIGN(
        params.staking.min_commission_rate,
        read_dec("staking.min_commission_rate", staking.min_commission_rate())
    );
    const pb::SlashingParams& slashing = message.slashing();
    params.slashing.signed_blocks_window = slashing.signed_blocks_window();
    params.slashing.downtime_jail_time = read_seconds(slashing.downtime_jail_seconds());
    TRY_ASSIGN(
        params.slashing.min_signed_per_window,
        read_dec("slashing.min_signed_per_window", slashing.min_signed_per_window())
    );
    TRY_ASSIGN(
        params.slashing.slash_fraction_double_sign,
        read_dec("slashing.slash_fraction_double_sign", slashing.slash_fraction_double_sign())
    );
    TRY_ASSIGN(
        params.slashing.slash_fraction_downtime,
        read_dec("slashing.slash_fraction_downtime", slashing.slash_fraction_downtime())
    );
    TRY_ASSIGN(
        params.community_tax,
        read_dec("distribution.community_tax", message.distribution().community_tax())
    );
    params.beacon.epoch_blocks = message.beacon().epoch_blocks();
    params.beacon.history_blocks = message.beacon().history_blocks();
    params.market = read_market(message.market());
    TRY(read_consensus(message, params));
    return params;
}

}  // namespace

std::uint64_t tx_gas_limit(const Params& params) {
    const std::uint64_t of_tx = params.fees.tx_gas_max;
    return params.block.max_gas < 0
               ? of_tx
               : std::min(of_tx, static_cast<std::uint64_t>(params.block.max_gas));
}

Result<void> validate(const Params& params) {
    const auto& auth = params.auth;
    TRY(in_range("auth.max_memo_characters", auth.max_memo_characters, 0U, 65'536U));
    TRY(in_range("auth.tx_size_cost_per_byte", auth.tx_size_cost_per_byte, 1U, 1'000'000U));
    TRY(in_range(
        "auth.sig_verify_cost_secp256k1", auth.sig_verify_cost_secp256k1, 1U, 1'000'000'000U
    ));
    TRY(is_fraction("fees.min_gas_price", params.fees.min_gas_price, Dec(1'000'000)));
    TRY(in_range("fees.tx_gas_max", params.fees.tx_gas_max, gas_min, count_max));
    TRY(validate_mint(params.mint));
    TRY(validate_staking(params.staking));
    TRY(validate_slashing(params.slashing));
    TRY(is_fraction("distribution.community_tax", params.community_tax));
    TRY(in_range("beacon.epoch_blocks", params.beacon.epoch_blocks, 1, 1'000'000));
    TRY(in_range("beacon.history_blocks", params.beacon.history_blocks, 100, 10'000'000));
    TRY(validate(params.market));
    chain::ConsensusParams consensus;
    consensus.block = params.block;
    consensus.evidence = params.evidence;
    TRY(chain::validate(consensus));
    TRY(validate_block(params.block, params.evidence));
    TRY(validate_costs(params));
    return validate_proofs(params);
}

Bytes encode_params(const Params& params) {
    return proto::serialize(to_message(params));
}

Result<Params> decode_params(ByteView bytes) {
    pb::Params message;
    TRY(proto::strict_parse(message, bytes, limits));
    TRY_ASSIGN(Params params, from_message(message));
    TRY(validate(params));
    return params;
}

}  // namespace steelyard::ledger
