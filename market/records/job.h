// Jobs: one run, from the book to its end (doc/spec/market.md, "Jobs").
#pragma once

#include "market/records/deadline.h"
#include "market/records/order.h"

namespace steelyard::market {

inline constexpr std::size_t inline_result_size_max = 16 * 1024;
inline constexpr std::size_t results_max = 64;  ///< blob ids
inline constexpr std::uint32_t proof_attempts_max = 2;

enum class JobState : std::uint8_t {
    open = 1,
    matched = 2,
    started = 3,
    committed = 4,
    challenged = 5,
    proved = 6,
    settled = 7,
    cancelled = 8,
    expired = 9,
    refunded = 10,
    slashed = 11,
};

bool is_final(JobState state);
std::string_view to_string(JobState state);

/// Why a job last changed its course. Numbers never change; 10 is none.
enum class Reason : std::uint8_t {
    none = 0,
    cancelled = 1,  ///< by the user
    expired = 2,    ///< no ask took it in time
    displaced = 3,  ///< its side of the book was full of better ones
    declined = 4,   ///< by the provider; details in Job::decline
    not_started = 5,
    late = 6,
    retracted = 7,
    fraud = 8,    ///< a proof showed a wrong element
    silence = 9,  ///< no proof in time
    settled = 11,
    settled_fault = 12,  ///< the program ran into a provable fault
};

enum class Party : std::uint8_t {
    nobody = 0,
    user = 1,
    provider = 2,
    protocol = 3,
};

std::string_view to_string(Reason reason);
std::string_view to_string(Party party);

enum class Decline : std::uint8_t {
    none = 0,
    no_input = 1,
    bad_input = 2,
    no_memory = 3,
    busy = 4,
    other = 5,
};

/// Whether a decline is for what the user gave.
constexpr bool is_of_inputs(Decline decline) {
    return decline == Decline::no_input || decline == Decline::bad_input;
}

/// A missing or bad input is the user's.
Party party_at_fault(Reason reason, Decline decline);

/// The parameters that a job was matched under.
struct Terms {
    std::uint32_t nominal_block_ms = 0;
    std::uint64_t commit_blocks = 0;  ///< the whole window (J3)
    std::uint32_t retract_blocks = 0;
    std::uint32_t challenge_delay = 0;
    std::uint32_t challenge_bps = 0;
    std::uint64_t respond_blocks = 0;  ///< the whole window (K4)
    std::uint32_t settle_blocks = 0;
    std::uint32_t retention_blocks = 0;
    std::uint32_t fee_bps = 0;
    Money min_job_price = 0;
    std::uint32_t probes = 0;
    std::uint64_t proof_bytes_max = 0;
    std::uint64_t proof_gas_max = 0;

    bool operator==(const Terms&) const = default;
};

/// A trade, from the match on.
struct Match {
    AskKey ask{};
    AccountNumber provider{};
    AccountNumber worker{};
    Money price = 0;
    Money reserved = 0;  ///< S
    Height height{};
    Terms terms{};

    bool operator==(const Match&) const = default;
};

/// Where a run came to its fault, as vm::Fault.
struct FaultPlace {
    std::uint8_t kind = 0;
    std::uint64_t step = 0;
    std::uint64_t element = 0;

    bool operator==(const FaultPlace&) const = default;
};

/// What a provider says that the run gave.
struct Commit {
    Hash256 output_root{};
    Hash256 trace_root{};
    std::uint64_t steps = 0;
    std::optional<FaultPlace> fault{};
    std::vector<Hash256> results{
    };  ///< blob ids; none where the result is inline, or after a fault
    std::uint32_t inline_size = 0;  ///< bytes of the row `r`
    Height height{};
    Money price = 0;  ///< what the run earns (E2)

    bool operator==(const Commit&) const = default;
};

/// From the decision on.
struct Challenge {
    Height decided{};
    Height issued{};           ///< 0: waits
    Hash256 seed{};            ///< of the block of issue: it names the probes
    std::uint32_t probes = 0;  ///< after the cut (K3)
    std::uint64_t bytes = 0;   ///< the worst that their proof takes
    std::uint64_t gas = 0;
    std::uint32_t attempts = 0;
    Height last_attempt{};

    bool operator==(const Challenge&) const = default;
};

struct Job {
    JobState state = JobState::open;
    Reason reason = Reason::none;
    Decline decline = Decline::none;
    std::uint32_t retries_left = 0;
    std::vector<AccountNumber> had_it{};  ///< ascending
    Height entered{};
    Money job_escrow = 0;
    Money proof_escrow = 0;  ///< what is left of it
    Money paid = 0;          ///< to the provider, before its fee
    Money damages = 0;       ///< to the user out of bonds, in all its tries (E6, E7)
    std::optional<Match> match{};
    std::optional<Deadline> deadline{};  ///< its row in the queue, where it has one
    Height started{};
    std::optional<Commit> commit{};
    Due settle_due{};         ///< from the commit on (J6)
    bool is_decided = false;  ///< K1 has decided
    std::optional<Challenge> challenge{};
    Height ended{};

    bool operator==(const Job&) const = default;
};

Outcome<std::optional<Job>> get_job(const StateView& state, const JobId& id);
Outcome<void> put_job(StateView& state, const JobId& id, const Job& job);
Outcome<void> erase_job(StateView& state, const JobId& id);  ///< its inline result too
Outcome<void> walk_jobs(
    const StateView& state,
    const JobId& from,
    const std::function<Outcome<bool>(const JobId&, const Job&)>& visit
);

Outcome<std::optional<Bytes>> get_inline_result(const StateView& state, const JobId& id);
Outcome<void> put_inline_result(StateView& state, const JobId& id, ByteView result);

Bytes encode_job(const Job& job);
Result<Job> decode_job(ByteView bytes);

}  // namespace steelyard::market
