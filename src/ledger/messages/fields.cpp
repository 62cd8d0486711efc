#include "ledger/messages/fields.h"

#include "cosmos/base/v1beta1/coin.pb.h"
#include "crypto/bech32.h"

namespace steelyard::messages {
namespace {

namespace kinds = ledger::kinds;

/// What is quoted of a text that a message holds.
constexpr std::size_t quoted_size_max = 100;

Outcome<chain::Address> read_address(
    std::string_view field, std::string_view prefix, std::string_view text
) {
    const Result<Bytes> bytes = crypto::decode_address(prefix, text);
    if (!bytes) {
        return refuse(
            kinds::invalid_address,
            "{} \"{}\": {}",
            field,
            text.substr(0, quoted_size_max),
            bytes.error().message()
        );
    }
    if (bytes->size() != chain::Address().size()) {
        return refuse(
            kinds::invalid_address,
            "{} \"{}\" has {} bytes, must have 20",
            field,
            text,
            bytes->size()
        );
    }
    return to_array<20>(ByteView(*bytes).first<20>());
}

Result<chain::Coin> parse_coin(const ProtoCoin& coin) {
    TRY_ASSIGN(chain::Denom denom, chain::Denom::parse(coin.denom()));
    TRY_ASSIGN(const chain::Amount amount, chain::Amount::parse(coin.amount()));
    return chain::Coin{std::move(denom), amount};
}

}  // namespace

Outcome<chain::Address> read_account(std::string_view field, std::string_view text) {
    return read_address(field, ledger::account_prefix, text);
}

Outcome<chain::Address> read_operator(std::string_view field, std::string_view text) {
    return read_address(field, ledger::operator_prefix, text);
}

Outcome<chain::Address> read_consensus_address(std::string_view field, std::string_view text) {
    return read_address(field, ledger::consensus_prefix, text);
}

Outcome<chain::Amount> read_amount(std::string_view field, std::string_view text) {
    const Result<chain::Amount> amount = chain::Amount::parse(text);
    if (!amount) {
        return refuse(kinds::invalid_request, "{}: {}", field, amount.error().message());
    }
    return *amount;
}

Outcome<chain::Dec> read_dec(std::string_view field, std::string_view text) {
    const Result<chain::Dec> dec = chain::Dec::parse_wire(text);
    if (!dec) {
        return refuse(kinds::invalid_request, "{}: {}", field, dec.error().message());
    }
    return *dec;
}

Outcome<chain::Amount> read_stake(std::string_view field, const ProtoCoin& coin) {
    const Result<chain::Coin> read = parse_coin(coin);
    if (!read) {
        return refuse(kinds::invalid_coins, "{}: {}", field, read.error().message());
    }
    if (read->denom.text() != ledger::base_denom) {
        return refuse(
            kinds::invalid_request,
            "{} is {}, must be of {}",
            field,
            to_string(*read),
            ledger::base_denom
        );
    }
    if (read->amount.is_zero()) {
        return refuse(
            kinds::invalid_request, "{} is {}, must be positive", field, to_string(*read)
        );
    }
    return read->amount;
}

Outcome<chain::Coins> read_coins(
    std::string_view field, const google::protobuf::RepeatedPtrField<ProtoCoin>& coins
) {
    if (coins.empty()) {
        return refuse(kinds::invalid_coins, "{}: has no coins", field);
    }
    std::vector<chain::Coin> read;
    for (const ProtoCoin& coin : coins) {
        Result<chain::Coin> one = parse_coin(coin);
        if (!one) {
            return refuse(kinds::invalid_coins, "{}: {}", field, one.error().message());
        }
        read.push_back(*std::move(one));
    }
    Result<chain::Coins> all = chain::Coins::make(std::move(read));
    if (!all) {
        return refuse(kinds::invalid_coins, "{}: {}", field, all.error().message());
    }
    return *std::move(all);
}

}  // namespace steelyard::messages
