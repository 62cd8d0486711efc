// ExecTxResult: what executing a transaction gave, and the hash that the next header holds of it.
#pragma once

#include "chain/block_id.h"
#include "chain/ids.h"
#include "crypto/merkle.h"

#include <vector>

namespace steelyard::chain {

struct EventAttribute {
    std::string key{};
    std::string value{};
    bool index = false;  ///< whether it can be searched for

    auto operator<=>(const EventAttribute&) const = default;
};

struct Event {
    std::string type{};
    std::vector<EventAttribute> attributes{};

    auto operator<=>(const Event&) const = default;
};

struct ExecTxResult {
    // What the reader takes, and so what an application may give.
    static constexpr std::size_t data_size_max = 1 << 20;
    /// Of every other text in it, which is UTF-8: that of a transaction, three bytes for each.
    static constexpr std::size_t text_size_max = 3 * block_size_max;
    static constexpr std::size_t events_max = 10'000;
    static constexpr std::size_t attributes_max = 100;  ///< of one event

    std::uint32_t code = 0;  ///< 0: the transaction took effect
    Bytes data{};
    std::string log{};   ///< may differ between nodes
    std::string info{};  ///< may differ between nodes
    std::int64_t gas_wanted = 0;
    std::int64_t gas_used = 0;
    std::vector<Event> events{};
    std::string codespace{};  ///< what numbers the code

    auto operator<=>(const ExecTxResult&) const = default;
};

/// What all nodes agree on: code, data and gas. A leaf of last_results_hash, rule H8.
Bytes encode_agreed_result(const ExecTxResult& result);

/// The last_results_hash of the next header.
Hash256 results_hash(std::span<const ExecTxResult> results);

/// For each result a proof that it stands under results_hash.
std::vector<crypto::MerkleProof> result_proofs(std::span<const ExecTxResult> results);

/// tendermint.abci.ExecTxResult. The reader refuses negative gas and what is over the limits.
Bytes encode_exec_tx_result(const ExecTxResult& result);
Result<ExecTxResult> decode_exec_tx_result(ByteView bytes);

/// tendermint.abci.Event.
Bytes encode_event(const Event& event);
Result<Event> decode_event(ByteView bytes);

}  // namespace steelyard::chain
