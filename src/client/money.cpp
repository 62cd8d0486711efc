#include "client/money.h"

#include "base/check.h"
#include "crypto/bech32.h"

#include <algorithm>

namespace steelyard::client {
namespace {

/// Longer texts are no amount, and not repeated in an error.
constexpr std::size_t text_size_max = 200;
constexpr std::size_t coins_text_size_max = 16'384;
constexpr std::uint64_t display_scale = 1'000'000;
constexpr std::size_t dec_places_shown = 12;

/// What prints of a foreign text, and not too much of it.
std::string shown(std::string_view text) {
    std::string out(text.substr(0, text_size_max));
    std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
    return out;
}

struct Parts {
    std::string_view whole{};
    std::string_view places{};  ///< without the point
    bool point = false;
    std::string_view denom{};
};

Result<Parts> split(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    if (text.size() > text_size_max) {
        return fail(ErrorCode::too_large, "amount of {} characters", text.size());
    }
    Parts parts;
    const std::size_t end = std::min(text.find_first_not_of(digits), text.size());
    parts.whole = text.substr(0, end);
    std::string_view rest = text.substr(end);
    if (rest.starts_with('.')) {
        parts.point = true;
        rest.remove_prefix(1);
        const std::size_t places_end = std::min(rest.find_first_not_of(digits), rest.size());
        parts.places = rest.substr(0, places_end);
        rest = rest.substr(places_end);
    }
    parts.denom = rest;
    if (parts.whole.empty() || (parts.point && parts.places.empty())) {
        return invalid("\"{}\" is no amount; write it as 2.5yard or 10uyard", shown(text));
    }
    // Names of money may be such as "e3yard", so that "1e3yard" would be one of them, not a
    // thousand.
    if (parts.denom.size() > 1 && (parts.denom[0] == 'e' || parts.denom[0] == 'E') &&
        digits.contains(parts.denom[1])) {
        return invalid("\"{}\" has an exponent; write all digits", shown(text));
    }
    if (parts.denom.empty()) {
        return invalid(
            "\"{}\" names no denomination; write {}{}", shown(text), text, display_denom
        );
    }
    return parts;
}

std::string without_zeros_at_end(std::string text) {
    if (text.contains('.')) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) {
            text.pop_back();
        }
    }
    return text;
}

Result<chain::Coin> in_yard(const Parts& parts, std::string_view text) {
    if (parts.places.size() > display_places) {
        return invalid(
            "\"{}\" has more than {} places; the least is 1{} = 0.000001{}",
            shown(text),
            display_places,
            base_denom,
            display_denom
        );
    }
    std::string digits = std::string(parts.whole) + std::string(parts.places);
    digits.append(display_places - parts.places.size(), '0');
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    TRY_ASSIGN(const auto amount, chain::Amount::parse(digits));
    TRY_ASSIGN(const auto denom, chain::Denom::parse(base_denom));
    return chain::Coin{denom, amount};
}

}  // namespace

Result<chain::Coin> parse_money(std::string_view text) {
    TRY_ASSIGN(const Parts parts, split(text));
    if (parts.denom == display_denom) {
        return in_yard(parts, text);
    }
    if (parts.point) {
        return invalid("\"{}\": {} has no fractions", shown(text), shown(parts.denom));
    }
    auto coin = chain::Coin::parse(text);
    if (!coin) {
        return std::unexpected(std::move(coin).error().in("\"" + shown(text) + "\""));
    }
    return coin;
}

Result<chain::Coins> parse_moneys(std::string_view text) {
    if (text.size() > coins_text_size_max) {
        return fail(ErrorCode::too_large, "amounts of {} characters", text.size());
    }
    std::vector<chain::Coin> coins;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        TRY_ASSIGN(chain::Coin coin, parse_money(text.substr(0, comma)));
        if (comma + 1 == text.size()) {
            return invalid("amounts end with a comma");
        }
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (!coin.amount.is_zero()) {
            coins.push_back(std::move(coin));
        }
    }
    std::ranges::sort(coins, {}, &chain::Coin::denom);
    const auto twice = std::ranges::adjacent_find(coins, {}, &chain::Coin::denom);
    if (twice != coins.end()) {
        return invalid("{} stands twice among the amounts", twice->denom.text());
    }
    return chain::Coins::make(std::move(coins));
}

std::string show(const chain::Coin& coin) {
    if (coin.denom.text() != base_denom) {
        return to_string(coin.amount) + " " + coin.denom.text();
    }
    const auto scale = Uint128{display_scale};
    const auto whole = chain::Amount::from(coin.amount.value() / scale);
    const auto rest = static_cast<std::uint64_t>(coin.amount.value() % scale);
    CHECK(whole.has_value());
    return without_zeros_at_end(fmt::format("{}.{:06}", to_string(*whole), rest)) + " " +
           std::string(display_denom);
}

std::string show(const chain::Coins& coins) {
    std::string out;
    for (const chain::Coin& coin : coins.all()) {
        out += (out.empty() ? "" : ", ") + show(coin);
    }
    return out.empty() ? "nothing" : out;
}

std::string show_base(chain::Dec amount) {
    const auto in_display = divide(
        amount, chain::Dec(static_cast<std::int64_t>(display_scale)), chain::Rounding::truncate
    );
    CHECK(in_display.has_value());
    std::string text = to_string(*in_display);
    text.resize(text.size() - (static_cast<std::size_t>(chain::Dec::places) - dec_places_shown));
    return without_zeros_at_end(std::move(text)) + " " + std::string(display_denom);
}

Result<GasPrice> parse_gas_price(std::string_view text) {
    TRY_ASSIGN(const Parts parts, split(text));
    const std::string_view number = text.substr(0, text.size() - parts.denom.size());
    TRY_ASSIGN(const auto amount, chain::Dec::parse(number));
    TRY_ASSIGN(const auto denom, chain::Denom::parse(parts.denom));
    if (parts.denom == display_denom) {
        return invalid("a gas price is in {}, such as 0.01{}", base_denom, base_denom);
    }
    return GasPrice{amount, denom};
}

Result<chain::Coin> fee_of(const GasPrice& price, std::uint64_t gas) {
    const auto exact = checked_mul(price.amount, chain::Amount(gas));
    const auto amount = exact ? to_amount(*exact, chain::Rounding::up) : std::nullopt;
    if (!amount) {
        return invalid(
            "{} gas at {}{} costs more than there can be",
            gas,
            to_string(price.amount),
            price.denom.text()
        );
    }
    return chain::Coin{price.denom, *amount};
}

std::string address_text(std::string_view prefix, const crypto::Address& address) {
    auto text = crypto::encode_address(prefix, address);
    CHECK(text.has_value());
    return *std::move(text);
}

Result<crypto::Address> parse_address(std::string_view prefix, std::string_view text) {
    auto bytes = crypto::decode_address(prefix, text);
    if (bytes && bytes->size() == crypto::Address{}.size()) {
        return to_array<20>(ByteView(*bytes).first<20>());
    }
    for (const auto& [other, what] :
         {std::pair{account_prefix, "an account's"},
          {operator_prefix, "a validator's operator"},
          {consensus_prefix, "a validator's consensus key"}}) {
        if (other != prefix && crypto::decode_address(other, text)) {
            return invalid(
                "{} is {} address ({}1...), wanted is one with {}1...", text, what, other, prefix
            );
        }
    }
    if (!bytes) {
        return std::unexpected(std::move(bytes).error().in("address \"" + shown(text) + "\""));
    }
    return invalid("address \"{}\" has {} bytes, not 20", shown(text), bytes->size());
}

}  // namespace steelyard::client
