#include "ledger/params/market_params.h"

#include "ledger/params/market_message.h"
#include "steelyard/params/v1/params.pb.h"

#include <array>

namespace steelyard::ledger {
namespace {

template <auto member>
std::uint64_t get(const MarketParams& params) {
    return params.*member;
}

/// What a parameter may be. Nothing may overflow, nothing wait for years, and nothing that keeps
/// the market honest may be as good as switched off.
struct Range {
    std::string_view name;
    std::uint64_t (*value)(const MarketParams& params);
    std::uint64_t min;
    std::uint64_t max;
};

constexpr std::array<Range, 32> ranges = {{
    {"nominal_block_ms", &get<&MarketParams::nominal_block_ms>, 10, 60'000},
    {"min_job_price", &get<&MarketParams::min_job_price>, 1, 1'000'000'000'000},
    {"class_fee", &get<&MarketParams::class_fee>, 0, 1'000'000'000'000'000},
    {"program_deposit", &get<&MarketParams::program_deposit>, 0, 1'000'000'000},
    {"provider_bond_min", &get<&MarketParams::provider_bond_min>, 1, 1'000'000'000'000'000},
    {"withdraw_blocks", &get<&MarketParams::withdraw_blocks>, 1, 10'000'000},
    {"fee_bps", &get<&MarketParams::fee_bps>, 0, 5'000},
    {"slash_multiple", &get<&MarketParams::slash_multiple>, 2, 1'000},
    {"min_slash", &get<&MarketParams::min_slash>, 1, 1'000'000'000'000'000},
    {"start_blocks", &get<&MarketParams::start_blocks>, 1, 1'000'000},
    {"commit_blocks", &get<&MarketParams::commit_blocks>, 1, 1'000'000},
    {"retract_blocks", &get<&MarketParams::retract_blocks>, 1, 999},
    {"respond_blocks", &get<&MarketParams::respond_blocks>, 1, 1'000'000},
    {"settle_blocks", &get<&MarketParams::settle_blocks>, 1, 1'000'000},
    {"retention_blocks", &get<&MarketParams::retention_blocks>, 1, 1'000'000},
    {"job_work_units_max", &get<&MarketParams::job_work_units_max>, 1, job_work_units_limit},
    {"challenge_delay", &get<&MarketParams::challenge_delay>, 2, 1'000},
    {"challenge_bps", &get<&MarketParams::challenge_bps>, 1, 10'000},
    {"probation_jobs", &get<&MarketParams::probation_jobs>, 0, 1'000'000},
    {"probes", &get<&MarketParams::probes>, 1, 64},
    {"proof_bytes_max", &get<&MarketParams::proof_bytes_max>, 16'384, 262'144},
    {"proof_gas_max", &get<&MarketParams::proof_gas_max>, 10'000, 300'000},
    {"issue_bytes_max", &get<&MarketParams::issue_bytes_max>, proof_bytes_limit, 16'777'216},
    {"issue_gas_max", &get<&MarketParams::issue_gas_max>, proof_gas_limit, 100'000'000},
    {"block_proof_bytes_max",
     &get<&MarketParams::block_proof_bytes_max>,
     2 * proof_bytes_limit,
     16'777'216},
    {"block_proof_gas_max",
     &get<&MarketParams::block_proof_gas_max>,
     2 * proof_gas_limit,
     100'000'000},
    {"open_orders_max", &get<&MarketParams::open_orders_max>, 1, 10'000},
    {"book_side_max", &get<&MarketParams::book_side_max>, 16, 1'000'000},
    {"order_lifetime_max", &get<&MarketParams::order_lifetime_max>, 1, 1'000'000},
    {"match_pairs_max", &get<&MarketParams::match_pairs_max>, 1'000, 100'000'000},
    {"sweep_max", &get<&MarketParams::sweep_max>, 100, 1'000'000},
    {"reputation_unit", &get<&MarketParams::reputation_unit>, 1, 1'000'000'000'000'000},
}};

/// The gas of a proof's transaction besides bytes and verification, and its bytes besides the
/// proof.
constexpr std::uint64_t tx_gas_base = 300'000;
constexpr std::uint64_t tx_bytes_base = 1'000;

/// A proof costs three of gas for one of verification.
constexpr std::uint64_t gas_of_verification = 3;

/// Attempts are two: blocks take twice what is issued, or junk could keep honest proofs out (K4).
Result<void> is_half(
    std::string_view name, std::uint64_t issued, std::string_view of, std::uint64_t taken
) {
    if (issued > taken / 2) {
        return invalid(
            "market.{} is {}, must be at most half of market.{}, {}", name, issued, of, taken
        );
    }
    return {};
}

}  // namespace

Result<void> validate(const MarketParams& params) {
    for (const Range& range : ranges) {
        const std::uint64_t value = range.value(params);
        if (value < range.min || value > range.max) {
            return invalid(
                "market.{} is {}, must be from {} to {}", range.name, value, range.min, range.max
            );
        }
    }
    if (params.challenge_delay <= params.retract_blocks) {
        return invalid(
            "market.challenge_delay is {}, must be more than market.retract_blocks, {}",
            params.challenge_delay,
            params.retract_blocks
        );
    }
    TRY(is_half(
        "issue_bytes_max",
        params.issue_bytes_max,
        "block_proof_bytes_max",
        params.block_proof_bytes_max
    ));
    return is_half(
        "issue_gas_max", params.issue_gas_max, "block_proof_gas_max", params.block_proof_gas_max
    );
}

std::uint64_t proof_tx_gas(
    std::uint64_t tx_size_cost_per_byte, std::uint64_t bytes, std::uint64_t gas
) {
    return tx_gas_base + tx_size_cost_per_byte * (tx_bytes_base + bytes) +
           gas_of_verification * gas;
}

void write_market(const MarketParams& params, steelyard::params::v1::MarketParams& out) {
    out.set_nominal_block_ms(params.nominal_block_ms);
    out.set_min_job_price(params.min_job_price);
    out.set_class_fee(params.class_fee);
    out.set_program_deposit(params.program_deposit);
    out.set_provider_bond_min(params.provider_bond_min);
    out.set_withdraw_blocks(params.withdraw_blocks);
    out.set_fee_bps(params.fee_bps);
    out.set_slash_multiple(params.slash_multiple);
    out.set_min_slash(params.min_slash);
    out.set_start_blocks(params.start_blocks);
    out.set_commit_blocks(params.commit_blocks);
    out.set_retract_blocks(params.retract_blocks);
    out.set_respond_blocks(params.respond_blocks);
    out.set_settle_blocks(params.settle_blocks);
    out.set_retention_blocks(params.retention_blocks);
    out.set_job_work_units_max(params.job_work_units_max);
    out.set_challenge_delay(params.challenge_delay);
    out.set_challenge_bps(params.challenge_bps);
    out.set_probation_jobs(params.probation_jobs);
    out.set_probes(params.probes);
    out.set_proof_bytes_max(params.proof_bytes_max);
    out.set_proof_gas_max(params.proof_gas_max);
    out.set_issue_bytes_max(params.issue_bytes_max);
    out.set_issue_gas_max(params.issue_gas_max);
    out.set_block_proof_bytes_max(params.block_proof_bytes_max);
    out.set_block_proof_gas_max(params.block_proof_gas_max);
    out.set_open_orders_max(params.open_orders_max);
    out.set_book_side_max(params.book_side_max);
    out.set_order_lifetime_max(params.order_lifetime_max);
    out.set_match_pairs_max(params.match_pairs_max);
    out.set_sweep_max(params.sweep_max);
    out.set_reputation_unit(params.reputation_unit);
}

MarketParams read_market(const steelyard::params::v1::MarketParams& message) {
    MarketParams params;
    params.nominal_block_ms = message.nominal_block_ms();
    params.min_job_price = message.min_job_price();
    params.class_fee = message.class_fee();
    params.program_deposit = message.program_deposit();
    params.provider_bond_min = message.provider_bond_min();
    params.withdraw_blocks = message.withdraw_blocks();
    params.fee_bps = message.fee_bps();
    params.slash_multiple = message.slash_multiple();
    params.min_slash = message.min_slash();
    params.start_blocks = message.start_blocks();
    params.commit_blocks = message.commit_blocks();
    params.retract_blocks = message.retract_blocks();
    params.respond_blocks = message.respond_blocks();
    params.settle_blocks = message.settle_blocks();
    params.retention_blocks = message.retention_blocks();
    params.job_work_units_max = message.job_work_units_max();
    params.challenge_delay = message.challenge_delay();
    params.challenge_bps = message.challenge_bps();
    params.probation_jobs = message.probation_jobs();
    params.probes = message.probes();
    params.proof_bytes_max = message.proof_bytes_max();
    params.proof_gas_max = message.proof_gas_max();
    params.issue_bytes_max = message.issue_bytes_max();
    params.issue_gas_max = message.issue_gas_max();
    params.block_proof_bytes_max = message.block_proof_bytes_max();
    params.block_proof_gas_max = message.block_proof_gas_max();
    params.open_orders_max = message.open_orders_max();
    params.book_side_max = message.book_side_max();
    params.order_lifetime_max = message.order_lifetime_max();
    params.match_pairs_max = message.match_pairs_max();
    params.sweep_max = message.sweep_max();
    params.reputation_unit = message.reputation_unit();
    return params;
}

}  // namespace steelyard::ledger
