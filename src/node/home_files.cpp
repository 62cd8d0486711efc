#include "node/home_files.h"

#include "consensus/engine/file_signer.h"
#include "consensus/engine/key_file.h"
#include "node/files.h"

namespace steelyard::node {
namespace {

constexpr std::size_t genesis_file_size_max = std::size_t{64} << 20;

}  // namespace

Result<chain::GenesisDoc> read_genesis(const Config& config) {
    const auto path = config.path(config.genesis_file);
    TRY_ASSIGN(const auto text, read_file(path, genesis_file_size_max));
    auto doc = chain::parse_genesis(text);
    if (!doc) {
        return std::unexpected(std::move(doc).error().in(path.native()));
    }
    return *std::move(doc);
}

Result<p2p::NodeKey> read_node_key(const Config& config) {
    const auto path = config.path(config.node_key_file);
    TRY_ASSIGN(const auto text, read_secret_file(path, p2p::node_key_file_size_max));
    auto key = p2p::parse_node_key(text);
    if (!key) {
        return std::unexpected(std::move(key).error().in(path.native()));
    }
    return *std::move(key);
}

Result<std::unique_ptr<engine::Signer>> open_signer(
    const Config& config, const chain::ChainId& chain_id, engine::Directory& folder
) {
    const auto path = config.path(config.priv_validator_key_file);
    const auto text = read_secret_file(path, engine::key_file_size_max);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) {
            return nullptr;
        }
        return std::unexpected(text.error());
    }
    auto key = engine::parse_key_file(*text);
    if (!key) {
        return std::unexpected(std::move(key).error().in(path.native()));
    }
    return engine::FileSigner::open(
        folder, std::make_unique<engine::LocalSigningKey>(*std::move(key)), chain_id
    );
}

}  // namespace steelyard::node
