// Workload: the transactions that a load run offers, made before it begins.
#pragma once

#include "base/bytes.h"
#include "tests/bench/load/options.h"

namespace steelyard::load {

/// Transactions by number, with the lane (connection) that each must take: those of one account
/// take one, in order, so that their sequences arrive in order.
struct Workload {
    std::vector<Bytes> txs{};
    std::vector<std::size_t> lanes{};
};

/// "key=value" of `tx_size` bytes, for the key-value store.
Workload kvstore_workload(const Options& options, std::size_t lanes);

/// Signed transfers of one uyard between accounts that are paid for it first, from the public test
/// mnemonic's account (contrib/devnet funds it). Ends the program with a message where that fails.
Workload ledger_workload(const Options& options, std::size_t lanes);

/// Signed orders of a small program in class 1, `messages` of them to a transaction, each for the
/// clearing of its own block only, in which nobody sells. The accounts are paid likewise.
Workload market_workload(const Options& options, std::size_t lanes);

}  // namespace steelyard::load
