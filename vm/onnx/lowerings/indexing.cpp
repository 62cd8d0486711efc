// Gathering, scattering, sorting, and what elements that are known at import pick.
#include "vm/onnx/lowering.h"
#include "vm/onnx/split.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

/// Indices as the VM takes them.
Value indices_of(Call& c, std::size_t operand) {
    const Value indices = c.in(operand);
    return indices.dtype() == DType::i32 ? indices : c.cast(indices, DType::i64);
}

Values gather(Call& c) {
    const Value x = c.in(0);
    return {c.gather(x, indices_of(c, 1), c.axis_attribute("axis", 0, x.rank()))};
}

Values gather_elements(Call& c) {
    const Value x = c.in(0);
    const auto axis = static_cast<std::int64_t>(c.axis_attribute("axis", 0, x.rank()));
    return {c.op(OpCode::gather_elements, {x, indices_of(c, 1)}, {axis})};
}

Values gather_nd(Call& c) {
    return {c.op(OpCode::gather_nd, {c.in(0), indices_of(c, 1)}, {c.integer("batch_dims", 0)})};
}

/// The number of a way to join an update with what is there.
std::int64_t scatter_mode(Call& c) {
    constexpr std::array<std::string_view, 5> modes = {"none", "add", "mul", "min", "max"};
    const std::string_view wanted = c.text("reduction", "none");
    const auto* found = std::ranges::find(modes, wanted);
    if (found == modes.end()) {
        c.fail("reduction {}", wanted);
        return 0;
    }
    return found - modes.begin();
}

Values scatter_elements(Call& c) {
    const Value x = c.in(0);
    const auto axis = static_cast<std::int64_t>(c.axis_attribute("axis", 0, x.rank()));
    const Value indices = indices_of(c, 1);
    return {c.op(OpCode::scatter_elements, {x, indices, c.in(2)}, {axis, scatter_mode(c)})};
}

Values scatter_nd(Call& c) {
    return {c.op(OpCode::scatter_nd, {c.in(0), indices_of(c, 1), c.in(2)}, {scatter_mode(c)})};
}

