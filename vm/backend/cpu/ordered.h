// Ordered: numbers of every type as integers, so that rules of order are those of integers.
#pragma once

#include "vm/ops/rule.h"
#include "vm/program/dtype.h"

#include <cstddef>
#include <cstdint>

namespace steelyard::vm::cpu {

/// Whether zeros of two signs are one number (argmax, argsort), or -0 is the lesser (A4).
enum class Zeros : std::uint8_t { equal, by_sign };

/// Integers: their own order, or with all bits turned round the reverse of it.
template <typename T>
struct OrderedInteger {
    using Stored = T;
    using Order = T;

    template <bool ascending, Zeros>
    VM_RULE static Order of(Stored x) {
        return ascending ? x : static_cast<Order>(~x);
    }

    /// What `of` with Zeros::by_sign made the number of.
    template <bool ascending>
    VM_RULE static Stored undo(Order order) {
        return ascending ? order : static_cast<Order>(~order);
    }
};

/// Floats by their bits; every NaN is the greatest, whichever way the order goes.
template <typename Bits, typename Signed, Bits infinity, Bits canonical_nan>
struct OrderedFloat {
    using Stored = Bits;
    using Order = Signed;

    static constexpr auto most = static_cast<Bits>(static_cast<Bits>(~Bits{0}) >> 1);

    template <bool ascending, Zeros zeros>
    VM_RULE static Order of(Stored x) {
        const auto size = static_cast<Bits>(x & most);
        const auto sign = static_cast<Bits>(static_cast<Signed>(x) < 0 ? ~Bits{0} : Bits{0});
        const auto turned = static_cast<Bits>(size ^ sign);
        const auto order =
            static_cast<Signed>(zeros == Zeros::equal ? static_cast<Bits>(turned - sign) : turned);
        const auto directed = static_cast<Bits>(ascending ? order : ~order);
        const bool is_nan = static_cast<Signed>(size) > static_cast<Signed>(infinity);
        const auto nan = static_cast<Bits>(is_nan ? ~Bits{0} : Bits{0});
        return static_cast<Signed>((directed & ~nan) | (most & nan));
    }

    template <bool ascending>
    VM_RULE static Stored undo(Order order) {
        if (order == static_cast<Signed>(most)) {
            return canonical_nan;
        }
        const auto turned = static_cast<Signed>(ascending ? order : ~order);
        const auto sign = static_cast<Bits>(turned < 0 ? ~Bits{0} : Bits{0});
        return static_cast<Bits>(static_cast<Bits>(turned) ^ (sign & most));
    }
};

using OrderedF16 = OrderedFloat<std::uint16_t, std::int16_t, 0x7c00, 0x7e00>;
using OrderedBf16 = OrderedFloat<std::uint16_t, std::int16_t, 0x7f80, 0x7fc0>;
using OrderedF32 = OrderedFloat<std::uint32_t, std::int32_t, 0x7f800000, 0x7fc00000>;
using OrderedF64 =
    OrderedFloat<std::uint64_t, std::int64_t, 0x7ff0000000000000, 0x7ff8000000000000>;

/// Calls `visit` with the order of a type; a bool is a u8.
template <typename Visit>
VM_RULE auto with_order(DType type, Visit visit) {
    switch (type) {
        case DType::f32:
            return visit(OrderedF32{});
        case DType::f64:
            return visit(OrderedF64{});
        case DType::f16:
            return visit(OrderedF16{});
        case DType::bf16:
            return visit(OrderedBf16{});
        case DType::i8:
            return visit(OrderedInteger<std::int8_t>{});
        case DType::i16:
            return visit(OrderedInteger<std::int16_t>{});
        case DType::u16:
            return visit(OrderedInteger<std::uint16_t>{});
        case DType::i32:
            return visit(OrderedInteger<std::int32_t>{});
        case DType::u32:
            return visit(OrderedInteger<std::uint32_t>{});
        case DType::i64:
            return visit(OrderedInteger<std::int64_t>{});
        case DType::u64:
            return visit(OrderedInteger<std::uint64_t>{});
        case DType::u8:
        case DType::boolean:
            break;
    }
    return visit(OrderedInteger<std::uint8_t>{});
}

}  // namespace steelyard::vm::cpu
