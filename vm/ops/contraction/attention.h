// Attention over one block of keys: shapes and the rule (doc/spec/vm-operators.md, K8 and K9).
#pragma once

#include "base/result.h"
#include "vm/ops/contraction/dot.h"
#include "vm/ops/operator.h"

namespace steelyard::vm {

constexpr std::uint64_t attention_keys_max = 64;
constexpr std::uint64_t attention_width_max = 128;  ///< of a query and of a value

/// Elements of a state before its weighted sum: the maximum and the sum of weights.
constexpr std::uint64_t attention_state_head = 2;

/// A call of attention_block, whose operands are q, k, v, then state and mask as far as it has
/// them.
struct AttentionBlock {
    std::uint64_t batches = 0;
    std::uint64_t queries = 0;  ///< of a batch
    std::uint64_t keys = 0;     ///< of a batch
    std::uint64_t depth = 0;    ///< of a query
    std::uint64_t width = 0;    ///< of a value
    std::size_t state = 0;      ///< operand; 0: none
    std::size_t mask = 0;       ///< operand; 0: none
    bool one_mask = false;      ///< for all batches
    float scale = 1.0F;

    /// Errors: what does not fit together, widths or keys over their limits.
    static Result<AttentionBlock> make(
        std::span<const TensorType> operands, std::span<const std::int64_t> attributes
    );

    /// The first element of the mask's row for a row of the output.
    std::uint64_t mask_element(std::uint64_t row) const {
        return (one_mask ? row % queries : row) * keys;
    }
};

/// The greater of two, as A4 has it.
float attention_max(float a, float b);

}  // namespace steelyard::vm
