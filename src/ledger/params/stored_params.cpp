#include "ledger/params/stored_params.h"

#include "base/check.h"
#include "ledger/state/key.h"

namespace steelyard::ledger {
namespace {

const Key& params_key() {
    static const Key key('p');
    return key;
}

}  // namespace

Outcome<Params> load_params(const StateView& state) {
    TRY_ASSIGN(const auto bytes, state.get(Store::params, params_key()));
    CHECK(bytes.has_value());
    Result<Params> params = decode_params(*bytes);
    CHECK(params.has_value());
    return *std::move(params);
}

Outcome<void> store_params(StateView& state, const Params& params) {
    return state.put(Store::params, params_key(), encode_params(params));
}

chain::Amount minted_at(const Params& params, chain::Height height) {
    chain::Amount amount;
    for (const MintStep& step : params.mint) {
        if (step.from > height) {
            break;
        }
        amount = step.amount;
    }
    return amount;
}

}  // namespace steelyard::ledger
