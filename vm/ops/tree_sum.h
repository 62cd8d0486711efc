// Tree sum: the order in which the elements of a row are added (doc/spec/vm.md, A7).
#pragma once

#include "vm/ops/rule.h"

#include <cstddef>

namespace steelyard::vm {

constexpr std::uint64_t tree_block = 4096;
constexpr std::size_t tree_lanes = 64;

/// Adds all lanes up pairwise, j and j + 32 first, into the first. `add(a, b)` gives a + b.
template <typename T, typename Add>
VM_RULE T fold_lanes(T* lanes, Add add) {
    for (std::size_t half = tree_lanes / 2; half > 0; half /= 2) {
        for (std::size_t lane = 0; lane < half; ++lane) {
            lanes[lane] = add(lanes[lane], lanes[lane + half]);
        }
    }
    return lanes[0];
}

/// The tree of `count` terms, term(0) to term(count - 1), each asked for once; lanes and the whole
/// begin at `none` (+0 of a sum, 1 of a product).
template <typename T, typename Term, typename Add>
VM_RULE T tree_fold(std::uint64_t count, T none, Term term, Add add) {
    T total = none;
    for (std::uint64_t block = 0; block < count; block += tree_block) {
        T lanes[tree_lanes];
        for (T& lane : lanes) {
            lane = none;
        }
        const std::uint64_t end = count - block < tree_block ? count : block + tree_block;
        for (std::uint64_t i = block; i < end; ++i) {
            T& lane = lanes[(i - block) % tree_lanes];
            lane = add(lane, term(i));
        }
        total = add(total, fold_lanes(lanes, add));
    }
    return total;
}

/// The tree sum of f32 or f64 terms.
template <typename T, typename Term>
VM_RULE T tree_sum(std::uint64_t count, Term term) {
    return tree_fold(count, T{0}, term, [](T a, T b) { return a + b; });
}

}  // namespace steelyard::vm
