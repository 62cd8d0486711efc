// A genesis of two validators and a wallet, for tests of what begins with one.
#pragma once

#include "ledger/genesis/document.h"
#include "ledger/genesis/genesis.h"
#include "ledger/genesis/make_gen_tx.h"
#include "tests/unit/ledger/tx_draft.h"

namespace steelyard::ledger {

struct GenesisBuilder {
    static crypto::PrivateKey key(char kind, std::uint32_t number) {
        const crypto::Hash256 secret = crypto::sha256((Key(kind) << number).bytes());
        return crypto::PrivateKey::parse(crypto::KeyType::secp256k1, secret).value();
    }

    static genesis::NewValidator validator(std::uint32_t number) {
        return {
            .moniker = fmt::format("node{}", number),
            .consensus_key = key('c', number).public_key(),
            .beacon_key = key('b', number).public_key(),
            .self_delegation = chain::Amount(5'000'000),
            .commission_rate = *chain::Dec::parse("0.1"),
            .commission_max_rate = *chain::Dec::parse("0.2"),
            .commission_max_change_rate = *chain::Dec::parse("0.01"),
        };
    }

    /// The operator, who is also the wallet with account number `number`.
    static Wallet wallet(std::uint32_t number) {
        crypto::PrivateKey secret = key('o', number);
        const chain::Address address = secret.public_key().address();
        return {
            .key = std::move(secret),
            .address = address,
            .number = AccountNumber{number},
            .sequence = 1  // a genesis transaction was signed
        };
    }

    chain::GenesisDoc build(std::uint32_t validators = 2) const {
        auto state = genesis::Document::make(params);
        for (std::uint32_t i = 0; i < validators; ++i) {
            CHECK(state.add_account(wallet(i).address, *chain::Coins::parse("1000000000uyard")));
        }
        for (std::uint32_t i = 0; i < validators; ++i) {
            CHECK(state.add_gen_tx(genesis::make_gen_tx(chain_id, key('o', i), validator(i))));
        }
        chain::GenesisDoc doc;
        doc.chain_id = chain_id;
        doc.genesis_time = *chain::Timestamp::parse("2026-01-01T00:00:00Z");
        doc.app_state = state.print();
        return doc;
    }

    chain::ChainId chain_id = chain::ChainId::parse("test-chain").value();
    Params params{};
};

}  // namespace steelyard::ledger
