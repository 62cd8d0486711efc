// A node's home: where it is, what is in it, and how it is made.
#pragma once

#include "bin/steelyardd/command.h"
#include "chain/genesis.h"
#include "node/config/load.h"
#include "p2p/node_key.h"

namespace steelyard::daemon {

/// --home, STEELYARD_HOME, else ~/.steelyard.
Result<std::filesystem::path> find_home(const Context& context);

/// The home's settings. Errors: not_found if there is no config.toml, and what to do.
Result<node::LoadedConfig> load_home(
    const Context& context, const std::map<std::string, std::string>& flags = {}
);

/// The file that holds the settings.
std::filesystem::path config_file(const std::filesystem::path& home);

/// An error where the home runs another application.
Result<void> check_is_ledger(const node::Config& config);

Result<chain::GenesisDoc> read_genesis(const node::Config& config);
Result<crypto::PrivateKey> read_validator_key(const node::Config& config);
Result<p2p::NodeKey> read_node_key(const node::Config& config);

/// In the home, while the node runs.
inline constexpr std::string_view pid_file_name = "steelyardd.pid";

std::filesystem::path sign_state_file(const node::Config& config);

/// What a new home is made of.
struct NewHome {
    const node::Config& config;  ///< with its home
    const crypto::PrivateKey& validator_key;
    const p2p::NodeKey& node_key;
    const crypto::PrivateKey& beacon_key;
    std::string_view genesis;  ///< the file's text
};

/// Makes the folders with mode 0700, keys and settings with 0600. Refuses where a home is already.
Result<void> create_home(const NewHome& parts);

/// Writes a file, durably, under another name first.
Result<void> replace_text_file(const std::filesystem::path& path, std::string_view text);

/// Writes a genesis document in place of the home's.
Result<void> replace_genesis(const node::Config& config, const chain::GenesisDoc& doc);

/// "ed25519" or "secp256k1".
Result<crypto::KeyType> parse_key_type(std::string_view text);

}  // namespace steelyard::daemon
