#include "bin/steelyardd/testnet_state.h"

#include "base/check.h"
#include "client/keyring.h"
#include "client/money.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "ledger/genesis/document.h"
#include "ledger/genesis/make_gen_tx.h"

namespace steelyard::daemon {

namespace {

constexpr std::string_view keyring_folder = "keyring";
constexpr std::string_view public_name = "public";

/// The first test vector of BIP-39, which every wallet knows.
constexpr std::string_view public_mnemonic =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

crypto::PrivateKey public_key() {
    const auto seed = crypto::seed_from_mnemonic(public_mnemonic, "");
    CHECK(seed.has_value());
    const auto master = crypto::ExtendedPrivateKey::from_seed(seed->view());
    CHECK(master.has_value());
    const auto key = master->derive(crypto::HdPath::account(0, 0));
    CHECK(key.has_value());
    return key->private_key();
}

Result<void> keep(client::Keyring& keyring, std::string_view name, const crypto::PrivateKey& key) {
    SystemRandom random;
    TRY(keyring.add(name, key, {}, {}, random));
    return {};
}

chain::Coins funds() {
    const auto coins = chain::Coins::parse(fmt::format("{}{}", testnet_funds, client::base_denom));
    CHECK(coins.has_value());
    return *coins;
}

Result<void> add_accounts(
    genesis::Document& state, const std::filesystem::path& folder, const TestnetAccounts& accounts
) {
    client::Keyring keyring(folder / keyring_folder, client::KeyringBackend::test);
    SystemRandom random;
    for (const std::string& name : accounts.names) {
        const auto key = crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random);
        TRY(keep(keyring, name, key));
        TRY(state.add_account(key.public_key().address(), funds()));
    }
    if (accounts.with_public) {
        const auto key = public_key();
        TRY(keep(keyring, public_name, key));
        TRY(state.add_account(key.public_key().address(), funds()));
    }
    for (const std::string& text : accounts.addresses) {
        TRY_ASSIGN(const auto address, client::parse_address(client::account_prefix, text));
        TRY(state.add_account(address, funds()));
    }
    return {};
}

/// Rates that leave most of the rewards to delegators.
genesis::NewValidator describe(const TestnetMember& member) {
    return {
        .moniker = member.moniker,
        .consensus_key = member.validator_key.public_key(),
        .beacon_key = member.beacon_key.public_key(),
        .self_delegation = chain::Amount(testnet_stake),
        .commission_rate = *chain::Dec::parse("0.1"),
        .commission_max_rate = *chain::Dec::parse("0.2"),
        .commission_max_change_rate = *chain::Dec::parse("0.01"),
    };
}

}  // namespace

Result<std::string> make_testnet_state(
    const chain::ChainId& chain_id,
    const std::filesystem::path& folder,
    std::span<const TestnetMember> members,
    const TestnetAccounts& accounts
) {
    auto state = genesis::Document::make({});
    for (const TestnetMember& member : members) {
        TRY(state.add_account(member.operator_key.public_key().address(), funds()));
    }
    TRY(add_accounts(state, folder, accounts));
    for (const TestnetMember& member : members) {
        TRY(state.add_gen_tx(genesis::make_gen_tx(chain_id, member.operator_key, describe(member)))
        );
    }
    return state.print();
}

Result<void> keep_operator_key(const std::filesystem::path& home, const TestnetMember& member) {
    client::Keyring keyring(home, client::KeyringBackend::test);
    return keep(keyring, member.moniker, member.operator_key);
}

}  // namespace steelyard::daemon
