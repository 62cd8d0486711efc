// Orders: what a user wants run, and how often.
#pragma once

#include "market/records/book_rows.h"

namespace steelyard::market {

inline constexpr std::size_t tasks_max = 1'024;
inline constexpr std::uint32_t max_parallel_max = 256;
inline constexpr std::size_t order_inputs_max = 256;

/// What becomes of an array that takes in no more tasks (O4).
enum class Halt : std::uint8_t {
    none = 0,
    cancelled = 1,
    expired = 2,
    displaced = 3,
};

struct Order {
    AccountNumber user{};
    std::uint64_t count = 0;  ///< the user's orders and asks before this one
    BookId book{};
    Hash256 program{};
    WorkUnits work_units = 0;  ///< of each job: the program's
    Price limit = 0;
    Height posted{};
    Height last{};                    ///< the last height of its clearings
    Height deadline{};                ///< 0: none
    std::uint64_t blocks_needed = 0;  ///< start and commit windows together
    std::uint32_t retries = 0;
    Filters filters{};

    /// The program's inputs in its order; of an array, nothing (`std::nullopt`) for one a task.
    std::vector<std::optional<Hash256>> inputs{};

    /// What each job escrows: its price at the limit, and its proof (E1).
    Money job_escrow = 0;
    Money proof_escrow = 0;

    bool is_array = false;
    std::uint32_t tasks = 1;
    std::uint32_t max_parallel = 1;
    std::uint32_t next_task = 0;  ///< the first that has not entered
    std::uint32_t live = 0;       ///< jobs that are not final
    std::uint32_t settled = 0;
    Money budget = 0;  ///< what is left of it, beside the escrows of live jobs; of an array
    Halt halt = Halt::none;

    /// No job is live and none will be. Its records wait for retention.
    bool is_final = false;

    bool operator==(const Order&) const = default;
};

Outcome<std::optional<Order>> get_order(const StateView& state, OrderId id);
Outcome<void> put_order(StateView& state, OrderId id, const Order& order);
Outcome<void> erase_order(StateView& state, OrderId id);
Outcome<void> walk_orders(
    const StateView& state,
    OrderId from,
    const std::function<Outcome<bool>(OrderId, const Order&)>& visit
);

/// The next id of an order or ask; it counts on.
Outcome<OrderId> take_order_id(StateView& state);
Outcome<OrderId> next_order_id(const StateView& state);

/// For a start from a genesis: it is above all ids that there are.
Outcome<void> put_next_order_id(StateView& state, OrderId id);

/// The inputs that a task of an array has of its own, in the order of the program's.
Outcome<std::vector<Hash256>> get_task_inputs(const StateView& state, const JobId& job);
Outcome<void> put_task_inputs(StateView& state, const JobId& job, std::span<const Hash256> inputs);
Outcome<void> erase_task_inputs(StateView& state, const JobId& job);

/// All inputs of a job in the program's order.
Outcome<std::vector<Hash256>> inputs_of(
    const StateView& state, const Order& order, const JobId& job
);

Bytes encode_order(const Order& order);
Result<Order> decode_order(ByteView bytes);

}  // namespace steelyard::market
