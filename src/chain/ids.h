// Heights, rounds, validator indexes and chain names: numbers and texts that cannot be mixed up.
#pragma once

#include "base/check.h"
#include "base/result.h"
#include "crypto/hash.h"

#include <compare>
#include <concepts>
#include <limits>

namespace steelyard::chain {

using crypto::Address;
using crypto::Hash256;

/// A signature of either key type.
using Signature = ByteArray<64>;

/// The most validators that a set, a commit or a bit array of votes may have.
inline constexpr std::uint32_t validators_max = 10'000;

/// A position in a validator set, below validators_max.
using ValidatorIndex = std::uint32_t;

/// A number that counts up from zero and is never negative.
template <typename Tag, std::signed_integral Rep>
class Ordinal {
public:
    /// The most that `parse` takes: half of the range, so that no arithmetic on foreign numbers
    /// overflows.
    static constexpr Rep foreign_max = std::numeric_limits<Rep>::max() / 2;

    constexpr Ordinal() = default;

    /// A number of our own, known not to be negative.
    constexpr explicit Ordinal(Rep value) : value_(value) { CHECK(value >= 0); }

    /// A number that came from outside: 0 to foreign_max.
    static constexpr Result<Ordinal> parse(Rep value) {
        if (value < 0) {
            return invalid("{} is negative", value);
        }
        if (value > foreign_max) {
            return fail(ErrorCode::too_large, "{} is over the limit {}", value, foreign_max);
        }
        return Ordinal(value);
    }

    constexpr Rep value() const { return value_; }

    constexpr Ordinal next() const {
        CHECK(value_ < std::numeric_limits<Rep>::max());
        return Ordinal(value_ + 1);
    }

    constexpr Ordinal previous() const { return Ordinal(value_ - 1); }

    constexpr auto operator<=>(const Ordinal&) const = default;

private:
    Rep value_ = 0;
};

/// The number of a block. The first block has the genesis file's initial height, which is 1 or
/// more; 0 stands for the state before it.
using Height = Ordinal<struct HeightTag, std::int64_t>;

/// An attempt to decide a height, from 0.
using Round = Ordinal<struct RoundTag, std::int32_t>;

/// The name of a chain: 1 to 50 printable ASCII characters without a space. Every signature covers
/// it.
class ChainId {
public:
    static constexpr std::size_t size_max = 50;

    /// No chain. `parse` never returns it, and no message that is read holds it.
    ChainId() = default;

    static Result<ChainId> parse(std::string_view text);

    const std::string& text() const { return text_; }

    auto operator<=>(const ChainId&) const = default;

private:
    explicit ChainId(std::string_view text) : text_(text) {}

    std::string text_;
};

}  // namespace steelyard::chain

/// "{}" only.
template <typename Tag, typename Rep>
struct fmt::formatter<steelyard::chain::Ordinal<Tag, Rep>> {
    constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }

    auto format(steelyard::chain::Ordinal<Tag, Rep> ordinal, fmt::format_context& context) const {
        return fmt::format_to(context.out(), "{}", ordinal.value());
    }
};

/// "{}" only.
template <>
struct fmt::formatter<steelyard::chain::ChainId> {
    constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }

    auto format(const steelyard::chain::ChainId& id, fmt::format_context& context) const {
        return fmt::format_to(context.out(), "{}", id.text());
    }
};
