#include "ledger/invariants/invariants.h"

#include "ledger/invariants/market_rows.h"
#include "ledger/invariants/stakes.h"

namespace steelyard::invariants {

std::vector<Breach> check(StateView& state) {
    CHECK(state.meter() == nullptr);
    Findings findings;
    check_money(state, findings);
    check_accounts(state, findings);
    const Stakes stakes = read_stakes(state);
    check_stake(state, stakes, findings);
    check_rewards(state, stakes, findings);
    check_active_set(state, stakes, findings);
    check_stake_rows(state, stakes, findings);
    check_other_rows(state, stakes, findings);
    check_market(state, findings);
    return std::move(findings).take();
}

std::string to_string(const Breach& breach) {
    return breach.rule + ": " + breach.what;
}

}  // namespace steelyard::invariants
