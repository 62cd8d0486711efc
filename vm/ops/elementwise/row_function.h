// RowFunction: one operator on neighbouring elements, all operands dense.
#pragma once

#include "vm/ops/rule.h"
#include "vm/program/dtype.h"
#include "vm/program/op_code.h"

#include <cstddef>

namespace steelyard::vm {

constexpr std::size_t row_operands_max = 5;

/// Elements [0, count) of operands and output, each aligned to its element; no memory is shared.
struct RowArguments {
    const std::byte* operands[row_operands_max] = {};
    std::byte* output = nullptr;
    std::size_t count = 0;
    const std::int64_t* attributes = nullptr;
};

using RowFunction = void (*)(const RowArguments& row);

// The loops that the rows of all operators are. `Policy` is an fma policy (fma.h); kernel files
// have policies of their own, which keeps their copies of these templates apart from those of
// others.
// The count is copied first: as far as the compiler knows, a store could change that of `row`.

template <typename Policy, typename Rule, typename Out, typename A>
void map_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const A* __restrict a = reinterpret_cast<const A*>(row.operands[0]);
    Out* __restrict out = reinterpret_cast<Out*>(row.output);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = Rule::of(a[i]);
    }
}

template <typename Policy, typename Rule, typename Out, typename A, typename B>
void map_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const A* __restrict a = reinterpret_cast<const A*>(row.operands[0]);
    const B* __restrict b = reinterpret_cast<const B*>(row.operands[1]);
    Out* __restrict out = reinterpret_cast<Out*>(row.output);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = Rule::of(a[i], b[i]);
    }
}

template <typename Policy, typename Rule, typename Out, typename A, typename B, typename C>
void map_row(const RowArguments& row) {
    const std::size_t count = row.count;
    const A* __restrict a = reinterpret_cast<const A*>(row.operands[0]);
    const B* __restrict b = reinterpret_cast<const B*>(row.operands[1]);
    const C* __restrict c = reinterpret_cast<const C*>(row.operands[2]);
    Out* __restrict out = reinterpret_cast<Out*>(row.output);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = Rule::of(a[i], b[i], c[i]);
    }
}

/// Calls choose(Tag<T>{}) with the type of an integer dtype; gives nullptr for others.
template <typename T>
struct Tag {
    using Type = T;
};

template <typename Choose>
[[gnu::always_inline]] inline RowFunction of_integer(DType type, Choose choose) {
    switch (type) {
        case DType::i8:
            return choose(Tag<std::int8_t>{});
        case DType::u8:
            return choose(Tag<std::uint8_t>{});
        case DType::i16:
            return choose(Tag<std::int16_t>{});
        case DType::u16:
            return choose(Tag<std::uint16_t>{});
        case DType::i32:
            return choose(Tag<std::int32_t>{});
        case DType::u32:
            return choose(Tag<std::uint32_t>{});
        case DType::i64:
            return choose(Tag<std::int64_t>{});
        case DType::u64:
            return choose(Tag<std::uint64_t>{});
        default:
            return nullptr;
    }
}

}  // namespace steelyard::vm
