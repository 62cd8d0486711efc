#include "market/funds/funds.h"

#include "base/check.h"
#include "ledger/distribution/rewards.h"
#include "ledger/params/params.h"
#include "ledger/state/values.h"
#include "market/records/counters.h"

namespace steelyard::market {
namespace {

using bank::Party;
using chain::Amount;

constexpr std::uint64_t work_units_of_price = 1'000'000;
constexpr std::uint64_t bps = 10'000;

chain::Coins coins_of(Money amount) {
    static const chain::Denom denom = chain::Denom::parse(ledger::base_denom).value();
    return chain::Coins::make({{.denom = denom, .amount = Amount(amount)}}).value();
}

/// ceil(a x b / c); nothing where it is over money_max. Neither factor is over 2^60 (CHECKed), c is
/// not 0.
std::optional<Money> part_of(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    constexpr std::uint64_t factor_max = std::uint64_t{1} << 60;
    CHECK(a <= factor_max && b <= factor_max && c > 0);
    const Uint128 part = (Uint128{a} * b + (c - 1)) / c;
    return part <= money_max ? std::optional(static_cast<Money>(part)) : std::nullopt;
}

/// What moves out of the account has always been put there (M1); only gas can be missing.
Outcome<void> covered(Outcome<void> moved) {
    CHECK(moved || moved.error().kind == ledger::kinds::out_of_gas);
    return moved;
}

Outcome<Party> known_party(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(const auth::Account found, auth::get(state, account));
    return Party{account, found.address};
}

}  // namespace

Outcome<void> collect(Context& context, AccountNumber from, Money amount) {
    if (amount == 0) {
        return {};
    }
    TRY_ASSIGN(const Party payer, known_party(context.state, from));
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    return bank::send(context, payer, own, coins_of(amount));
}

Outcome<void> hand_over(Context& context, AccountNumber from, AccountNumber to, Money amount) {
    if (amount == 0) {
        return {};
    }
    TRY_ASSIGN(const Party payer, known_party(context.state, from));
    TRY_ASSIGN(const Party payee, known_party(context.state, to));
    return bank::send(context, payer, payee, coins_of(amount));
}

Outcome<void> pay(Context& context, AccountNumber to, Money amount) {
    if (amount == 0) {
        return {};
    }
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    TRY_ASSIGN(const Party payee, known_party(context.state, to));
    return covered(bank::send(context, own, payee, coins_of(amount)));
}

Outcome<void> burn(Context& context, Money amount, bank::Source source) {
    if (amount == 0) {
        return {};
    }
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    return covered(bank::burn(context, own, Amount(amount), source));
}

Outcome<void> pay_validators(Context& context, Money amount) {
    if (amount == 0) {
        return {};
    }
    TRY_ASSIGN(const Party own, bank::module_party(context.state, module_name));
    TRY_ASSIGN(
        const Party collector, bank::module_party(context.state, distribution::fee_collector_name)
    );
    return covered(bank::send(context, own, collector, coins_of(amount)));
}

Outcome<void> keep_for_verification(Context& context, Money amount) {
    if (amount == 0) {
        return {};
    }
    TRY_ASSIGN(const Money pool, verification_pool(context.state));
    CHECK(pool <= money_max - amount);
    return put_verification_pool(context.state, pool + amount);
}

Outcome<bank::Party> party_of(const StateView& state, AccountNumber account) {
    return known_party(state, account);
}

Outcome<std::string> address_text(const StateView& state, AccountNumber account) {
    TRY_ASSIGN(const Party party, known_party(state, account));
    return ledger::account_text(party.address);
}

std::optional<Money> job_price(Price price, WorkUnits work_units, Money least) {
    const auto exact = part_of(price, work_units, work_units_of_price);
    return exact ? std::optional(std::max(*exact, least)) : std::nullopt;
}

Shares shares_of(Money price, std::uint32_t fee_bps) {
    CHECK(fee_bps <= bps);
    Shares shares;
    shares.fee = part_of(price, fee_bps, bps).value();
    shares.burned = shares.fee - shares.fee / 2;
    shares.validators = shares.fee / 4;
    shares.pool = shares.fee - shares.burned - shares.validators;
    shares.provider = price - shares.fee;
    return shares;
}

SlashShares slash_shares(Money reserved, Money price) {
    constexpr Money pool_part = 5;
    SlashShares shares;
    shares.pool = reserved / pool_part;
    shares.user = std::min(price, reserved - shares.pool);
    shares.burned = reserved - shares.pool - shares.user;
    return shares;
}

Money damages(Money price, std::uint32_t percent) {
    constexpr std::uint32_t hundred = 100;
    CHECK(percent <= hundred);
    return part_of(price, percent, hundred).value();
}

std::optional<Money> proof_price(
    const ledger::Params& params, std::uint64_t proof_bytes, std::uint64_t proof_gas
) {
    constexpr std::uint64_t size_max = std::uint64_t{1} << 40;
    CHECK(proof_bytes <= size_max && proof_gas <= size_max);  // no sum below overflows
    const std::uint64_t gas =
        ledger::proof_tx_gas(params.auth.tx_size_cost_per_byte, proof_bytes, proof_gas);
    const auto exact = checked_mul(params.fees.min_gas_price, Amount(gas));
    const auto whole = exact ? to_amount(*exact, chain::Rounding::up) : std::optional<Amount>();
    if (!whole || *whole > Amount(money_max)) {
        return std::nullopt;
    }
    return static_cast<Money>(whole->value());
}

}  // namespace steelyard::market
