// Transactions and their results as clients see them. For the services' own files.
#pragma once

#include "rpc/services/handler.h"

namespace cosmos::base::abci::v1beta1 {
class TxResponse;
}
namespace cosmos::tx::v1beta1 {
class Tx;
}

namespace steelyard::services {

/// A committed transaction.
struct FoundTx {
    Bytes tx{};
    chain::ExecTxResult result{};
    chain::Height height{};
    chain::Timestamp time{};  ///< of its block
};

/// Takes the bytes of a transaction apart. invalid_argument: they are none.
Answer<void> write_tx(::cosmos::tx::v1beta1::Tx& out, ByteView tx);

/// The same, with what became of it.
Answer<void> write_found_tx(::cosmos::base::abci::v1beta1::TxResponse& out, const FoundTx& found);

/// What the mempool said to a transaction.
void write_checked_tx(
    ::cosmos::base::abci::v1beta1::TxResponse& out,
    const chain::Hash256& hash,
    const chain::ExecTxResult& result
);

}  // namespace steelyard::services
