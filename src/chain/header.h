// Header: what a block commits to. Its hash is the block's name.
#pragma once

#include "chain/app_hash.h"
#include "chain/block_id.h"
#include "chain/timestamp.h"

namespace steelyard::chain {

/// The version of the block format (CometBFT 0.38), which every header names.
inline constexpr std::uint64_t block_protocol = 11;

/// The most bytes of a header, encoded.
inline constexpr std::int64_t header_size_max = 626;

struct ConsensusVersion {
    std::uint64_t block = block_protocol;
    std::uint64_t app = 0;

    auto operator<=>(const ConsensusVersion&) const = default;
};

struct Header {
    ConsensusVersion version{};
    ChainId chain_id{};
    Height height{};
    Timestamp time{};
    std::optional<BlockId> last_block_id{};  ///< nothing in the first block

    Hash256 last_commit_hash{};      ///< the commit of the block before
    Hash256 data_hash{};             ///< the transactions
    Hash256 validators_hash{};       ///< who votes on this block
    Hash256 next_validators_hash{};  ///< who votes on the next one
    Hash256 consensus_hash{};        ///< the consensus parameters of this block
    AppHash app_hash{};              ///< the state after the block before
    Hash256 last_results_hash{};     ///< the results of the transactions of the block before
    Hash256 evidence_hash{};
    Address proposer_address{};

    auto operator<=>(const Header&) const = default;
};

/// The Merkle root over the 14 fields, each encoded for itself: rule H2 of doc/spec/encoding.md.
Hash256 header_hash(const Header& header);

/// tendermint.types.Header. The reader refuses another block protocol (unsupported), height 0 and
/// any hash that is not there.
Bytes encode_header(const Header& header);
Result<Header> decode_header(ByteView bytes);

}  // namespace steelyard::chain
