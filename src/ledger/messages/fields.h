// Fields of messages as values; each error names the field and what stood in it.
#pragma once

#include "chain/coin.h"
#include "chain/dec.h"
#include "ledger/state/values.h"

namespace cosmos::base::v1beta1 {
class Coin;
}

namespace google::protobuf {
template <typename T>
class RepeatedPtrField;
}

namespace steelyard::messages {

using ledger::Outcome;
using ProtoCoin = cosmos::base::v1beta1::Coin;

// bech32 with the right prefix and 20 bytes; errors: invalid_address.
Outcome<chain::Address> read_account(std::string_view field, std::string_view text);
Outcome<chain::Address> read_operator(std::string_view field, std::string_view text);
Outcome<chain::Address> read_consensus_address(std::string_view field, std::string_view text);

/// Digits, at most 2^127 - 1. Errors: invalid_request.
Outcome<chain::Amount> read_amount(std::string_view field, std::string_view text);

/// Wire form. Errors: invalid_request.
Outcome<chain::Dec> read_dec(std::string_view field, std::string_view text);

/// A positive amount of the base denomination. Errors: invalid_coins, invalid_request.
Outcome<chain::Amount> read_stake(std::string_view field, const ProtoCoin& coin);

/// Positive amounts, in order. Errors: invalid_coins.
Outcome<chain::Coins> read_coins(
    std::string_view field, const google::protobuf::RepeatedPtrField<ProtoCoin>& coins
);

// The other way round.
using ledger::account_text;
using ledger::consensus_text;
using ledger::operator_text;

}  // namespace steelyard::messages
