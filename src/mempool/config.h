// What an operator sets of the mempool.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::mempool {

struct Config {
    std::size_t max_txs = 20'000;              ///< that wait
    std::size_t max_txs_bytes = 64 << 20;      ///< of all that wait
    std::size_t max_tx_bytes = 1 << 20;        ///< of one
    std::size_t max_txs_per_sender = 1'000;    ///< 0: no limit
    std::size_t cache_size = 65'536;           ///< hashes of transactions seen, also committed ones
    bool keep_invalid_txs_in_cache = false;    ///< then one that is refused is not checked again
    bool recheck = true;                       ///< what waits, after every block
    std::int64_t ttl_blocks = 0;               ///< blocks that a transaction may wait; 0: no limit
    std::size_t pending_txs_max = 20'000;      ///< that came and are not checked yet
    std::size_t pending_bytes_max = 16 << 20;  ///< of those
    bool prepare_txs = false;  ///< whether Application::prepare_tx is worth calling, on all threads
};

}  // namespace steelyard::mempool
