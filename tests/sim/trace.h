// Trace: a running hash over everything that happens, and its lines for whoever wants to read them.
#pragma once

#include "base/bytes.h"
#include "tests/sim/scheduler.h"

#include <string_view>

namespace steelyard::sim {

/// What happened.
enum class Happening : std::uint8_t {
    started,
    crashed,
    paused,
    sent,
    delivered,
    dropped,
    timeout,
    committed,
    reported,
    refused,  ///< a block, or a signature
    omitted,  ///< a proposal, by whoever's turn it is
    conflict,
    partitioned,
    clogged,
    mended,
    healed,
    failed,
};

std::string_view to_string(Happening happening);

/// Two runs with the same hash did the same at the same times.
class Trace {
public:
    explicit Trace(bool prints) : prints_(prints) {}

    void add(Time when, NodeIndex node, Happening happening, ByteView bytes);

    /// Only asked for a text where lines are printed.
    bool prints() const { return prints_; }
    void print(Time when, NodeIndex node, Happening happening, std::string_view text) const;

    std::uint64_t hash() const { return hash_; }
    std::uint64_t length() const { return length_; }

private:
    bool prints_;
    std::uint64_t hash_ = 0;
    std::uint64_t length_ = 0;
};

}  // namespace steelyard::sim
