// Fields of the market's messages as values. Private to the .cpp files of this folder.
#pragma once

#include "ledger/messages/fields.h"
#include "market/records/job.h"

namespace steelyard::messages {

using StringList = google::protobuf::RepeatedPtrField<std::string>;

/// "name=value", each; that names stand in order is checked where they are used. Errors: bad_text.
Outcome<std::vector<market::Attribute>> read_attributes(const StringList& list);

/// Exactly 32 bytes. Errors: bad_order.
Outcome<crypto::Hash256> read_hash(std::string_view field, const std::string& bytes);

/// Hashes one after the other. Errors: bad_order.
Outcome<std::vector<crypto::Hash256>> read_hashes(std::string_view field, const std::string& bytes);

/// An amount of the base denomination that may be left out; at most money_max. Errors:
/// invalid_coins, invalid_request.
Outcome<market::Money> read_money(std::string_view field, const ProtoCoin& coin);

/// A height, or 0; at most what records take. Errors: bad_order.
Outcome<chain::Height> read_height(std::string_view field, std::int64_t height);

/// 1: work. Errors: bad_order.
Outcome<market::Product> read_product(std::uint32_t product);

/// Of an address that check has read; it has signed, so it has an account (CHECKed).
Outcome<ledger::AccountNumber> signer_of(const ledger::Context& context, const std::string& text);

}  // namespace steelyard::messages
