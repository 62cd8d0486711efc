// Receipts: the node's part of them, its chain and its state.
#pragma once

#include "market/receipt/document.h"
#include "rpc/ports.h"

namespace steelyard::node {

/// The document of a job as the state before the last block has it, since that block's header
/// proves it. Errors: not_found, unsupported where the last block follows no state of this node's
/// (its chain just began, or that state could not be rebuilt at the start), those of the ports.
Result<std::string> make_receipt(
    rpc::AppView& app, const rpc::ChainReader& chain, const market::JobId& job
);

}  // namespace steelyard::node
