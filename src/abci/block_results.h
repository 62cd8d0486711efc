// BlockResults: what executing a block gave.
#pragma once

#include "chain/app_hash.h"
#include "chain/consensus_params.h"
#include "chain/exec_result.h"
#include "chain/validator.h"

namespace steelyard::abci {

struct BlockResults {
    // What the reader takes, and so what an application may give.
    static constexpr std::size_t events_max = 100'000;
    static constexpr std::size_t validator_updates_max = 2 * chain::validators_max;

    std::vector<chain::ExecTxResult> tx_results{};
    std::vector<chain::Event> events{};
    std::vector<chain::ValidatorUpdate> validator_updates{};
    chain::ConsensusParamsUpdate params_update{};
    chain::AppHash app_hash{};

    bool operator==(const BlockResults&) const = default;
};

/// tendermint.abci.ResponseFinalizeBlock; consensus_param_updates is always written.
Bytes encode_block_results(const BlockResults& results);
Result<BlockResults> decode_block_results(ByteView bytes);

}  // namespace steelyard::abci
