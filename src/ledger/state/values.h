// Values: amounts and fractions as records hold them, addresses as events name them.
#pragma once

#include "chain/dec.h"
#include "ledger/state/context.h"

namespace steelyard::ledger {

/// What an Amount or a Dec takes in a record.
inline constexpr std::size_t number_size = 16;

// Big-endian. Only a Dec that is not negative is kept (CHECKed).
Bytes amount_bytes(chain::Amount amount);
Bytes dec_bytes(chain::Dec dec);

Result<chain::Amount> parse_amount(ByteView bytes);
Result<chain::Dec> parse_dec(ByteView bytes);

// bech32 with the prefixes of this chain.
std::string account_text(const chain::Address& address);
std::string operator_text(const chain::Address& address);
std::string consensus_text(const chain::Address& address);

/// "1.500000000000000000uyard"; empty for nothing.
std::string base_coin_text(chain::Dec amount);

}  // namespace steelyard::ledger
