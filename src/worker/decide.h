// decide: what a worker does next for a job, as a function of what is known and nothing else.
#pragma once

#include "worker/record.h"

#include <chrono>

namespace steelyard::worker {

/// A decline is in a block at the latest so many blocks before the start's deadline (W2), and
/// nothing that needs longer than that is begun.
inline constexpr std::int64_t blocks_in_hand = 5;
inline constexpr std::uint32_t runs_max = 2;      ///< of a child without an outcome (W9)
inline constexpr std::uint32_t proofs_max = 4;    ///< likewise, for one seed: silence costs more
inline constexpr std::uint32_t attempts_max = 2;  ///< that the chain takes for a challenge (K4)

/// Why a job is given back: the market's numbers (J2).
enum class Decline : std::uint8_t {
    no_input = 1,
    bad_input = 2,
    no_memory = 3,
    busy = 4,
    other = 5,
};

struct Refusal {
    Decline reason = Decline::other;
    std::string why{};
};

/// What this machine does for the job right now.
enum class Busy : std::uint8_t { nothing, fetching, running, uploading, proving };

/// The last block.
struct Moment {
    std::int64_t height = 0;
    std::int64_t unix_ms = 0;
    bool is_catching_up = false;  ///< what it tells is old
};

/// What is known of a job but by the chain.
struct Standing {
    const JobRecord* record = nullptr;  ///< of this match; nothing: it is new
    std::optional<Refusal> refusal{};   ///< what a look at the program and the inputs came to
    std::optional<Refusal> trouble{};   ///< why they are not there yet: it may pass
    Busy busy = Busy::nothing;
    bool has_slot = true;  ///< one of those that are computed at a time
    bool is_draining = false;
};

enum class Step : std::uint8_t {
    wait,
    stop,   ///< end what is under way: it is too late for it
    fetch,  ///< program and inputs
    start,  ///< tell the chain that all is there
    decline,
    run,
    upload,  ///< the outputs, to the node
    commit,
    retract,
    prove,
    submit_proof,
    forget,  ///< the job is over, or somebody else's
};

std::string_view to_string(Step step);

struct Action {
    Step step = Step::wait;
    Decline reason = Decline::other;  ///< of a decline
    std::string why{};                ///< for the log: of a wait that ends badly, a decline, a stop
};

/// W1 to W6, W9, W10. `me` is the worker's address.
Action decide(
    const ChainJob& job, std::string_view me, const Standing& standing, const Moment& now
);

/// Whether a block after this one treats it as over (D1).
bool is_over(const Due& due, const Moment& now);

/// Blocks that are sure to come before it is over: by heights alone, since it is the later of
/// height and time that ends it.
std::int64_t blocks_left(const Due& due, const Moment& now);

/// How long it is at least until then, where blocks come at that pace or slower.
std::chrono::milliseconds time_left(
    const Due& due, const Moment& now, std::chrono::milliseconds pace
);

}  // namespace steelyard::worker
