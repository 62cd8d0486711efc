// Query: the language in which users of CometBFT 0.38 choose events, transactions and blocks.
//
//   tm.event='Tx' AND transfer.amount >= 100 AND transfer.memo CONTAINS 'rent'
#pragma once

#include "chain/timestamp.h"
#include "index/flat_events.h"

#include <variant>

namespace steelyard::index {

/// The longest query, in bytes.
inline constexpr std::size_t query_size_max = 512;

enum class Operator : std::uint8_t {
    equal,
    less,
    less_equal,
    greater,
    greater_equal,
    contains,
    exists,
};

/// A number of any length that is not negative, as digits: equal numbers have equal digits.
struct Decimal {
    std::string whole{};     ///< without zeros before it; empty: 0
    std::string fraction{};  ///< without zeros after it

    /// Reads the number that a value starts with: "8.5stake" is 8.5. Nothing if it starts with no
    /// digit.
    static std::optional<Decimal> prefix_of(std::string_view value);

    std::strong_ordering operator<=>(const Decimal& other) const;
    bool operator==(const Decimal& other) const = default;
};

/// A day, which is compared with values that are days.
struct Date {
    chain::Timestamp midnight{};

    auto operator<=>(const Date&) const = default;
};

/// Reads yyyy-mm-dd.
std::optional<Date> parse_date(std::string_view text);

/// Reads RFC 3339 with any offset.
std::optional<chain::Timestamp> parse_time(std::string_view text);

/// What is compared with: a string for `equal` and `contains`; a number, day or time for `equal`
/// and the orders; nothing for `exists`.
using Operand = std::variant<std::monostate, std::string, Decimal, Date, chain::Timestamp>;

struct Condition {
    std::string tag{};
    Operator op = Operator::exists;
    Operand operand{};

    /// Whether a value fulfils it. A value that is not of the operand's kind does not.
    bool matches(std::string_view value) const;

    bool operator==(const Condition&) const = default;
};

/// One or more conditions, all of which must hold.
class Query {
public:
    /// Refuses what the grammar does not know, with the offset, and more than query_size_max bytes.
    static Result<Query> parse(std::string_view text);

    const std::vector<Condition>& conditions() const { return conditions_; }

    /// Whether each condition is fulfilled by some value of its tag. A tag that is the type of an
    /// event is fulfilled by `exists`, as CometBFT has it.
    bool matches(const FlatEvents& events) const;

    bool operator==(const Query&) const = default;

private:
    std::vector<Condition> conditions_;
};

}  // namespace steelyard::index
