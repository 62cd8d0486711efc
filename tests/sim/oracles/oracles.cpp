#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {

std::vector<std::unique_ptr<Oracle>> make_oracles() {
    std::vector<std::unique_ptr<Oracle>> oracles;
    oracles.push_back(make_agreement());
    oracles.push_back(make_progress());
    oracles.push_back(make_bounded_memory());
    oracles.push_back(make_fair_reports());
    oracles.push_back(make_validity());
    oracles.push_back(make_single_signatures());
    oracles.push_back(make_locks());
    oracles.push_back(make_justice());
    oracles.push_back(make_steady_signing());
    oracles.push_back(make_bookkeeping());
    return oracles;
}

}  // namespace steelyard::sim
