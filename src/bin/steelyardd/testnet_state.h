// The ledger's genesis of a testnet: validators with stakes, accounts with money.
#pragma once

#include "chain/ids.h"
#include "crypto/public_key.h"
#include "p2p/node_key.h"

#include <filesystem>
#include <span>

namespace steelyard::daemon {

/// A validator of the testnet.
struct TestnetMember {
    std::string moniker;
    crypto::PrivateKey validator_key;
    p2p::NodeKey node_key;
    crypto::PrivateKey beacon_key;
    crypto::PrivateKey operator_key;
};

/// Who has money besides the validators' operators.
struct TestnetAccounts {
    std::vector<std::string> names{};      ///< keys are made for them
    std::vector<std::string> addresses{};  ///< yard1...
    bool with_public = false;              ///< the account of the mnemonic that everybody knows
};

/// What each account of a testnet has, in the base denomination, and what a validator stakes of it.
inline constexpr std::uint64_t testnet_funds = 1'000'000'000'000;
inline constexpr std::uint64_t testnet_stake = 100'000'000;

/// The app_state. Keys that are made for `names`, and the public one (as "public"), go to the
/// keyring `test` in FOLDER/keyring.
Result<std::string> make_testnet_state(
    const chain::ChainId& chain_id,
    const std::filesystem::path& folder,
    std::span<const TestnetMember> members,
    const TestnetAccounts& accounts
);

/// Puts the operator's key into the keyring `test` of the member's home, under its moniker.
Result<void> keep_operator_key(const std::filesystem::path& home, const TestnetMember& member);

}  // namespace steelyard::daemon
