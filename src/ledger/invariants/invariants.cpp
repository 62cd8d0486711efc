#include "ledger/invariants/invariants.h"

#include "ledger/invariants/findings.h"

namespace steelyard::invariants {

std::vector<Breach> check(StateView& state) {
    CHECK(state.meter() == nullptr);
    Findings findings;
    check_money(state, findings);
    check_accounts(state, findings);
    return std::move(findings).take();
}

std::string to_string(const Breach& breach) {
    return breach.rule + ": " + breach.what;
}

}  // namespace steelyard::invariants
