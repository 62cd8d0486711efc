// ChainJob: a job as the chain tells it, as far as its worker needs to know.
#pragma once

#include "base/result.h"
#include "crypto/hash.h"

#include <compare>
#include <optional>
#include <vector>

namespace steelyard::market::v1 {
class Job;
}

namespace steelyard::worker {

using crypto::Hash256;

/// The most inputs of a program that the market takes.
inline constexpr std::size_t inputs_max = 256;
/// The most outputs of one.
inline constexpr std::size_t outputs_max = 64;

struct JobName {
    std::uint64_t order = 0;
    std::uint32_t task = 0;

    auto operator<=>(const JobName&) const = default;

    /// "2/0"
    std::string text() const;
};

enum class JobState : std::uint8_t {
    open,
    matched,
    started,
    committed,
    challenged,
    proved,
    ended,  ///< settled, slashed, or whatever else is final
};

/// Over in a block that has reached both (doc/spec/market.md, D1).
struct Due {
    std::int64_t height = 0;
    std::int64_t unix_ms = 0;

    bool operator==(const Due&) const = default;
};

struct Roots {
    Hash256 output{};
    Hash256 trace{};

    bool operator==(const Roots&) const = default;
};

struct Committed {
    Roots roots{};
    std::int64_t height = 0;
};

struct Challenge {
    Hash256 seed{};
    std::uint32_t probes = 0;
    std::uint32_t attempts = 0;  ///< that were used up
};

struct ChainJob {
    JobName name{};
    JobState state = JobState::open;
    std::string state_text{};
    std::string reason{};
    std::string worker{};
    std::int64_t matched_height = 0;
    Hash256 program{};
    std::vector<Hash256> inputs{};
    std::optional<Due> due{};  ///< of what it waits for
    std::optional<Committed> committed{};
    std::optional<Challenge> challenge{};  ///< once it is issued
    std::uint64_t nominal_block_ms = 1'000;
    std::uint64_t commit_blocks = 0;
    std::uint32_t retract_blocks = 0;
    std::uint32_t probes = 0;  ///< of a challenge, at most
    std::uint64_t price = 0;   ///< uyard
    std::uint64_t paid = 0;
    std::uint32_t fee_bps = 0;

    /// What of the price stays with the provider once it is settled (E4).
    std::uint64_t earned() const;

    /// Whether it is this worker's, and goes on.
    bool is_live_of(std::string_view someone) const;
};

/// Errors: corrupt, with the field: hashes that are none, a state that nobody knows, too many
/// inputs.
Result<ChainJob> read_job(const market::v1::Job& job);

class NodePort;

/// What the chain says of a job; nothing: it does not know it. Errors: io, and read_job's.
Result<std::optional<ChainJob>> find_job(NodePort& node, const JobName& name);

}  // namespace steelyard::worker
