// Choosing a block's transactions, and checking what others chose.
#include "base/check.h"
#include "ledger/block/block.h"
#include "ledger/params/stored_params.h"

#include <google/protobuf/message.h>

#include <algorithm>

namespace steelyard::block {
namespace {

using ledger::Params;

/// What may still be wanted of a block's gas.
class GasLeft {
public:
    explicit GasLeft(const chain::BlockParams& limits)
        : is_limited_(limits.max_gas >= 0),
          left_(is_limited_ ? static_cast<std::uint64_t>(limits.max_gas) : 0) {}

    bool take(std::uint64_t wanted) {
        if (!is_limited_) {
            return true;
        }
        if (wanted > left_) {
            return false;
        }
        left_ -= wanted;
        return true;
    }

private:
    bool is_limited_;
    std::uint64_t left_;
};

/// Those that wait, by lane and then as they came; what cannot be read is left out.
struct Waiting {
    Bytes tx{};
    pipeline::ReadTxPtr read{};
};

std::vector<Waiting> by_lane(
    std::vector<Bytes> waiting, const Params& params, const pipeline::TxReader& reader
) {
    std::vector<Waiting> sorted;
    sorted.reserve(waiting.size());
    for (Bytes& tx : waiting) {
        if (auto read = reader(tx, params)) {
            sorted.push_back({std::move(tx), *std::move(read)});
        }
    }
    std::ranges::stable_sort(sorted, {}, [](const Waiting& one) {
        return pipeline::lane_of(*one.read);
    });
    return sorted;
}

Params params_of(const StateView& state) {
    auto params = ledger::load_params(state);
    CHECK(params.has_value());
    return *std::move(params);
}

}  // namespace

std::int64_t size_in_block(ByteView tx) {
    std::int64_t size = 1 + static_cast<std::int64_t>(tx.size());
    for (std::size_t rest = tx.size(); rest > 0x7f; rest >>= 7) {
        ++size;
    }
    return size + 1;
}

Result<void> check_block(
    const StateView& state, const chain::Block& block, const pipeline::TxReader& reader
) {
    if (block.txs.empty()) {
        return invalid("the block has no beacon");
    }
    const chain::Header& header = block.header;
    TRY(check_beacon(state, header.proposer_address, header.height, block.txs.front()));
    const Params params = params_of(state);
    GasLeft gas(params.block);
    for (std::size_t i = 1; i < block.txs.size(); ++i) {
        const auto tx = reader(block.txs[i], params);
        if (!tx) {
            return invalid("transaction {}: {}", i, tx.error().log);
        }
        if (!gas.take((*tx)->decoded.fee.gas_limit)) {
            return invalid("transaction {} wants more gas than the block has left", i);
        }
    }
    return {};
}

std::vector<Bytes> choose_txs(
    StateView& state,
    const ProposalSpace& space,
    std::vector<Bytes> waiting,
    const pipeline::TxReader& reader
) {
    const Params params = params_of(state);
    GasLeft gas(params.block);
    std::int64_t bytes = space.bytes;
    std::vector<Bytes> chosen;
    for (auto& [tx, read] : by_lane(std::move(waiting), params, reader)) {
        if (size_in_block(tx) > bytes) {
            continue;
        }
        const auto mark = state.mark();
        // The signatures were checked when the transaction came to the mempool.
        const chain::ExecTxResult result = pipeline::run_tx(
            state, space.block, params, *read, {.run_messages = false, .is_told = false}
        );
        if (result.code != 0 || !gas.take(static_cast<std::uint64_t>(result.gas_wanted))) {
            state.roll_back(mark);
            continue;
        }
        bytes -= size_in_block(tx);
        chosen.push_back(std::move(tx));
    }
    return chosen;
}

}  // namespace steelyard::block
