#include "client/header_json.h"

#include <algorithm>
#include <limits>

namespace steelyard::client {
namespace {

constexpr std::size_t hash_size = sizeof(chain::Hash256);
constexpr std::size_t text_size_max = 64;

template <std::size_t size>
Result<void> read_bytes(const JsonFields& fields, std::string_view name, ByteArray<size>& out) {
    TRY_ASSIGN(const Bytes bytes, fields.hex(name, size));
    if (bytes.size() != size) {
        return fields.refuse(name, fmt::format("has {} bytes, not {}", bytes.size(), size));
    }
    std::ranges::copy(bytes, out.begin());
    return {};
}

Result<std::optional<chain::BlockId>> read_block_id(const JsonFields& fields) {
    TRY_ASSIGN(const std::string hash, fields.text("hash", 2 * hash_size));
    if (hash.empty()) {
        return std::optional<chain::BlockId>();
    }
    chain::BlockId id;
    TRY(read_bytes(fields, "hash", id.hash));
    TRY_ASSIGN(const JsonFields parts, fields.object("parts"));
    TRY_ASSIGN(const std::uint64_t total, parts.number("total"));
    if (total == 0 || total > std::numeric_limits<std::uint32_t>::max()) {
        return parts.refuse("total", "is no count of parts");
    }
    id.parts.total = static_cast<std::uint32_t>(total);
    TRY(read_bytes(parts, "hash", id.parts.hash));
    return std::optional(id);
}

Result<void> read_version(const JsonFields& fields, chain::ConsensusVersion& out) {
    TRY_ASSIGN(const JsonFields version, fields.object("version"));
    TRY_ASSIGN(out.block, version.number("block"));
    if (out.block != chain::block_protocol) {
        return version.refuse(
            "block", fmt::format("is {}, not {}", out.block, chain::block_protocol)
        );
    }
    if (version.has("app")) {
        TRY_ASSIGN(out.app, version.number("app"));
    }
    return {};
}

Result<void> read_hashes(const JsonFields& fields, chain::Header& out) {
    TRY(read_bytes(fields, "last_commit_hash", out.last_commit_hash));
    TRY(read_bytes(fields, "data_hash", out.data_hash));
    TRY(read_bytes(fields, "validators_hash", out.validators_hash));
    TRY(read_bytes(fields, "next_validators_hash", out.next_validators_hash));
    TRY(read_bytes(fields, "consensus_hash", out.consensus_hash));
    TRY_ASSIGN(const Bytes app_hash, fields.hex("app_hash", chain::AppHash::size_max));
    TRY_ASSIGN(out.app_hash, chain::AppHash::parse(app_hash));
    TRY(read_bytes(fields, "last_results_hash", out.last_results_hash));
    TRY(read_bytes(fields, "evidence_hash", out.evidence_hash));
    return read_bytes(fields, "proposer_address", out.proposer_address);
}

}  // namespace

Result<chain::Header> read_header(const JsonFields& fields) {
    chain::Header header;
    TRY(read_version(fields, header.version));
    TRY_ASSIGN(const std::string chain_id, fields.text("chain_id", text_size_max));
    TRY_ASSIGN(header.chain_id, chain::ChainId::parse(chain_id));
    TRY_ASSIGN(const std::uint64_t height, fields.number("height"));
    if (height == 0 || height > std::numeric_limits<std::int64_t>::max()) {
        return fields.refuse("height", "is no height of a block");
    }
    TRY_ASSIGN(header.height, chain::Height::parse(static_cast<std::int64_t>(height)));
    TRY_ASSIGN(const std::string time, fields.text("time", text_size_max));
    TRY_ASSIGN(header.time, chain::Timestamp::parse(time));
    TRY_ASSIGN(const JsonFields last_block_id, fields.object("last_block_id"));
    TRY_ASSIGN(header.last_block_id, read_block_id(last_block_id));
    TRY(read_hashes(fields, header));
    return header;
}

}  // namespace steelyard::client
