#include "vm/backend/cpu/order_kernels.h"

#include "vm/backend/cpu/ordered.h"
#include "vm/ops/elements.h"
#include "vm/ops/elementwise/float_rules.h"

#include <array>
#include <type_traits>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

// cumsum

constexpr std::uint64_t rows_at_once = 4;  ///< each row is a chain: others fill its waits

template <typename T>
T cleaned(T x) {
    if constexpr (std::is_floating_point_v<T>) {
        return clean(x);
    } else {
        return x;
    }
}

/// Chains over `rows` rows of `count` elements. Integers are unsigned ones: they wrap.
template <typename T, bool exclusive, std::uint64_t rows>
void chains(const T* __restrict x, std::uint64_t count, bool reverse, T* __restrict out) {
    T sums[rows] = {};
    for (std::uint64_t step = 0; step < count; ++step) {
        const std::uint64_t at = reverse ? count - 1 - step : step;
        for (std::uint64_t row = 0; row < rows; ++row) {
            const T before = sums[row];
            sums[row] = before + x[row * count + at];
            out[row * count + at] = cleaned(exclusive ? before : sums[row]);
        }
    }
}

template <typename T, bool exclusive>
void run_chains(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const std::uint64_t count = x.shape.columns();
    const bool reverse = work.call.attributes[1] != 0;
    for_rows(x, parallel, [&](std::uint64_t row, std::uint64_t end) {
        const T* from = reinterpret_cast<const T*>(work.operands[0]) + row * count;
        T* to = reinterpret_cast<T*>(work.output) + row * count;
        for (; row + rows_at_once <= end; row += rows_at_once) {
            chains<T, exclusive, rows_at_once>(from, count, reverse, to);
            from += rows_at_once * count;
            to += rows_at_once * count;
        }
        for (; row < end; ++row, from += count, to += count) {
            chains<T, exclusive, 1>(from, count, reverse, to);
        }
    });
}

template <typename T>
std::optional<std::uint64_t> run_cumsum(const NodeWork& work, const Parallel& parallel) {
    if (work.call.attributes[0] != 0) {
        run_chains<T, true>(work, parallel);
    } else {
        run_chains<T, false>(work, parallel);
    }
    return std::nullopt;
}

Kernel find_cumsum(DType type) {
    switch (type) {
        case DType::f32:
            return run_cumsum<float>;
        case DType::f64:
            return run_cumsum<double>;
        case DType::i32:
            return run_cumsum<std::uint32_t>;
        default:
            return run_cumsum<std::uint64_t>;
    }
}

// argsort

constexpr std::uint64_t counted_from = 160;  ///< shorter rows are sorted by comparisons
constexpr std::size_t digit_bits = 8;
constexpr std::size_t digits = std::size_t{1} << digit_bits;

/// An element of at most 4 bytes with its place: the order of rows is that of these numbers.
using Placed = std::uint64_t;

/// An element of 8 bytes with its place.
struct WidePlaced {
    std::uint64_t order = 0;
    std::uint32_t place = 0;

    friend auto operator<=>(const WidePlaced&, const WidePlaced&) = default;
};

/// Orders by the upper four bytes, from the least of them up, each pass keeping the order of the
/// ones before. The places below are ascending from the beginning.
void sort_by_digits(std::vector<Placed>& row, std::vector<Placed>& other) {
    constexpr std::size_t passes = 4;
    std::array<std::array<std::uint32_t, digits>, passes> counts{};
    for (const Placed element : row) {
        for (std::size_t pass = 0; pass < passes; ++pass) {
            ++counts[pass][(element >> (32 + digit_bits * pass)) % digits];
        }
    }
    other.resize(row.size());
    for (std::size_t pass = 0; pass < passes; ++pass) {
        const std::size_t shift = 32 + digit_bits * pass;
        auto& count = counts[pass];
        if (count[(row[0] >> shift) % digits] == row.size()) {
            continue;  // all have this digit
        }
        std::uint32_t before = 0;
        for (std::uint32_t& at : count) {
            const std::uint32_t own = at;
            at = before;
            before += own;
        }
        for (const Placed element : row) {
            other[count[(element >> shift) % digits]++] = element;
        }
        row.swap(other);
    }
}

/// An order as an unsigned number of `Bits`.
template <typename Bits, typename Order>
Bits unsigned_order(Order order) {
    constexpr Bits middle = std::is_signed_v<Order> ? Bits{1} << (8 * sizeof(Bits) - 1) : Bits{0};
    return static_cast<Bits>(static_cast<Bits>(order) ^ middle);
}

template <typename By, bool descending>
class Sorter {
public:
    void sort(const std::byte* bytes, std::uint64_t count, std::int64_t* out) {
        const auto* x = reinterpret_cast<const typename By::Stored*>(bytes);
        row_.resize(count);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto order = By::template of<!descending, Zeros::equal>(x[i]);
            if constexpr (is_wide) {
                row_[i] = {unsigned_order<std::uint64_t>(order), static_cast<std::uint32_t>(i)};
            } else {
                row_[i] = static_cast<Placed>(unsigned_order<std::uint32_t>(order)) << 32 | i;
            }
        }
        if constexpr (is_wide) {
            std::ranges::sort(row_);
        } else if (count < counted_from) {
            std::ranges::sort(row_);
        } else {
            sort_by_digits(row_, other_);
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = place_of(row_[i]);
        }
    }

private:
    static constexpr bool is_wide = sizeof(typename By::Stored) == 8;
    using Element = std::conditional_t<is_wide, WidePlaced, Placed>;

    static std::int64_t place_of(Placed element) {
        return static_cast<std::int64_t>(element & 0xffffffff);
    }
    static std::int64_t place_of(const WidePlaced& element) { return element.place; }

    std::vector<Element> row_{};
    std::vector<Element> other_{};
};

template <typename By, bool descending>
void sort_rows(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    const std::uint64_t count = x.shape.columns();
    for_rows(x, parallel, [&](std::uint64_t first, std::uint64_t end) {
        Sorter<By, descending> sorter;
        for (std::uint64_t row = first; row < end; ++row) {
            auto* out = reinterpret_cast<std::int64_t*>(work.output) + row * count;
            sorter.sort(work.operands[0] + row * x.row_bytes(), count, out);
        }
    });
}

std::optional<std::uint64_t> run_argsort(const NodeWork& work, const Parallel& parallel) {
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    with_order(work.call.operands[0].dtype, [&](auto by) {
        if (work.call.attributes[0] != 0) {
            sort_rows<decltype(by), true>(work, parallel);
        } else {
            sort_rows<decltype(by), false>(work, parallel);
        }
    });
    return std::nullopt;
}

}  // namespace

Kernel find_order_kernel(const NodeCall& call) {
    switch (call.op) {
        case OpCode::cumsum:
            return find_cumsum(call.output.dtype);
        case OpCode::argsort:
            return run_argsort;
        default:
            return nullptr;
    }
}

}  // namespace steelyard::vm::cpu
