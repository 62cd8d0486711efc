#include "chain/timestamp.h"

#include "base/check.h"
#include "base/checked.h"
#include "base/protowire.h"

namespace steelyard::chain {
namespace {

using namespace std::chrono;

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::size_t fraction_digits_max = 9;

/// Seconds and the nanoseconds after them, of a count that may be negative.
struct Split {
    std::int64_t seconds;
    std::int64_t nanoseconds;
};

Split split(std::int64_t nanoseconds) {
    std::int64_t whole = nanoseconds / nanoseconds_per_second;
    std::int64_t rest = nanoseconds % nanoseconds_per_second;
    if (rest < 0) {
        whole -= 1;
        rest += nanoseconds_per_second;
    }
    return {whole, rest};
}

/// Reads fixed-width fields off the front of a text; the first mismatch sticks.
class FieldReader {
public:
    explicit FieldReader(std::string_view text) : rest_(text) {}

    unsigned number(std::size_t digits) {
        unsigned value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            value = value * 10 + digit();
        }
        return value;
    }

    void literal(char expected) {
        if (!starts_with(expected)) {
            ok_ = false;
            return;
        }
        rest_.remove_prefix(1);
    }

    /// The nanoseconds of ".5" and the like; no point means none.
    unsigned fraction() {
        if (!starts_with('.')) {
            return 0;
        }
        rest_.remove_prefix(1);
        unsigned value = digit();
        for (std::size_t i = 1; i < fraction_digits_max; ++i) {
            value = value * 10 + (at_digit() ? digit() : 0);
        }
        return value;
    }

    bool starts_with(char c) const { return !rest_.empty() && rest_.front() == c; }
    bool finished() const { return ok_ && rest_.empty(); }

private:
    bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

    unsigned digit() {
        if (!at_digit()) {
            ok_ = false;
            return 0;
        }
        const auto value = static_cast<unsigned>(rest_.front() - '0');
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

Result<Timestamp> Timestamp::from_unix(std::int64_t seconds, std::int64_t nanoseconds) {
    if (seconds < seconds_min || seconds > seconds_max) {
        return invalid("{} s lies outside of the years 1 to 9999", seconds);
    }
    if (nanoseconds < 0 || nanoseconds >= nanoseconds_per_second) {
        return invalid("{} ns is not a part of a second", nanoseconds);
    }
    return Timestamp(seconds, static_cast<std::int32_t>(nanoseconds));
}

Timestamp Timestamp::from_wall(Clock::Wall wall) {
    const Split parts = split(wall.time_since_epoch().count());
    return Timestamp(parts.seconds, static_cast<std::int32_t>(parts.nanoseconds));
}

Result<Timestamp> Timestamp::parse(std::string_view text) {
    FieldReader reader(text);
    const unsigned y = reader.number(4);
    reader.literal('-');
    const unsigned m = reader.number(2);
    reader.literal('-');
    const unsigned d = reader.number(2);
    reader.literal('T');
    const unsigned hour = reader.number(2);
    reader.literal(':');
    const unsigned minute = reader.number(2);
    reader.literal(':');
    const unsigned second = reader.number(2);
    const unsigned nanoseconds = reader.fraction();
    reader.literal('Z');
    const year_month_day date{year(static_cast<int>(y)), month(m), day(d)};
    if (!reader.finished() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
        return invalid("time is not of the form 2006-01-02T15:04:05.999999999Z");
    }
    const auto days_since_epoch = sys_days(date).time_since_epoch().count();
    return from_unix(
        days_since_epoch * std::int64_t{86'400} + hour * 3600 + minute * 60 + second, nanoseconds
    );
}

std::string to_string(Timestamp time) {
    const sys_seconds moment{seconds(time.seconds())};
    const auto midnight = floor<days>(moment);
    const year_month_day date(midnight);
    const hh_mm_ss clock(moment - midnight);
    std::string text = fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count()
    );
    if (time.nanoseconds() != 0) {
        text += fmt::format(".{:09}", time.nanoseconds());
        text.erase(text.find_last_not_of('0') + 1);
    }
    return text + "Z";
}

std::optional<Timestamp> checked_add(Timestamp time, std::chrono::nanoseconds delta) {
    const Split parts = split(delta.count());
    const std::int64_t sum = time.nanoseconds() + parts.nanoseconds;
    const std::int64_t carry = sum >= nanoseconds_per_second ? 1 : 0;
    const auto moved = Timestamp::from_unix(
        time.seconds() + parts.seconds + carry, sum - carry * nanoseconds_per_second
    );
    return moved ? std::optional(*moved) : std::nullopt;
}

std::optional<std::chrono::nanoseconds> checked_sub(Timestamp a, Timestamp b) {
    const Int128 difference = Int128{a.seconds() - b.seconds()} * nanoseconds_per_second +
                              a.nanoseconds() - b.nanoseconds();
    const auto count = checked_cast<std::int64_t>(difference);
    return count ? std::optional(std::chrono::nanoseconds(*count)) : std::nullopt;
}

Bytes encode_timestamp(Timestamp time) {
    ProtoWriter writer;
    writer.int64(1, time.seconds());
    writer.int64(2, time.nanoseconds());
    return std::move(writer).take();
}

Result<Timestamp> decode_timestamp(ByteView bytes) {
    std::int64_t seconds = 0;
    std::int32_t nanoseconds = 0;
    ProtoReader reader("Timestamp", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                seconds = reader.int64("seconds");
                break;
            case 2:
                nanoseconds = reader.int32("nanos");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    auto time = Timestamp::from_unix(seconds, nanoseconds);
    if (!time) {
        return std::unexpected(std::move(time).error().in("Timestamp"));
    }
    return time;
}

}  // namespace steelyard::chain