Values one_hot(Call& c) {
    const Value indices = c.cast(c.in(0), DType::i64);
    const Integers depth = c.known_integers(1);
    const Value values = c.in(2);
    if (depth.size() != 1 || values.type.elements() != 2) {
        return {c.fail("{} depths and {} values", depth.size(), values.type.elements())};
    }
    const std::size_t rank = indices.rank() + 1;
    const std::size_t axis = c.axis_attribute("axis", -1, rank);
    Integers wide = Ops::dimensions(indices);
    if (axis > wide.size()) {
        return {c.fail("axis {}", axis)};
    }
    wide.insert(wide.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    Integers line(rank, 1);
    line[axis] = depth[0];
    const Value count = c.reshape(c.integers(depth), {});
    const Value is_negative = c.less(indices, c.reshape(c.integers({0}), {}));
    const Value whole = c.select(is_negative, c.add(indices, count), indices);
    const Value hit = c.equal(c.reshape(whole, wide), c.iota(DType::i64, axis, line));
    const Value flat = c.reshape(values, {2});
    const Value on = c.reshape(c.slice(flat, 0, 1, 1), {});
    const Value off = c.reshape(c.slice(flat, 0, 0, 1), {});
    return {c.select(hit, on, off)};
}

/// The first k of each row in order, of [rows, columns], and their places in it.
struct Best {
    Value values{};
    Value places{};
};

Best best_of_sorted(Call& c, const Value& rows, std::int64_t k, const Integers& direction) {
    const Value order = c.op(OpCode::argsort, {rows}, direction);
    const Value first = c.slice(order, 1, 0, k);
    return {c.op(OpCode::gather_elements, {rows, first}, {1}), first};
}

/// The largest number of columns that can be sorted and proven.
std::int64_t sortable_columns(const Value& rows, const Integers& direction) {
    const std::int64_t columns = Ops::dimension(rows, 1);
    const auto fits = [&](std::int64_t size) {
        const Shape shape{rows.shape()[0], static_cast<std::uint64_t>(size)};
        return is_probeable(
            OpCode::argsort, {TensorType{.dtype = rows.dtype(), .shape = shape}}, direction
        );
    };
    return fits(columns) ? columns : largest_block(columns, fits).value_or(columns);
}

/// The best of blocks of a row, and the best of those: equal ones keep their order all along.
Best best_of_rows(Call& c, const Value& rows, std::int64_t k, const Integers& direction) {
    const std::int64_t columns = Ops::dimension(rows, 1);
    const std::int64_t block = sortable_columns(rows, direction);
    if (block == columns || k > block / 2 || k < 1 || !c.e.ok()) {
        return best_of_sorted(c, rows, k, direction);
    }
    const std::int64_t height = Ops::dimension(rows, 0);
    const std::int64_t count = columns / block;
    const Value whole = c.slice(rows, 1, 0, count * block);
    const Best of_blocks =
        best_of_sorted(c, c.reshape(whole, {height * count, block}), k, direction);
    const Value starts = c.mul(c.iota(DType::i64, 1, {1, count, 1}), static_cast<double>(block));
    Values values = {c.reshape(of_blocks.values, {height, count * k})};
    const Value places = c.add(c.reshape(of_blocks.places, {height, count, k}), starts);
    Values all_places = {c.reshape(places, {height, count * k})};
    if (const std::int64_t rest = columns - count * block; rest > 0) {
        const Value last = c.slice(rows, 1, count * block, rest);
        const Best of_rest = best_of_sorted(c, last, std::min(k, rest), direction);
        values.push_back(of_rest.values);
        all_places.push_back(c.add(of_rest.places, static_cast<double>(count * block)));
    }
    const Best best = best_of_rows(c, c.concat(values, 1), k, direction);
    const Value from = c.concat(all_places, 1);
    return {best.values, c.op(OpCode::gather_elements, {from, best.places}, {1})};
}

Values top_k(Call& c) {
    const Value x = c.in(0);
    const std::size_t axis = c.axis_attribute("axis", -1, x.rank());
    const Integers k = c.opset() < 10 ? Integers{c.integer("k", 0)} : c.known_integers(1);
    if (k.size() != 1) {
        return {c.fail("{} numbers k", k.size())};
    }
    const Value moved = c.to_end(x, {axis});
    Integers shape = Ops::dimensions(moved);
    if (!c.e.ok() || shape.empty()) {
        return {c.fail("{} has no axis", x.type.text())};
    }
    const auto rows = static_cast<std::int64_t>(moved.shape().rows());
    const Best best = best_of_rows(
        c, c.reshape(moved, {rows, shape.back()}), k[0], {c.integer("largest", 1) != 0 ? 1 : 0}
    );
    shape.back() = k[0];
    return {
        c.from_end(c.reshape(best.values, shape), {axis}),
        c.from_end(c.reshape(best.places, shape), {axis})
    };
}

/// Element t of a sequence of length n comes from n - 1 - t, behind its end from t itself.
Values reverse_sequence(Call& c) {
    const Value x = c.in(0);
    const std::size_t time = c.axis_attribute("time_axis", 0, x.rank());
    const std::size_t batch = c.axis_attribute("batch_axis", 1, x.rank());
    if (!c.e.ok() || time >= x.rank() || batch >= x.rank()) {
        return {c.fail("axes of {}", x.type.text())};
    }
    Integers steps(x.rank(), 1);
    steps[time] = Ops::dimension(x, time);
    Integers sequences(x.rank(), 1);
    sequences[batch] = Ops::dimension(x, batch);
    const Value lengths = c.reshape(c.cast(c.in(1), DType::i64), sequences);
    const Value at = c.iota(DType::i64, time, steps);
    const Value reversed = c.sub(c.sub(lengths, c.integers({1})), at);
    const Value from = c.select(c.less(at, lengths), reversed, at);
    const Value wide = c.broadcast(from, Ops::dimensions(x));
    return {c.op(OpCode::gather_elements, {x, wide}, {static_cast<std::int64_t>(time)})};
}

Values compress(Call& c) {
    Value x = c.in(0);
    const std::vector<double> condition = c.known_numbers(1);
    std::size_t axis = 0;
    if (c.has_attribute("axis")) {
        axis = c.axis_attribute("axis", 0, x.rank());
    } else {
        x = c.reshape(x, {static_cast<std::int64_t>(x.type.elements())});
    }
    Integers chosen;
    for (std::size_t at = 0; at < condition.size(); ++at) {
        if (condition[at] != 0 && static_cast<std::int64_t>(at) < Ops::dimension(x, axis)) {
            chosen.push_back(static_cast<std::int64_t>(at));
        }
    }
    return {c.gather(x, c.integers(chosen), axis)};
}

Values non_zero(Call& c) {
    const std::vector<double> elements = c.known_numbers(0);
    const Integers shape = Ops::dimensions(c.in(0));
    Integers found;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        std::int64_t stride = 1;
        for (std::size_t inner = axis + 1; inner < shape.size(); ++inner) {
            stride *= shape[inner];
        }
        for (std::size_t at = 0; at < elements.size(); ++at) {
            if (elements[at] != 0) {
                found.push_back(static_cast<std::int64_t>(at) / stride % shape[axis]);
            }
        }
    }
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t count = rank == 0 ? 0 : static_cast<std::int64_t>(found.size()) / rank;
    return {c.reshape(c.integers(found), {rank, count})};
}

