// BlobClient: blobs, brought to a node and got from it (doc/spec/blobs.md, H).
#pragma once

#include "base/endpoint.h"
#include "blob/blob.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace steelyard::client {

struct BlobNode {
    Endpoint endpoint{.host = "127.0.0.1", .port = 26657};
    std::string token{};                        ///< empty: none is shown
    std::chrono::milliseconds timeout{30'000};  ///< of each step; checking takes a node longer
    unsigned attempts_max = 6;                  ///< one after the other that move nothing
    std::chrono::milliseconds pause{100};       ///< before the second attempt; then twice as long
};

/// How far a transfer is: bytes of the file, and of the whole.
using BlobProgress = std::function<void(std::uint64_t done, std::uint64_t all)>;

/// What a node has of a blob.
struct BlobState {
    bool is_whole = false;
    std::uint64_t file_bytes = 0;  ///< of a whole one
    std::uint64_t offset = 0;      ///< of an upload that is under way: its next piece
};

struct BlobEntry {
    blob::Hash256 id{};
    std::string type{};  ///< "f32[2,3]"; empty: not told
    std::uint64_t file_bytes = 0;
    bool is_whole = false;
};

struct BlobPage {
    std::vector<BlobEntry> blobs{};
    std::optional<blob::Hash256> next{};  ///< there are more behind this one
};

/// Of one thread; keeps its connection. Errors of all: io: the node does not answer; denied: it
/// wants a token; unsupported: it keeps no blobs; corrupt: what it says cannot be.
class BlobClient {
public:
    explicit BlobClient(BlobNode node);
    ~BlobClient();

    /// Brings a tensor; its id. Goes on where an earlier upload ended. Errors: too_large, no_space.
    Result<blob::Hash256> put(
        const vm::TensorType& type, ByteView data, const BlobProgress& progress = {}
    );

    /// Gets the file of a blob, checked against its id. What came of it before is in FILE.part, and
    /// is not asked for again. `wait`: how long the node may look for it among its peers. Errors:
    /// not_found; corrupt: the node sent another one; denied also: somebody else writes the file.
    Result<void> get(
        const blob::Hash256& id,
        const std::filesystem::path& file,
        std::chrono::seconds wait = {},
        const BlobProgress& progress = {}
    );

    Result<BlobState> head(const blob::Hash256& id);

    /// Those behind `after`, 1,000 at most.
    Result<BlobPage> list(const std::optional<blob::Hash256>& after = {});

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::client
