// Structured logs: a message and pairs of keys and values, to standard error, with a level for each
// module.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <atomic>
#include <chrono>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>

namespace steelyard::log {

enum class Level : std::uint8_t { debug, info, warn, error, none };

std::string_view to_string(Level level);

enum class Format : std::uint8_t {
    plain,  ///< logfmt: `ts=... level=info module=p2p msg="peer is up" peer=3`
    json,   ///< one object a line, with the same keys
};

Result<Format> parse_format(std::string_view text);

/// Limits of a filter's text.
inline constexpr std::size_t filter_size_max = 4096;
inline constexpr std::size_t module_name_size_max = 64;

/// The lowest level that is written, for each module and for all others.
struct Filter {
    Level others = Level::info;
    std::map<std::string, Level, std::less<>> modules{};

    bool operator==(const Filter&) const = default;
};

/// Reads "info" or "consensus:debug,p2p:error,*:info"; each module at most once.
Result<Filter> parse_filter(std::string_view text);

/// Both may be called at any time, from any thread.
void set_filter(const Filter& filter);
void set_format(Format format);

/// Where lines go instead of standard error, each without its line break; for tests. An empty
/// function brings standard error back. Not while another thread logs.
void set_writer(std::function<void(std::string_view line)> writer);

/// A value as it is handed over, not stored: it is made text only when the line is written.
class Value {
public:
    enum class Kind : std::uint8_t { text, boolean, signed_number, unsigned_number, micros, bytes };

    template <std::signed_integral T>
    Value(T number) : kind_(Kind::signed_number), number_(static_cast<std::uint64_t>(number)) {}
    template <std::unsigned_integral T>
    Value(T number) : kind_(Kind::unsigned_number), number_(number) {}
    Value(bool value) : kind_(Kind::boolean), number_(value) {}
    Value(const char* text) : text_(text) {}
    Value(std::string_view text) : text_(text) {}
    Value(const std::string& text) : text_(text) {}
    Value(const Error& error) : text_(error.message()) {}
    /// Printed as upper case hex, as hashes and addresses are.
    Value(ByteView bytes) : kind_(Kind::bytes), bytes_(bytes) {}
    /// Printed in milliseconds with three decimals: "12.345ms".
    template <typename Rep, typename Period>
    Value(std::chrono::duration<Rep, Period> value)
        : kind_(Kind::micros),
          number_(static_cast<std::uint64_t>(
              std::chrono::duration_cast<std::chrono::microseconds>(value).count()
          )) {}

    Kind kind() const { return kind_; }
    std::uint64_t number() const { return number_; }
    std::string_view text() const { return text_; }
    ByteView bytes() const { return bytes_; }

private:
    Kind kind_ = Kind::text;
    std::uint64_t number_ = 0;
    std::string_view text_{};
    ByteView bytes_{};
};

/// Keys are lower case identifiers of the source, never foreign text. Values may be any bytes:
/// control characters, line breaks and what is no UTF-8 are escaped.
struct Field {
    std::string_view key;
    Value value;
};

using Fields = std::initializer_list<Field>;

/// What one module logs with: `log::Logger log("p2p"); log.info("peer is up", {{"peer", id}});`.
/// Cheap to copy, thread-safe; a level that is off costs one relaxed load. A message is a fixed
/// lower case phrase, so that it can be searched for; what varies goes into fields.
class Logger {
public:
    explicit Logger(std::string_view module);

    bool enabled(Level level) const { return level >= level_->load(std::memory_order_relaxed); }

    void debug(std::string_view message, Fields fields = {}) const {
        write(Level::debug, message, fields);
    }
    void info(std::string_view message, Fields fields = {}) const {
        write(Level::info, message, fields);
    }
    void warn(std::string_view message, Fields fields = {}) const {
        write(Level::warn, message, fields);
    }
    void error(std::string_view message, Fields fields = {}) const {
        write(Level::error, message, fields);
    }

private:
    void write(Level level, std::string_view message, Fields fields) const {
        if (enabled(level)) [[unlikely]] {
            emit(level, message, fields);
        }
    }
    void emit(Level level, std::string_view message, Fields fields) const;

    std::string_view module_;          ///< of the registry, which is never freed
    const std::atomic<Level>* level_;  ///< likewise
};

/// Lets one message through in an interval, for what a peer could repeat without end:
/// `if (const auto skipped = limit.pass()) log.warn("...", {{"skipped", *skipped}});`. Thread-safe.
class RateLimit {
public:
    explicit RateLimit(std::chrono::milliseconds interval) : interval_(interval) {}

    /// How many were held back since the last that passed; nothing if this one is held back too.
    std::optional<std::uint64_t> pass() { return pass_at(std::chrono::steady_clock::now()); }
    std::optional<std::uint64_t> pass_at(std::chrono::steady_clock::time_point now);

private:
    std::chrono::nanoseconds interval_;
    std::atomic<std::int64_t> next_ = INT64_MIN;  ///< nanoseconds of the steady clock
    std::atomic<std::uint64_t> skipped_ = 0;
};

}  // namespace steelyard::log
