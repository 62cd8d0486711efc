// What scatters do with an update, and where a tuple of indices points.
#pragma once

#include "vm/ops/numbers.h"
#include "vm/ops/operator.h"

namespace steelyard::vm {

enum class ScatterMode : std::uint8_t { set = 0, add = 1, multiply = 2, least = 3, greatest = 4 };

/// One element of the output while the updates that name it come, in order.
template <typename Number>
class Target {
public:
    Target(ScatterMode mode, const std::byte* x) : mode_(mode) {
        std::memcpy(bytes_, x, Number::size);
    }

    void take(const std::byte* update) {
        if (mode_ == ScatterMode::set) {
            std::memcpy(bytes_, update, Number::size);
            return;
        }
        if (!changed_) {
            value_ = Number::load(bytes_);
            changed_ = true;
        }
        value_ = combined(Number::load(update));
    }

    void write(std::byte* out) const {
        if (changed_) {
            Number::store(out, value_);
        } else {
            std::memcpy(out, bytes_, Number::size);
        }
    }

private:
    using Value = typename Number::Value;

    Value combined(Value update) const {
        switch (mode_) {
            case ScatterMode::set:
            case ScatterMode::add:
                return sum_of(value_, update);
            case ScatterMode::multiply:
                return product_of(value_, update);
            case ScatterMode::least:
                return lesser_of(value_, update);
            case ScatterMode::greatest:
                return greater_of(value_, update);
        }
        return value_;
    }

    ScatterMode mode_;
    bool changed_ = false;
    Value value_{};
    std::byte bytes_[Number::size];
};

/// A target's elements under the tuples of a scatter_nd: their count, and what lies in each.
struct TupleShape {
    std::uint64_t tuples = 0;  ///< in the indices, in row-major order
    std::size_t axes = 0;      ///< of x, that a tuple names: as many as it has indices
    std::uint64_t slice = 1;   ///< elements of x under one tuple
};

/// Of a call of scatter_nd that its type rule took.
TupleShape tuple_shape(const NodeCall& call);

}  // namespace steelyard::vm
