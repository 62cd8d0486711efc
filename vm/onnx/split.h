// Nodes whose probe would open too much, as several nodes that mean the same.
#pragma once

#include "vm/onnx/ops.h"
#include "vm/onnx/probeable.h"

namespace steelyard::vm::onnx {

/// A node before it is added; `type` is what its operator gives.
struct PlannedNode {
    OpCode code = OpCode::neg;
    std::span<const Value> operands{};
    std::span<const std::int64_t> attributes{};
    TensorType type{};
};

/// How many parts a node is split into at most.
constexpr std::int64_t part_count_max = 1024;

/// What is said of a node that is not probeable, with its figures and the limits.
std::string probe_refusal(const PlannedNode& node);

/// The largest power of two below n (at least 2) that `fits`; nothing if none does.
template <typename Fits>
std::optional<std::int64_t> largest_block(std::int64_t n, Fits fits) {
    std::int64_t block = 1;
    while (block * 2 < n) {
        block *= 2;
    }
    for (; block >= 2; block /= 2) {
        if (fits(block)) {
            return block;
        }
    }
    return std::nullopt;
}

/// The node's value by nodes whose probes open less. Sums are taken in another order, roundings of
/// f16 and bf16 come once, at the end; what is only chosen or moved is the same. Inner results have
/// no bound, the last one has the program's. Nothing where there is no way.
std::optional<Value> split_node(Ops& ops, const PlannedNode& node);

// By family.
std::optional<Value> split_reduction(Ops& ops, const PlannedNode& node);
std::optional<Value> split_choice(Ops& ops, const PlannedNode& node);  ///< argmax, argmin
std::optional<Value> split_running_sum(Ops& ops, const PlannedNode& node);
std::optional<Value> split_softmax(Ops& ops, const PlannedNode& node);
std::optional<Value> split_norm(Ops& ops, const PlannedNode& node);  ///< layer_norm, rms_norm
std::optional<Value> split_product(Ops& ops, const PlannedNode& node);
std::optional<Value> split_convolution(Ops& ops, const PlannedNode& node);
std::optional<Value> split_pool(Ops& ops, const PlannedNode& node);
std::optional<Value> split_scatter(Ops& ops, const PlannedNode& node);

/// Nodes that are added while it lives have no bound.
class Unbounded {
public:
    explicit Unbounded(Emitter& emitter)
        : emitter_(emitter), before_(emitter.set_bound(unbounded_bits)) {}
    ~Unbounded() { emitter_.set_bound(before_); }

    Unbounded(const Unbounded&) = delete;
    Unbounded& operator=(const Unbounded&) = delete;

private:
    Emitter& emitter_;
    std::uint32_t before_;
};

}  // namespace steelyard::vm::onnx
