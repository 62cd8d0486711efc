#include "ledger/bank/genesis_io.h"

#include "base/check.h"
#include "ledger/state/values.h"

namespace steelyard::bank {
namespace {

using ledger::Key;
using ledger::Record;
using ledger::Store;

constexpr ByteArray<1> denom_end = {0};

}  // namespace

Outcome<void> set_total(StateView& state, Source source, chain::Amount amount) {
    const Key key = Key('f') << static_cast<std::uint8_t>(source);
    return amount.is_zero() ? state.erase(Store::bank, key)
                            : state.put(Store::bank, key, ledger::amount_bytes(amount));
}

Outcome<void> put_metadata(StateView& state, const chain::Denom& denom, ByteView metadata) {
    const Key key = Key('m') << as_bytes(denom.text()) << denom_end;
    return state.put(Store::bank, key, metadata);
}

Outcome<void> walk_metadata(
    const StateView& state, const std::function<Outcome<bool>(ByteView metadata)>& visit
) {
    return state.walk(Store::bank, Key('m'), [&](const Record& record) {
        return visit(record.value);
    });
}

Outcome<void> walk_supply(
    const StateView& state, const std::function<Outcome<bool>(const chain::Coin&)>& visit
) {
    return state.walk(Store::bank, Key('s'), [&](const Record& record) {
        const std::string_view key = as_text(record.key);
        const auto denom = chain::Denom::parse(key.substr(1, key.size() - 2));
        const auto amount = ledger::parse_amount(record.value);
        CHECK(denom.has_value() && amount.has_value());
        return visit({*denom, *amount});
    });
}

}  // namespace steelyard::bank
