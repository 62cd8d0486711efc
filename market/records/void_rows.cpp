#include "market/records/void_rows.h"

namespace steelyard::market {
namespace {

using ledger::Key;
using ledger::Store;

Key prefix() {
    return Key('z');
}

}  // namespace

Outcome<void> mark_for_sweep(StateView& state, AccountNumber provider) {
    return state.put(Store::market, prefix() << provider, Bytes{1});
}

Outcome<void> unmark_for_sweep(StateView& state, AccountNumber provider) {
    return state.erase(Store::market, prefix() << provider);
}

Outcome<std::vector<AccountNumber>> marked_for_sweep(
    const StateView& state, std::size_t count_max
) {
    std::vector<AccountNumber> providers;
    TRY(state.walk(Store::market, prefix(), [&](const ledger::Record& record) -> Outcome<bool> {
        if (providers.size() == count_max) {
            return false;
        }
        ledger::KeyReader reader(record.key);
        providers.push_back(reader.account());
        return true;
    }));
    return providers;
}

}  // namespace steelyard::market
