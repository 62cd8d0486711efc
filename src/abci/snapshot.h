// Snapshots: copies of an application's state, in chunks, that a new node can start from.
#pragma once

#include "chain/app_hash.h"
#include "chain/ids.h"

#include <string>
#include <vector>

namespace steelyard::abci {

/// tendermint.abci.Snapshot: what a peer says that it can serve. All of it is a claim.
struct Snapshot {
    // The most that may come from a peer, as CometBFT's messages of state sync allow it.
    static constexpr std::uint32_t chunks_max = 100'000;
    static constexpr std::size_t hash_size_max = 64;
    static constexpr std::size_t metadata_size_max = std::size_t{1} << 20;
    static constexpr std::size_t chunk_size_max = std::size_t{16} << 20;

    chain::Height height{};
    std::uint32_t format = 0;  ///< of the application's choice
    std::uint32_t chunks = 0;  ///< how many there are, numbered from 0
    Bytes hash{};              ///< tells snapshots apart; only the application knows of what
    Bytes metadata{};          ///< for the application, such as the hashes of chunks

    auto operator<=>(const Snapshot&) const = default;
};

/// What becomes of a snapshot that was offered.
enum class SnapshotVerdict : std::uint8_t {
    accept,         ///< its chunks may come
    abort,          ///< no snapshot at all is wanted
    reject,         ///< not this one
    reject_format,  ///< none of this format
    reject_sender,  ///< none of who offered it
};

/// What becomes of a chunk that was handed over.
enum class ChunkVerdict : std::uint8_t {
    accept,
    abort,            ///< give up state sync
    retry,            ///< hand the chunk over again, fetched anew if it is named
    retry_snapshot,   ///< begin anew with the first chunk
    reject_snapshot,  ///< try another snapshot
};

struct ChunkAnswer {
    ChunkVerdict verdict = ChunkVerdict::accept;
    std::vector<std::uint32_t> refetch{};       ///< chunks that were bad: fetch them again
    std::vector<std::string> reject_senders{};  ///< peers of whom nothing more is taken

    bool operator==(const ChunkAnswer&) const = default;
};

}  // namespace steelyard::abci
