// I1: what there is, and where it came from.
#include "ledger/bank/bank.h"
#include "ledger/invariants/findings.h"
#include "ledger/state/key.h"
#include "ledger/state/values.h"

#include <map>

namespace steelyard::invariants {
namespace {

using chain::Amount;
using ledger::KeyReader;
using ledger::Record;
using ledger::Store;

Amount amount_of(const Record& record) {
    const Result<Amount> amount = ledger::parse_amount(record.value);
    CHECK(amount.has_value());
    return *amount;
}

std::string denom_of(ByteView rest) {
    return std::string(as_text(rest.first(rest.size() - 1)));
}

/// By denomination. Sums that leave the range of amounts are a breach.
std::map<std::string, Amount> sum_balances(const StateView& state, Findings& findings) {
    std::map<std::string, Amount> sums;
    each(state, Store::bank, 'b', [&](const Record& record) {
        KeyReader reader(record.key);
        const auto account = reader.account();
        const std::string denom = denom_of(reader.rest());
        const Amount amount = amount_of(record);
        findings.expect(
            !amount.is_zero(),
            "I1",
            "account {} has a balance of 0 {}",
            std::uint64_t(account),
            denom
        );
        const auto account_key = ledger::Key('n') << account;
        findings.expect(
            sure(state.contains(Store::auth, account_key)),
            "I6",
            "account {} has a balance of {}, and no record",
            std::uint64_t(account),
            denom
        );
        const auto sum = checked_add(sums[denom], amount);
        findings.expect(sum.has_value(), "I1", "balances of {} are more than can be", denom);
        sums[denom] = sum.value_or(sums[denom]);
    });
    return sums;
}

}  // namespace

void check_money(const StateView& state, Findings& findings) {
    std::map<std::string, Amount> sums = sum_balances(state, findings);
    each(state, Store::bank, 's', [&](const Record& record) {
        KeyReader reader(record.key);
        const std::string denom = denom_of(reader.rest());
        const Amount supply = amount_of(record);
        const Amount sum = sums[denom];
        findings.expect(
            supply == sum,
            "I1",
            "supply of {} is {}, and balances add up to {}",
            denom,
            to_string(supply),
            to_string(sum)
        );
        sums.erase(denom);
    });
    for (const auto& [denom, sum] : sums) {
        findings.expect(
            sum.is_zero(),
            "I1",
            "{} has no supply, and balances add up to {}",
            denom,
            to_string(sum)
        );
    }
}

Amount genesis_supply(const StateView& state) {
    using bank::Source;
    const auto denom = chain::Denom::parse(ledger::base_denom);
    CHECK(denom.has_value());
    std::optional<Amount> amount = sure(bank::supply(state, *denom));
    for (const Source source :
         {Source::burned_fees, Source::slashed, Source::burned_by_market, Source::minted}) {
        const Amount total = sure(bank::total(state, source));
        amount =
            source == Source::minted ? checked_sub(*amount, total) : checked_add(*amount, total);
        CHECK(amount.has_value());
    }
    return *amount;
}

}  // namespace steelyard::invariants
