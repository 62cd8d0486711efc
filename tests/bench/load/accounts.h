// Accounts of a chain under load: their keys, what the chain knows of them, and their money.
#pragma once

#include "chain/ids.h"
#include "crypto/public_key.h"
#include "tests/bench/load/http.h"
#include "tests/bench/load/workload.h"

#include <google/protobuf/message.h>

namespace steelyard::load {

struct Account {
    crypto::PrivateKey key;
    std::string address{};
    std::uint64_t number = 0;
    std::uint64_t sequence = 0;
};

/// Prints why, and ends the program.
[[noreturn]] void give_up(const std::string& why);

/// What a transaction that wants so much gas pays.
std::uint64_t fee_of(std::uint64_t gas);

chain::ChainId chain_of(HttpConnection& node);

/// The account of the public test mnemonic, which has money; gives up where there is none.
Account bank_account(HttpConnection& node);

/// Pays new accounts so much each from the bank, and waits until the chain has them.
std::vector<Account> make_accounts(
    HttpConnection& node, std::size_t count, std::uint64_t amount, const chain::ChainId& chain_id
);

/// All messages in one transaction, whose sequence is the account's next.
Bytes sign(
    Account& account,
    std::span<const google::protobuf::Message* const> messages,
    std::uint64_t gas,
    const chain::ChainId& chain_id
);

/// Gives up where the node does not take it.
void broadcast(HttpConnection& node, ByteView tx);

/// Until the chain has all that the account has signed.
void wait_for_sequence(HttpConnection& node, Account& account);

}  // namespace steelyard::load
