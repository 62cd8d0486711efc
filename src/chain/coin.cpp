#include "chain/coin.h"

#include "base/decimal.h"
#include "base/protowire.h"

#include <algorithm>

namespace steelyard::chain {
namespace {

/// Digits of Amount::value_max.
constexpr std::size_t amount_digits_max = 39;

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_denom_character(char c) {
    return is_letter(c) || is_digit(c) || std::string_view("/:._-").contains(c);
}

bool before(const Coin& a, const Coin& b) {
    return a.denom < b.denom;
}

/// Merges by denomination; a denomination that one side lacks has the amount zero there.
std::optional<std::vector<Coin>> merge(
    const std::vector<Coin>& a,
    const std::vector<Coin>& b,
    std::optional<Amount> (*combine)(Amount, Amount)
) {
    std::vector<Coin> out;
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() || j != b.end()) {
        const bool take_a = i != a.end() && (j == b.end() || i->denom <= j->denom);
        const bool take_b = j != b.end() && (i == a.end() || j->denom <= i->denom);
        const Denom& denom = take_a ? i->denom : j->denom;
        const auto amount = combine(take_a ? i->amount : Amount(), take_b ? j->amount : Amount());
        if (!amount) {
            return std::nullopt;
        }
        if (!amount->is_zero()) {
            out.push_back({denom, *amount});
        }
        i += take_a ? 1 : 0;
        j += take_b ? 1 : 0;
    }
    return out;
}

}  // namespace

Result<Amount> Amount::parse(std::string_view text) {
    TRY_ASSIGN(const Uint128 value, parse_decimal(text));
    if (const auto amount = from(value)) {
        return *amount;
    }
    return fail(ErrorCode::too_large, "amount {} is over 2^127 - 1", text);
}

std::string to_string(Amount amount) {
    return to_decimal(amount.value());
}

std::optional<Amount> checked_add(Amount a, Amount b) {
    return Amount::from(a.value() + b.value());  // two numbers below 2^127
}

std::optional<Amount> checked_sub(Amount a, Amount b) {
    return a < b ? std::nullopt : Amount::from(a.value() - b.value());
}

std::optional<Amount> checked_mul(Amount amount, std::uint64_t factor) {
    const auto product = steelyard::checked_mul(amount.value(), factor);
    return product ? Amount::from(*product) : std::nullopt;
}

Result<Denom> Denom::parse(std::string_view text) {
    constexpr std::size_t size_min = 3;
    if (text.size() < size_min || text.size() > size_max) {
        return invalid(
            "denomination has {} characters, not {} to {}", text.size(), size_min, size_max
        );
    }
    if (!is_letter(text[0]) || !std::ranges::all_of(text, is_denom_character)) {
        return invalid("'{}' is not a denomination", text);
    }
    return Denom(text);
}

Result<Coin> Coin::parse(std::string_view text) {
    const auto digits_end = std::ranges::find_if_not(text, is_digit);
    const auto digits = static_cast<std::size_t>(digits_end - text.begin());
    TRY_ASSIGN(const Amount amount, Amount::parse(text.substr(0, digits)));
    TRY_ASSIGN(Denom denom, Denom::parse(text.substr(digits)));
    return Coin{std::move(denom), amount};
}

std::string to_string(const Coin& coin) {
    return to_string(coin.amount) + coin.denom.text();
}

Bytes encode_coin(const Coin& coin) {
    ProtoWriter writer;
    writer.string(1, coin.denom.text());
    writer.string(2, to_string(coin.amount));
    return std::move(writer).take();
}

Result<Coin> decode_coin(ByteView bytes) {
    Coin coin;
    ProtoReader reader("Coin", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                coin.denom =
                    reader.nested("denom", Denom::parse(reader.string("denom", Denom::size_max)));
                break;
            case 2:
                coin.amount = reader.nested(
                    "amount", Amount::parse(reader.string("amount", amount_digits_max))
                );
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "denom");
    reader.require(2, "amount");
    TRY(reader.finish());
    return coin;
}

Result<Coins> Coins::make(std::vector<Coin> coins) {
    if (coins.size() > size_max) {
        return fail(ErrorCode::too_large, "{} coins, limit {}", coins.size(), size_max);
    }
    for (std::size_t i = 0; i < coins.size(); ++i) {
        if (coins[i].amount.is_zero()) {
            return invalid("amount of {} is zero", coins[i].denom.text());
        }
        if (i > 0 && !before(coins[i - 1], coins[i])) {
            return invalid("coins are not sorted, or {} stands twice", coins[i].denom.text());
        }
    }
    return Coins(std::move(coins));
}

Result<Coins> Coins::parse(std::string_view text) {
    std::vector<Coin> coins;
    while (!text.empty()) {
        if (coins.size() == size_max) {
            return fail(ErrorCode::too_large, "more than {} coins", size_max);
        }
        const std::size_t comma = text.find(',');
        TRY_ASSIGN(Coin coin, Coin::parse(text.substr(0, comma)));
        coins.push_back(std::move(coin));
        if (comma == text.size() - 1) {
            return invalid("coins end with a comma");
        }
        text = comma == text.npos ? "" : text.substr(comma + 1);
    }
    std::ranges::sort(coins, before);
    for (std::size_t i = 1; i < coins.size(); ++i) {
        if (coins[i].denom == coins[i - 1].denom) {
            return invalid("{} stands twice", coins[i].denom.text());
        }
    }
    std::erase_if(coins, [](const Coin& coin) { return coin.amount.is_zero(); });
    return Coins(std::move(coins));
}

Amount Coins::amount_of(const Denom& denom) const {
    const auto at = std::ranges::lower_bound(coins_, denom, {}, &Coin::denom);
    return at != coins_.end() && at->denom == denom ? at->amount : Amount();
}

std::string to_string(const Coins& coins) {
    std::string text;
    for (const Coin& coin : coins.all()) {
        text += (text.empty() ? "" : ",") + to_string(coin);
    }
    return text;
}

std::optional<Coins> checked_add(const Coins& a, const Coins& b) {
    auto sum = merge(a.coins_, b.coins_, checked_add);
    return sum && sum->size() <= Coins::size_max ? std::optional(Coins(*std::move(sum)))
                                                 : std::nullopt;
}

std::optional<Coins> checked_sub(const Coins& a, const Coins& b) {
    auto difference = merge(a.coins_, b.coins_, checked_sub);
    return difference ? std::optional(Coins(*std::move(difference))) : std::nullopt;
}

}  // namespace steelyard::chain
