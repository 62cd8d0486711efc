// Proven records: rows of the state with proofs up to an app hash, and which of them tell of a job.
#pragma once

#include "crypto/hash.h"
#include "market/records/ids.h"

#include <functional>
#include <map>

namespace steelyard::market {

/// A row of a store, or its absence (no value), with the two proofs that `/store/<name>/key` gives
/// for it: `ics23:iavl` and `ics23:simple`, each an encoded cosmos.ics23.v1.CommitmentProof.
struct ProvenRecord {
    std::string store{};
    Bytes key{};
    Bytes value{};
    Bytes in_store{};
    Bytes of_store{};

    bool operator==(const ProvenRecord&) const = default;
};

inline constexpr std::size_t receipt_records_max = 64;
inline constexpr std::size_t receipt_value_size_max = 64 * 1024;
inline constexpr std::size_t receipt_proof_size_max = 64 * 1024;

/// Errors (denied): the proofs do not show the record, or its absence, under the app hash.
Result<void> check_record(const Hash256& app_hash, const ProvenRecord& record);

/// Where rows come from: a node, or a receipt. Each is asked for once. One that is not there has no
/// value.
using RecordSource = std::function<Result<Bytes>(std::string_view store, ByteView key)>;

}  // namespace steelyard::market
