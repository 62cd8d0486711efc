// NumberLoops: rows of numbers of one type, for files of one instruction set.
#pragma once

#include "vm/backend/cpu/number_rows.h"
#include "vm/backend/cpu/ordered.h"

namespace steelyard::vm::cpu {

/// `File`: a type of the including file alone, so that nothing here is shared between files.
/// `By`: how the numbers are ordered.
template <typename File, typename By>
struct NumberLoops {
    using Stored = typename By::Stored;
    using Order = typename By::Order;

    static constexpr std::uint64_t block = 2048;  ///< of which one is looked through twice
    static constexpr std::uint64_t step = 32;

    VM_RULE static const Stored* row_of(const std::byte* x) {
        return reinterpret_cast<const Stored*>(x);
    }

    template <bool ascending, Zeros zeros>
    VM_RULE static Order greatest_order(const Stored* x, std::uint64_t count) {
        Order best = By::template of<ascending, zeros>(x[0]);
        for (std::uint64_t i = 0; i < count; ++i) {
            const Order next = By::template of<ascending, zeros>(x[i]);
            best = next > best ? next : best;
        }
        return best;
    }

    template <bool ascending>
    static std::uint64_t extreme(const std::byte* x, std::uint64_t count) {
        const Order best = greatest_order<ascending, Zeros::by_sign>(row_of(x), count);
        return static_cast<std::uint64_t>(By::template undo<ascending>(best));
    }

    template <bool ascending>
    VM_RULE static bool is_at(const Stored* x, Order wanted) {
        return By::template of<ascending, Zeros::equal>(*x) == wanted;
    }

    /// Whether one of `step` elements is the wanted one.
    template <bool ascending>
    VM_RULE static bool is_among(const Stored* x, Order wanted) {
        Stored found = 0;
        for (std::uint64_t i = 0; i < step; ++i) {
            found |= static_cast<Stored>(is_at<ascending>(x + i, wanted) ? 1 : 0);
        }
        return found != 0;
    }

    /// Of the first or last of the greatest elements.
    template <bool ascending>
    static std::uint64_t place(const std::byte* bytes, std::uint64_t count, bool last_wins) {
        const Stored* x = row_of(bytes);
        Order best = 0;
        std::uint64_t start = 0;
        for (std::uint64_t first = 0; first < count; first += block) {
            const std::uint64_t size = count - first < block ? count - first : block;
            const Order next = greatest_order<ascending, Zeros::equal>(x + first, size);
            if (first == 0 || next > best || (last_wins && next == best)) {
                best = next;
                start = first;
            }
        }
        const std::uint64_t end = count - start < block ? count : start + block;
        if (last_wins) {
            std::uint64_t at = end - 1;
            while (!is_at<ascending>(x + at, best)) {
                --at;
            }
            return at;
        }
        std::uint64_t at = start;
        while (end - at >= step && !is_among<ascending>(x + at, best)) {
            at += step;
        }
        while (!is_at<ascending>(x + at, best)) {
            ++at;
        }
        return at;
    }

    static std::uint64_t sum(const std::byte* x, std::uint64_t count) {
        const Stored* row = row_of(x);
        Stored total = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            total += row[i];
        }
        return total;
    }

    static std::uint64_t product(const std::byte* x, std::uint64_t count) {
        const Stored* row = row_of(x);
        Stored total = 1;
        for (std::uint64_t i = 0; i < count; ++i) {
            total *= row[i];
        }
        return total;
    }

    static constexpr NumberRows functions() {
        return {
            .greatest = extreme<true>,
            .least = extreme<false>,
            .place_of_greatest = place<true>,
            .place_of_least = place<false>,
        };
    }
};

template <typename File, typename T, typename Unsigned>
constexpr NumberRows integer_rows() {
    NumberRows rows = NumberLoops<File, OrderedInteger<T>>::functions();
    if (sizeof(T) >= 4) {
        rows.sum = NumberLoops<File, OrderedInteger<Unsigned>>::sum;
        rows.product = NumberLoops<File, OrderedInteger<Unsigned>>::product;
    }
    return rows;
}

/// By DType; the type 0 is none, a bool is a u8.
template <typename File>
struct NumberTable {
    static constexpr NumberRows rows[dtype_max + 1] = {
        {},
        NumberLoops<File, OrderedF32>::functions(),
        NumberLoops<File, OrderedF64>::functions(),
        NumberLoops<File, OrderedF16>::functions(),
        NumberLoops<File, OrderedBf16>::functions(),
        integer_rows<File, std::int8_t, std::uint8_t>(),
        integer_rows<File, std::uint8_t, std::uint8_t>(),
        integer_rows<File, std::int16_t, std::uint16_t>(),
        integer_rows<File, std::uint16_t, std::uint16_t>(),
        integer_rows<File, std::int32_t, std::uint32_t>(),
        integer_rows<File, std::uint32_t, std::uint32_t>(),
        integer_rows<File, std::int64_t, std::uint64_t>(),
        integer_rows<File, std::uint64_t, std::uint64_t>(),
        integer_rows<File, std::uint8_t, std::uint8_t>(),
    };
};

}  // namespace steelyard::vm::cpu
