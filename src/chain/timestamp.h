// Timestamps: UTC to the nanosecond, in the range and the forms of google.protobuf.Timestamp.
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

#include <compare>
#include <optional>

namespace steelyard::chain {

/// A moment from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
class Timestamp {
public:
    static constexpr std::int64_t seconds_min = -62'135'596'800;
    static constexpr std::int64_t seconds_max = 253'402'300'799;

    /// The first moment of the year 1, which is Go's zero time and stands for "no time".
    constexpr Timestamp() = default;

    /// `seconds` since 1970 and `nanoseconds`, 0 to 999,999,999, after them.
    static Result<Timestamp> from_unix(std::int64_t seconds, std::int64_t nanoseconds = 0);

    /// The time of a clock; it always is in range.
    static Timestamp from_wall(Clock::Wall wall);

    /// Reads RFC 3339 in UTC: "2019-10-13T16:14:44.5Z", with up to nine digits after the point.
    static Result<Timestamp> parse(std::string_view text);

    std::int64_t seconds() const { return seconds_; }
    std::int32_t nanoseconds() const { return nanoseconds_; }

    /// Whether it is the zero time.
    bool is_zero() const { return *this == Timestamp(); }

    auto operator<=>(const Timestamp&) const = default;

private:
    Timestamp(std::int64_t seconds, std::int32_t nanoseconds)
        : seconds_(seconds), nanoseconds_(nanoseconds) {}

    std::int64_t seconds_ = seconds_min;
    std::int32_t nanoseconds_ = 0;
};

/// RFC 3339 in UTC, with the zeros at the end of the fraction left out: each time has one text.
std::string to_string(Timestamp time);

/// time + delta, or nothing outside of the range.
std::optional<Timestamp> checked_add(Timestamp time, std::chrono::nanoseconds delta);

/// a - b, or nothing where 64 bits of nanoseconds (292 years) cannot hold it.
std::optional<std::chrono::nanoseconds> checked_sub(Timestamp a, Timestamp b);

/// google.protobuf.Timestamp.
Bytes encode_timestamp(Timestamp time);
Result<Timestamp> decode_timestamp(ByteView bytes);

}  // namespace steelyard::chain
