#include "vm/backend/cpu/window/pools.h"
#include "vm/ops/window/pools.h"

namespace steelyard::vm::cpu {

namespace {

template <Isa isa>
PoolKernels kernels() {
    if constexpr (isa == Isa::avx2) {
        return {.channels = avx2::channel_kernels, .lanes = avx2::lane_kernels};
    } else {
        return {.channels = avx512::channel_kernels, .lanes = avx512::lane_kernels};
    }
}

WindowGeometry geometry_of(const NodeCall& call) {
    const std::size_t axes = call.operands[0].shape.rank() - 2;
    const bool is_gradient = call.op == OpCode::max_pool_grad || call.op == OpCode::avg_pool_grad;
    const TensorType& input = is_gradient ? call.output : call.operands[0];
    return window_geometry(input, call.attributes.first(attributes_per_window_axis * axes)).value();
}

/// Whether an average divides by all taps, in the padding or not.
bool counts_padding(const NodeCall& call) {
    const std::size_t axes = call.operands[0].shape.rank() - 2;
    const bool averages = call.op == OpCode::avg_pool || call.op == OpCode::avg_pool_grad;
    return averages && call.attributes[attributes_per_window_axis * axes] != 0;
}

using PoolFunction = void (*)(const PoolWork& pool, const Parallel& parallel);

template <Isa isa, PoolFunction function>
std::optional<std::uint64_t> run(const NodeWork& work, const Parallel& parallel) {
    const PoolKernels loops = kernels<isa>();
    const PoolWork pool{
        .kernels = loops,
        .work = work,
        .geometry = geometry_of(work.call),
        .count_padding = counts_padding(work.call),
    };
    function(pool, parallel);
    return std::nullopt;
}

template <Isa isa>
Kernel find_for(const NodeCall& call) {
    switch (call.op) {
        case OpCode::max_pool:
            return run<isa, pool_maxima>;
        case OpCode::avg_pool:
            return run<isa, pool_averages>;
        case OpCode::max_pool_index:
            return place_count(geometry_of(call)) < pool_places_max ? run<isa, pool_places>
                                                                    : nullptr;
        case OpCode::max_pool_grad:
            return run<isa, spread_maxima>;
        case OpCode::avg_pool_grad:
            return run<isa, spread_averages>;
        default:
            return nullptr;
    }
}

}  // namespace

Kernel find_window_kernel(Isa isa, const NodeCall& call) {
    switch (isa) {
        case Isa::scalar:
        case Isa::scalar_soft_fma:
            return nullptr;
        case Isa::avx2:
            return find_for<Isa::avx2>(call);
        case Isa::avx512_no_vnni:
        case Isa::avx512:
            return find_for<Isa::avx512>(call);
    }
    return nullptr;
}

}  // namespace steelyard::vm::cpu
