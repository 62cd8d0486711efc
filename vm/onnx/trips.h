// Trips: a body that is the same each time, as a loop of the program.
#pragma once

#include "vm/onnx/ops.h"

#include <functional>

namespace steelyard::vm::onnx {

/// Up to so many trips are unrolled.
constexpr std::int64_t unrolled_trip_count_max = 16;

/// What a trip hands to the next one, and what it gives.
struct TripValues {
    Values states{};
    Values rows{};  ///< of all trips, once they are through: stacked along a new first axis
};

/// Emits one trip. `trip` is its number, an i64 scalar. Nothing, or an error of the emitter, where
/// that cannot be done without knowing the number or the states.
using TripBody = std::function<std::optional<TripValues>(const Value& trip, const Values& states)>;

/// `count` trips (at least 1) as loops of the program, whose size does not grow with the count. The
/// body is emitted several times. Nothing, and no error, where the body cannot be a loop's, or
/// loops stand too deep in one another: the emitter then is as it was.
std::optional<TripValues> in_a_loop(
    Ops& ops, std::int64_t count, const Values& states, const TripBody& body
);

/// The tensor with its first axis turned round.
Value turned_round(Ops& ops, const Value& x);

}  // namespace steelyard::vm::onnx
