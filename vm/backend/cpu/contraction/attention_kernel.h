// Attention over a block of keys: scores and weighted sums by tiles, between them one row at a
// time.
#pragma once

#include "vm/backend/cpu/contraction/tiles.h"
#include "vm/backend/cpu/kernels.h"
#include "vm/ops/elementwise/row_function.h"

namespace steelyard::vm::cpu {

struct AttentionKernels {
    const TileKernels& tiles;
    RowFunction exp = nullptr;  ///< of f32
};

/// An attention_block.
void attend(const AttentionKernels& kernels, const NodeWork& work, const Parallel& parallel);

}  // namespace steelyard::vm::cpu
