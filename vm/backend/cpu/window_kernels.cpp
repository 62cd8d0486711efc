#include "vm/backend/cpu/contraction/channels.h"
#include "vm/ops/window/pools.h"

namespace steelyard::vm::cpu {

namespace {

template <Isa isa>
const ChannelKernels& kernels() {
    return isa == Isa::avx2 ? avx2::channel_kernels : avx512::channel_kernels;
}

/// The geometry of a pool, whose attributes may be followed by one more.
WindowGeometry geometry_of(const NodeCall& call) {
    const std::size_t axes = call.operands[0].shape.rank() - 2;
    const auto attributes = call.attributes.first(attributes_per_window_axis * axes);
    return window_geometry(call.operands[0], attributes).value();
}

template <Isa isa, bool average>
std::optional<std::uint64_t> pool(const NodeWork& work, const Parallel& parallel) {
    const WindowGeometry geometry = geometry_of(work.call);
    const std::size_t channels = work.call.output.shape.columns();
    const auto* x = reinterpret_cast<const float*>(work.operands[0]);
    const TapPointers pointers(geometry, channels, x, nullptr);
    const bool count_padding = average && work.call.attributes.back() != 0;
    for_each_window(work.call.output, parallel, [&](std::uint64_t first, std::uint64_t end) {
        const float* taps[window_taps_max];
        for (std::uint64_t number = first; number < end; ++number) {
            const std::size_t count = pointers.at(number, taps);
            const std::size_t all = count_padding ? geometry.taps() : count;
            const ChannelTaps window{
                .taps = taps,
                .count = count,
                .channels = channels,
                .out = reinterpret_cast<float*>(work.output) + number * channels,
                .divisor = static_cast<float>(all == 0 ? 1 : all),
            };
            average ? kernels<isa>().average(window) : kernels<isa>().greatest(window);
        }
    });
    return std::nullopt;
}

template <Isa isa>
Kernel find_for(const NodeCall& call) {
    const bool is_pool = call.op == OpCode::max_pool || call.op == OpCode::avg_pool;
    if (!is_pool || call.output.dtype != DType::f32 || geometry_of(call).taps() > window_taps_max) {
        return nullptr;
    }
    return call.op == OpCode::max_pool ? pool<isa, false> : pool<isa, true>;
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