/// Positions along an axis of known elements, joined where their elements are equal.
struct Classes {
    Integers first{};    ///< of each class: its first position
    Integers inverse{};  ///< of each position: its class
    Integers counts{};
};

Classes classes_of(const std::vector<std::vector<double>>& rows, bool is_sorted) {
    std::map<std::vector<double>, std::size_t> number;
    Classes out;
    for (std::size_t at = 0; at < rows.size(); ++at) {
        const auto [found, is_new] = number.try_emplace(rows[at], out.first.size());
        if (is_new) {
            out.first.push_back(static_cast<std::int64_t>(at));
            out.counts.push_back(0);
        }
        out.inverse.push_back(static_cast<std::int64_t>(found->second));
        ++out.counts[found->second];
    }
    if (!is_sorted) {
        return out;
    }
    Classes sorted{.inverse = Integers(rows.size())};
    Integers new_number(out.first.size());
    for (const auto& [row, old] : number) {
        new_number[old] = static_cast<std::int64_t>(sorted.first.size());
        sorted.first.push_back(out.first[old]);
        sorted.counts.push_back(out.counts[old]);
    }
    for (std::size_t at = 0; at < rows.size(); ++at) {
        sorted.inverse[at] = new_number[static_cast<std::size_t>(out.inverse[at])];
    }
    return sorted;
}

Values unique(Call& c) {
    Value x = c.in(0);
    if (!c.has_attribute("axis")) {
        x = c.reshape(x, {static_cast<std::int64_t>(x.type.elements())});
    }
    const std::size_t axis = c.axis_attribute("axis", 0, x.rank());
    c.known_numbers(0);
    if (!c.e.ok()) {
        return {};
    }
    // Row r holds what stands at position r of the axis.
    Integers order = {static_cast<std::int64_t>(axis)};
    for (std::size_t at = 0; at < x.rank(); ++at) {
        if (at != axis) {
            order.push_back(static_cast<std::int64_t>(at));
        }
    }
    const auto elements = Call::numbers_if_known(c.transpose(x, order));
    const auto count = static_cast<std::size_t>(Ops::dimension(x, axis));
    if (!elements || count == 0) {
        return {c.fail("{} elements", count)};
    }
    const std::size_t width = elements->size() / count;
    std::vector<std::vector<double>> rows;
    for (std::size_t at = 0; at < count; ++at) {
        const auto start = elements->begin() + static_cast<std::ptrdiff_t>(at * width);
        rows.emplace_back(start, start + static_cast<std::ptrdiff_t>(width));
        if (std::ranges::any_of(rows.back(), [](double value) { return value != value; })) {
            return {c.fail("an element that is no number")};
        }
    }
    const Classes classes = classes_of(rows, c.integer("sorted", 1) != 0);
    const Value first = c.integers(classes.first);
    return {
        c.gather(x, first, axis), first, c.integers(classes.inverse), c.integers(classes.counts)
    };
}

constexpr std::array rows = {
    LoweringRow{.op = "Gather", .lower = gather},
    LoweringRow{.op = "GatherElements", .since = 11, .lower = gather_elements},
    LoweringRow{.op = "GatherND", .since = 11, .lower = gather_nd},
    LoweringRow{.op = "Scatter", .since = 9, .lower = scatter_elements},
    LoweringRow{.op = "ScatterElements", .since = 11, .lower = scatter_elements},
    LoweringRow{.op = "ScatterND", .since = 11, .lower = scatter_nd},
    LoweringRow{.op = "OneHot", .since = 9, .lower = one_hot},
    LoweringRow{.op = "TopK", .lower = top_k},
    LoweringRow{.op = "ReverseSequence", .since = 10, .lower = reverse_sequence},
    LoweringRow{.op = "Compress", .since = 9, .lower = compress},
    LoweringRow{.op = "NonZero", .since = 9, .lower = non_zero},
    LoweringRow{.op = "Unique", .since = 11, .lower = unique},
};

}  // namespace

std::span<const LoweringRow> index_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
