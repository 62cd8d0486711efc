#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {

std::vector<std::unique_ptr<Oracle>> make_oracles() {
    std::vector<std::unique_ptr<Oracle>> oracles;
    oracles.push_back(make_agreement());
    oracles.push_back(make_progress());
    oracles.push_back(make_bounded_memory());
    oracles.push_back(make_fair_reports());
    return oracles;
}

}  // namespace steelyard::sim
