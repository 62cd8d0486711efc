#include "ledger/state/values.h"

#include "base/check.h"
#include "crypto/bech32.h"

namespace steelyard::ledger {
namespace {

Bytes number_bytes(Uint128 value) {
    Bytes bytes(number_size);
    for (std::size_t i = number_size; i > 0; --i, value >>= 8) {
        bytes[i - 1] = static_cast<std::uint8_t>(value);
    }
    return bytes;
}

std::string address_text(std::string_view prefix, const chain::Address& address) {
    Result<std::string> text = crypto::encode_address(prefix, address);
    CHECK(text.has_value());
    return *std::move(text);
}

}  // namespace

Bytes amount_bytes(chain::Amount amount) {
    return number_bytes(amount.value());
}

Bytes dec_bytes(chain::Dec dec) {
    CHECK(!dec.is_negative());
    return number_bytes(static_cast<Uint128>(dec.scaled()));
}

Result<chain::Amount> parse_amount(ByteView bytes) {
    if (bytes.size() != number_size) {
        return invalid("number has {} bytes, not {}", bytes.size(), number_size);
    }
    Uint128 value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8 | byte;
    }
    const std::optional<chain::Amount> amount = chain::Amount::from(value);
    if (!amount) {
        return invalid("number is 2^127 or more");
    }
    return *amount;
}

Result<chain::Dec> parse_dec(ByteView bytes) {
    TRY_ASSIGN(const chain::Amount amount, parse_amount(bytes));
    const std::optional<chain::Dec> dec =
        chain::Dec::from_scaled(static_cast<Int128>(amount.value()));
    CHECK(dec.has_value());
    return *dec;
}

std::string account_text(const chain::Address& address) {
    return address_text(account_prefix, address);
}

std::string operator_text(const chain::Address& address) {
    return address_text(operator_prefix, address);
}

std::string consensus_text(const chain::Address& address) {
    return address_text(consensus_prefix, address);
}

std::string base_coin_text(chain::Dec amount) {
    return amount.is_zero() ? "" : to_string(amount) + std::string(base_denom);
}

}  // namespace steelyard::ledger
