#include "tests/bench/load/workload.h"

namespace steelyard::load {

Workload kvstore_workload(const Options& options, std::size_t lanes) {
    Workload workload;
    const std::size_t count = tx_count(options);
    for (std::size_t number = 0; number < count; ++number) {
        std::string tx = options.tag + "-" + std::to_string(number) + "=";
        tx.append(options.tx_size > tx.size() ? options.tx_size - tx.size() : 1, 'v');
        workload.txs.emplace_back(tx.begin(), tx.end());
        workload.lanes.push_back(number % lanes);
    }
    return workload;
}

}  // namespace steelyard::load
