#include "vm/onnx/trips.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

/// Rows are collected in blocks, and blocks in the whole: an update copies what it collects in.
struct Blocks {
    std::int64_t count = 1;
    std::int64_t trips = 0;  ///< of a block
    std::int64_t rest = 0;   ///< trips after the blocks
};

constexpr std::int64_t trips_in_one_block_max = 24;

Blocks blocks_of(std::int64_t count) {
    if (count <= trips_in_one_block_max) {
        return {.trips = count};
    }
    std::int64_t root = 1;
    while (root * root < count) {
        ++root;
    }
    for (std::int64_t trips = root; trips > root / 2; --trips) {
        if (count % trips == 0) {
            return {.count = count / trips, .trips = trips};
        }
    }
    return {.count = count / root, .trips = root, .rest = count % root};
}

class TripEmitter {
public:
    TripEmitter(Ops& ops, const Values& states, const TripBody& body)
        : ops_(ops), states_(states), body_(body) {}

    /// One trip, to see what it gives; nothing of it stays.
    bool try_out(std::int64_t count) {
        const auto before = ops_.e.mark();
        bool is_good = false;
        if (const auto loop = ops_.e.begin_loop(count, states_)) {
            const auto out = body_(loop->counter, loop->carries);
            is_good = out && ops_.e.ok() && out->states.size() == states_.size();
            for (std::size_t at = 0; is_good && at < states_.size(); ++at) {
                is_good = out->states[at].type == states_[at].type;
                varies_.push_back(is_good && out->states[at].ref != loop->carries[at].ref);
            }
            for (std::size_t at = 0; is_good && at < out->rows.size(); ++at) {
                row_types_.push_back(out->rows[at].type);
                is_good = row_types_.back().shape.rank() + 2 <= rank_max;
            }
        }
        ops_.e.rollback(before);
        return is_good;
    }

    std::optional<TripValues> emit(std::int64_t count) {
        const auto before = ops_.e.mark();
        std::optional<TripValues> out = emit_all(count);
        if (!out || !ops_.e.ok()) {
            ops_.e.rollback(before);
            return std::nullopt;
        }
        return out;
    }

private:
    std::optional<TripValues> emit_all(std::int64_t count) {
        Values varying;
        for (std::size_t at = 0; at < states_.size(); ++at) {
            if (varies_[at]) {
                varying.push_back(states_[at]);
            }
        }
        const Blocks blocks = row_types_.empty() ? Blocks{.trips = count} : blocks_of(count);
        auto out = blocks.count == 1
                       ? some_trips(blocks.trips, std::nullopt, varying, room({blocks.trips}))
                       : trips_in_blocks(blocks, varying);
        if (out && blocks.rest > 0) {
            const Value base =
                ops_.scalar(DType::i64, static_cast<double>(blocks.count * blocks.trips));
            const auto rest = some_trips(blocks.rest, base, out->states, room({blocks.rest}));
            if (!rest) {
                return std::nullopt;
            }
            out->states = rest->states;
            for (std::size_t at = 0; at < out->rows.size(); ++at) {
                out->rows[at] = ops_.concat({out->rows[at], rest->rows[at]}, 0);
            }
        }
        if (out) {
            out->states = whole(out->states);
        }
        return out;
    }

    /// The states that vary, and the others as they were.
    Values whole(const Values& varying) const {
        Values out = states_;
        std::size_t next = 0;
        for (std::size_t at = 0; at < out.size(); ++at) {
            if (varies_[at] && next < varying.size()) {
                out[at] = varying[next++];
            }
        }
        return out;
    }

    /// Zeros for the rows of some trips.
    Values room(const Integers& trips) {
        Values out;
        for (const TensorType& type : row_types_) {
            Integers shape = trips;
            const auto own = type.shape.dimensions();
            shape.insert(shape.end(), own.begin(), own.end());
            out.push_back(ops_.broadcast(ops_.scalar(type.dtype, 0), shape));
        }
        return out;
    }

