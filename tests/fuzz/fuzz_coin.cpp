// Coins and decimal numbers as texts, and Coin as a message: one accepted form each.
#include "base/check.h"
#include "chain/coin.h"
#include "chain/dec.h"

using namespace steelyard;
using namespace steelyard::chain;

namespace {

void check_coins(std::string_view text) {
    if (const Result<Coin> coin = Coin::parse(text)) {
        CHECK(to_string(*coin) == text);
        CHECK(decode_coin(encode_coin(*coin)) == coin);
    }
    if (const Result<Coins> coins = Coins::parse(text)) {
        CHECK(Coins::parse(to_string(*coins)) == coins);
        CHECK(Coins::make(coins->all()) == coins);
        CHECK(checked_sub(*coins, *coins) == Coins());
        if (const auto twice = checked_add(*coins, *coins)) {
            CHECK(checked_sub(*twice, *coins) == *coins);
        }
    }
}

void check_dec(std::string_view text) {
    if (const Result<Dec> dec = Dec::parse_wire(text)) {
        CHECK(to_wire(*dec) == text);
        CHECK(Dec::parse(to_string(*dec)) == dec);
    }
    if (const Result<Dec> dec = Dec::parse(text)) {
        CHECK(to_string(*dec).starts_with(text));
        CHECK(multiply(*dec, Dec(1)) == *dec);
        CHECK(divide(*dec, Dec(1)) == *dec);
        CHECK(dec->is_zero() || divide(*dec, *dec) == Dec(1));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    check_coins(as_text(bytes));
    check_dec(as_text(bytes));
    if (const Result<Coin> coin = decode_coin(bytes)) {
        CHECK(equal(encode_coin(*coin), bytes));
    }
    return 0;
}
