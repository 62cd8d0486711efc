// Kernels of the pooling operators.
#pragma once

#include "vm/backend/cpu/kernels.h"
#include "vm/backend/cpu/window/channels.h"
#include "vm/backend/cpu/window/lane_kernels.h"
#include "vm/ops/window_geometry.h"

namespace steelyard::vm::cpu {

struct PoolKernels {
    const ChannelKernels& channels;
    const LaneKernels& lanes;
};

/// Places of a plane must be below this for `max_pool_index`.
constexpr std::uint64_t pool_places_max = std::uint64_t{1} << 31;

/// A pool over windows of a call, or its gradient.
struct PoolWork {
    const PoolKernels& kernels;
    const NodeWork& work;
    WindowGeometry geometry{};
    bool count_padding = false;  ///< of averages
};

void pool_maxima(const PoolWork& pool, const Parallel& parallel);
void pool_averages(const PoolWork& pool, const Parallel& parallel);
void pool_places(const PoolWork& pool, const Parallel& parallel);
void spread_maxima(const PoolWork& pool, const Parallel& parallel);    ///< max_pool_grad
void spread_averages(const PoolWork& pool, const Parallel& parallel);  ///< avg_pool_grad

}  // namespace steelyard::vm::cpu