    /// Number `at` of `all` along the first axis becomes `part`.
    Value updated(const Value& all, const Value& part, const Value& at) {
        Integers shape = Ops::dimensions(all);
        shape[0] = 1;
        const Value first = ops_.reshape(at, {1});
        const Value starts = ops_.pad(
            first, {0}, {static_cast<std::int64_t>(all.rank()) - 1}, ops_.scalar(DType::i64, 0)
        );
        return ops_.op(OpCode::dynamic_update, {all, ops_.reshape(part, shape), starts});
    }

    std::optional<TripValues> some_trips(
        std::int64_t count,
        const std::optional<Value>& base,
        const Values& varying,
        const Values& room
    ) {
        Values carried = varying;
        carried.insert(carried.end(), room.begin(), room.end());
        const auto loop = ops_.e.begin_loop(count, carried);
        if (!loop) {
            return std::nullopt;
        }
        const Value trip = base ? ops_.add(loop->counter, *base) : loop->counter;
        const auto out = body_(trip, whole(loop->carries));
        if (!out || !ops_.e.ok() || out->states.size() != states_.size()) {
            return std::nullopt;
        }
        Values next;
        for (std::size_t at = 0; at < states_.size(); ++at) {
            if (varies_[at]) {
                next.push_back(out->states[at]);
            }
        }
        for (std::size_t at = 0; at < room.size(); ++at) {
            next.push_back(updated(loop->carries[varying.size() + at], out->rows[at], loop->counter)
            );
        }
        return split(ops_.e.end_loop(next), varying.size());
    }

    std::optional<TripValues> trips_in_blocks(const Blocks& blocks, const Values& varying) {
        const Values of_block = room({blocks.trips});
        Values carried = varying;
        for (const Value& all : room({blocks.count, blocks.trips})) {
            carried.push_back(all);
        }
        const auto loop = ops_.e.begin_loop(blocks.count, carried);
        if (!loop) {
            return std::nullopt;
        }
        const auto middle = loop->carries.begin() + static_cast<std::ptrdiff_t>(varying.size());
        const Value base = ops_.mul(loop->counter, static_cast<double>(blocks.trips));
        const auto inner =
            some_trips(blocks.trips, base, Values(loop->carries.begin(), middle), of_block);
        if (!inner) {
            return std::nullopt;
        }
        Values next = inner->states;
        for (std::size_t at = 0; at < inner->rows.size(); ++at) {
            next.push_back(
                updated(loop->carries[varying.size() + at], inner->rows[at], loop->counter)
            );
        }
        TripValues out = split(ops_.e.end_loop(next), varying.size());
        for (Value& rows : out.rows) {
            Integers shape = Ops::dimensions(rows);
            if (shape.size() >= 2) {
                shape[1] *= shape[0];
                shape.erase(shape.begin());
            }
            rows = ops_.reshape(rows, shape);
        }
        return out;
    }

    static TripValues split(const Values& results, std::size_t states) {
        const auto middle =
            results.begin() + static_cast<std::ptrdiff_t>(std::min(states, results.size()));
        return {.states = Values(results.begin(), middle), .rows = Values(middle, results.end())};
    }

    Ops& ops_;
    const Values& states_;
    const TripBody& body_;
    std::vector<bool> varies_{};
    std::vector<TensorType> row_types_{};
};

}  // namespace

std::optional<TripValues> in_a_loop(
    Ops& ops, std::int64_t count, const Values& states, const TripBody& body
) {
    if (!ops.e.ok() || !ops.e.makes_loops()) {
        return std::nullopt;
    }
    TripEmitter trips(ops, states, body);
    return trips.try_out(count) ? trips.emit(count) : std::nullopt;
}

Value turned_round(Ops& ops, const Value& x) {
    const std::int64_t size = Ops::dimension(x, 0);
    return ops.slice(x, 0, size - 1, size, -1);
}

}  // namespace steelyard::vm::onnx
