// Deadlines: the queue that ends every state (doc/spec/market.md, D1 to D3), and who waits for
// seeds and issue.
#pragma once

#include "ledger/state/context.h"
#include "market/records/ids.h"

namespace steelyard::market {

enum class DeadlineKind : std::uint8_t {
    start = 1,
    commit = 2,
    respond = 3,
    settle = 4,
    withdraw = 5,
    retain = 6,
};

/// D1: over in a block that has reached both.
struct Due {
    Height height{};
    Timestamp time{};

    bool is_over(const ledger::BlockInfo& block) const {
        return block.height >= height && block.time >= time;
    }

    bool operator==(const Due&) const = default;
};

/// What time as blocks is held at. A window is a parameter and such a time: less than twice this.
inline constexpr std::uint64_t blocks_max = std::uint64_t{1} << 40;

/// `blocks` from a block on (CHECKed: less than 2 x blocks_max). Times end with the year 9999.
Due due_after(const ledger::BlockInfo& block, std::uint64_t blocks, std::uint32_t nominal_block_ms);

/// Seconds as blocks, rounded up; held at blocks_max.
std::uint64_t blocks_of_seconds(std::uint64_t seconds, std::uint32_t nominal_block_ms);

/// Whom a deadline is of: a job, an order (`whole_order`), or a provider's withdrawal: the
/// account's number in place of the order's, and the withdrawal's in place of the task's.
using Subject = JobId;

/// In place of a task: the order itself.
inline constexpr std::uint32_t whole_order = 0xffff'ffff;

struct Deadline {
    DeadlineKind kind{};
    Due due{};  ///< as it stands in the queue: put off, its height is later than it was

    bool operator==(const Deadline&) const = default;
};

Outcome<void> enqueue(StateView& state, const Deadline& deadline, const Subject& subject);

/// What was enqueued (CHECKed).
Outcome<void> dequeue(StateView& state, const Deadline& deadline, const Subject& subject);

struct Queued {
    Deadline deadline{};
    Subject subject{};
};

/// The first behind a place, in the order of the queue; the first of all without one.
Outcome<std::optional<Queued>> first_queued(
    const StateView& state, const std::optional<Queued>& behind
);

/// Committed jobs that wait for their seed (K1), and challenged ones that wait for issue (K3), by
/// the height at which they began to.
enum class WaitingFor : std::uint8_t {
    seed,
    issue,
};

struct Waiter {
    Height since{};
    JobId job{};

    auto operator<=>(const Waiter&) const = default;
};

Outcome<void> begin_waiting(StateView& state, WaitingFor what, const Waiter& waiter);
Outcome<void> end_waiting(StateView& state, WaitingFor what, const Waiter& waiter);
Outcome<void> walk_waiting(
    const StateView& state,
    WaitingFor what,
    const std::function<Outcome<bool>(const Waiter&)>& visit
);

/// For records that contain them.
Bytes encode_due(const Due& due);
Result<Due> decode_due(ByteView bytes);
Bytes encode_deadline(const Deadline& deadline);
Result<Deadline> decode_deadline(ByteView bytes);

}  // namespace steelyard::market
