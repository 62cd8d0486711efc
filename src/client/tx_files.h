// Transactions, parts of signatures and public keys as the SDK's tools keep them in files.
#pragma once

#include "client/transactions.h"

namespace steelyard::client {

/// {"body":...,"auth_info":...,"signatures":[...]} and a newline. Errors: a message of an unknown
/// type.
Result<std::string> print_tx(const DecodedTx& tx);

/// Reads what print_tx writes, and what the SDK's tools write. Errors say what is wrong with it.
Result<DecodedTx> parse_tx(std::string_view text);

/// {"signatures":[{"public_key":...,"data":{"single":...},"sequence":"..."}]} and a newline.
std::string print_member_signature(const MemberSignature& part);

/// One or more parts.
Result<std::vector<MemberSignature>> parse_member_signatures(std::string_view text);

/// A public key as JSON with "@type".
std::string print_account_key(const AccountKey& key);

/// Reads that, or the 33 bytes of a secp256k1 key in hex.
Result<AccountKey> parse_account_key(std::string_view text);

}  // namespace steelyard::client
