#include "tests/support/vm/op_cases.h"

#include "base/check.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>

namespace steelyard::vm::test {

namespace {

using enum OpCode;

constexpr std::uint32_t attempts_max = 20000;
constexpr std::uint64_t elements_max = 5000;  ///< of an operand or output

bool is_between(OpCode op, OpCode first, OpCode last) {
    return op >= first && op <= last;
}

/// Draws types and attributes that may be refused: then others are drawn.
class Drawer {
public:
    Drawer(RandomSource& random, OpCode op) : random_(random), op_(op) {}

    std::vector<TensorType> types{};
    Attributes attributes{};

    void draw() {
        types.clear();
        attributes.clear();
        if (op_ < select || op_ == clip || op_ == axpby || op_ == fma) {
            draw_elementwise();
        } else if (is_between(op_, select, adam_update)) {
            draw_conversion();
        } else if (is_between(op_, gather, dynamic_update)) {
            draw_index();
        } else if (is_between(op_, reshape, im2col)) {
            draw_movement();
        } else if (is_between(op_, reduce_sum, batch_norm)) {
            draw_row();
        } else if (op_ == attention_block || op_ == attention_finish) {
            draw_attention();
        } else if (is_between(op_, gemm_f32, gemm_fx)) {
            draw_product();
        } else if (is_between(op_, conv_f32, avg_pool_grad)) {
            draw_windows();
        } else {
            types = {{DType::u32, {2}}};
            attributes = {count(3), count(40), count(40)};
        }
    }

private:
    std::uint64_t below(std::uint64_t limit) { return number_below(random_, limit); }
    std::int64_t number(std::uint64_t limit) { return static_cast<std::int64_t>(below(limit)); }
    std::int64_t count(std::uint64_t most) { return 1 + number(most); }
    DType any_type() { return static_cast<DType>(1 + below(dtype_max)); }
    DType one_of(std::initializer_list<DType> from) { return *(from.begin() + below(from.size())); }
    DType real() { return one_of({DType::f32, DType::f32, DType::f16, DType::bf16}); }
    DType byte() { return one_of({DType::i8, DType::u8}); }

    std::vector<std::uint64_t> sizes(std::size_t rank, std::uint64_t most = 9) {
        std::vector<std::uint64_t> out;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            out.push_back(below(30) == 0 ? 0 : 1 + below(most));
        }
        if (rank > 0 && below(3) == 0) {
            out.back() = awkward_size(random_, 600);
        }
        return out;
    }

    Shape shape(std::size_t rank, std::uint64_t most = 9) { return Shape::of(sizes(rank, most)); }

    /// A shape that broadcasts to another.
    Shape smaller(const std::vector<std::uint64_t>& whole) {
        std::vector<std::uint64_t> out = whole;
        if (below(3) == 0) {
            out.erase(out.begin(), out.begin() + number(out.size() + 1));
        }
        for (std::uint64_t& size : out) {
            size = below(5) == 0 ? 1 : size;
        }
        return Shape::of(out);
    }

    void draw_elementwise() {
        const bool three = op_ == fma || op_ == clip;
        const bool two = is_between(op_, add, shift_right) || op_ == axpby;
        const DType type = any_type();
        const std::vector<std::uint64_t> whole = sizes(below(4));
        const bool even = below(2) == 0;
        for (int operand = three ? 3 : (two ? 2 : 1); operand > 0; --operand) {
            types.push_back({type, even ? Shape::of(whole) : smaller(whole)});
        }
        if (op_ == is_infinite) {
            attributes = {count(3)};
        } else if (op_ == axpby) {
            attributes = {0x3f000000 + number(0x1000000), 0xbf000000 + number(0x1000000)};
        }
    }

    void draw_conversion() {
        const std::vector<std::uint64_t> whole = sizes(1 + below(3));
        const Shape full = Shape::of(whole);
        const DType zero = one_of({DType::i8, DType::u8, DType::i32});
        const DType type = any_type();
        switch (op_) {
            case select:
                types = {{DType::boolean, smaller(whole)}, {type, full}, {type, smaller(whole)}};
                break;
            case quantise:
                types = {{DType::f32, full}, {DType::f32, smaller(whole)}, {zero, smaller(whole)}};
                break;
            case dequantise:
                types = {{zero, full}, {DType::f32, smaller(whole)}, {zero, smaller(whole)}};
                break;
            case requantise:
                types = {{DType::i32, full}, {DType::i32, smaller(whole)}};
                types.push_back({DType::i32, smaller(whole)});
                types.push_back({byte(), smaller(whole)});
                break;
            case adam_update:
                types.assign(3, {DType::f32, full});
                types.push_back({DType::f32, {}});
                attributes = {0x322bcc77};  // 1e-8
                break;
            default:
                types = {{type, full}};
                attributes = {count(dtype_max)};
        }
    }

    void draw_movement() {
        const std::size_t rank = 1 + below(3);
        const Shape x = shape(rank);
        types = {{any_type(), x}};
        switch (op_) {
            case reshape:
                attributes = {static_cast<std::int64_t>(x.elements())};
                break;
            case transpose:
                attributes.resize(rank);
                std::iota(attributes.begin(), attributes.end(), 0);
                std::ranges::rotate(attributes, attributes.begin() + number(rank));
                break;
            case slice:
            case pad:
                draw_parts(x);
                break;
            case concat:
                types.resize(1 + below(3), types[0]);
                attributes = {number(rank)};
                break;
            case broadcast:
                attributes.assign(x.dimensions().begin(), x.dimensions().end());
                attributes.insert(attributes.begin(), count(4));
                break;
            case iota:
                types.clear();
                attributes = {number(14), number(2), count(9), count(60)};
                break;
            case resize:
                draw_resize(x);
                break;
            default:
                types[0].shape = shape(3 + below(2), 12);
                draw_geometry(types[0].shape.rank() - 2);
        }
    }

    void draw_parts(const Shape& x) {
        if (op_ == pad) {
            types.push_back({types[0].dtype, {}});
            attributes = {number(3)};
        }
        for (const std::uint64_t n : x.dimensions()) {
            if (op_ == pad) {
                const std::int64_t low = attributes[0] == 0 ? -2 : 0;
                attributes.push_back(low + number(6));
                attributes.push_back(low + number(6));
                attributes.push_back(attributes[0] == 0 ? number(3) : 0);
                continue;
            }
            const std::int64_t start = n == 0 ? 0 : number(n);
            const std::int64_t step = number(2) == 0 ? count(3) : -count(3);
            const auto room = step > 0 ? static_cast<std::int64_t>(n) - 1 - start : start;
            attributes.insert(
                attributes.end(), {start, step, n == 0 ? 0 : room / std::abs(step) + number(2)}
            );
        }
    }

    void draw_resize(const Shape& x) {
        types[0].dtype = below(3) == 0 ? any_type() : real();
        attributes = {number(3), number(5), number(4), 0xbf400000, number(2), 0x41200000};
        for (const std::uint64_t n : x.dimensions()) {
            const bool kept = below(4) == 0;
            const std::int64_t size = kept || n == 0 ? static_cast<std::int64_t>(n) : count(20);
            attributes.push_back(size);
            attributes.push_back(kept ? 1 : count(9));
            attributes.push_back(kept ? 1 : count(9));
            attributes.push_back(number(1 << 20) - (1 << 18));
            attributes.push_back((1 << 20) + (1 << 18) - number(1 << 20));
        }
    }

    void draw_index() {
        const DType type = op_ == scatter_add ? DType::f32 : any_type();
        const DType index = one_of({DType::i32, DType::i64});
        const std::size_t rank = op_ == scatter_add ? 2 : 1 + below(3);
        const std::vector<std::uint64_t> x = sizes(rank, 5);
        const Shape whole = Shape::of(x);
        const std::uint64_t k = 1 + below(rank);
        std::vector<std::uint64_t> tuples{1 + below(7)};
        std::vector<std::uint64_t> part = x;
        for (std::uint64_t& size : part) {
            size = below(size + 1);
        }
        types = {{type, whole}};
        switch (op_) {
            case gather:
                types.push_back({index, shape(1 + below(2), 5)});
                attributes = {number(rank)};
                return;
            case gather_elements:
            case scatter_elements: {
                const std::size_t axis = below(rank);
                part[axis] = below(12);
                types.push_back({index, Shape::of(part)});
                attributes = {static_cast<std::int64_t>(axis)};
                if (op_ == scatter_elements) {
                    types.push_back({type, Shape::of(part)});
                    attributes.push_back(number(5));
                }
                return;
            }
            case gather_nd: {
                const std::size_t batch = below(rank);
                tuples.insert(tuples.begin(), x.begin(), x.begin() + static_cast<int>(batch));
                tuples.push_back(1 + below(rank - batch));
                types.push_back({index, Shape::of(tuples)});
                attributes = {static_cast<std::int64_t>(batch)};
                return;
            }
            case scatter_nd: {
                std::vector<std::uint64_t> updates = tuples;
                updates.insert(updates.end(), x.begin() + static_cast<int>(k), x.end());
                tuples.push_back(k);
                types.push_back({index, Shape::of(tuples)});
                types.push_back({type, Shape::of(updates)});
                attributes = {number(5)};
                return;
            }
            case scatter_add:
                types.push_back({index, Shape::of(tuples)});
                types.push_back({DType::f32, {tuples[0], x[1]}});
                attributes = {count(60)};
                return;
            case dynamic_update:
                types.push_back({type, Shape::of(part)});
                break;
            default:
                attributes.assign(part.begin(), part.end());
        }
        types.push_back({DType::i64, {rank}});
    }

    void draw_row() {
        const bool norm = op_ >= layer_norm;
        types = {{norm ? DType::f32 : any_type(), shape(1 + below(3))}};
        const std::uint64_t n = types[0].shape.columns();
        if (below(8) == 0) {
            types[0].shape = {1, 4000 + below(300)};
        }
        if (norm) {
            types[0].shape = {1 + below(3), n};
            types.resize(op_ == layer_norm ? 3 : (op_ == rms_norm ? 2 : 5), {DType::f32, {n}});
            attributes = {0x3727c5ac};  // 1e-5
        } else if (op_ == cumsum) {
            attributes = {number(2), number(2)};
        } else if (op_ == argmax || op_ == argmin || op_ == argsort) {
            attributes = {number(2)};
        }
    }

    std::int64_t activation() {
        const std::vector<OpCode> all{relu, gelu, silu, tanh, sigmoid};
        return below(2) == 0 ? 0 : static_cast<std::int64_t>(all[below(all.size())]);
    }

    void draw_product() {
        const std::uint64_t n = 1 + below(9);
        const std::uint64_t k = awkward_size(random_, 1200);
        const std::uint64_t m = 1 + below(3);
        const bool is_i8 = op_ == gemm_i8;
        const bool is_fx = op_ == gemm_fx;
        const DType a = is_i8 ? byte() : (is_fx ? DType::f32 : real());
        const DType b = is_i8 ? byte() : (is_fx ? DType::f32 : real());
        types = {{a, {2, m, k}}, {b, {n, k}}};
        if (below(2) == 0) {
            types[1].shape = {2, n, k};
        }
        if (!is_fx && below(2) == 0) {
            types.push_back({is_i8 ? DType::i32 : real(), {n}});
        }
        if (is_i8) {
            attributes = {number(128), number(128)};
        } else if (is_fx) {
            attributes = {20 + 2 * number(2)};
        } else {
            attributes = {activation(), static_cast<std::int64_t>(real())};
        }
    }

    void draw_attention() {
        const std::uint64_t batch = 1 + below(2);
        const std::uint64_t rows = 1 + below(5);
        const std::uint64_t keys = 1 + below(64);
        const std::uint64_t e = 1 + below(20);
        const std::uint64_t d = 1 + below(40);
        const TensorType state{DType::f32, {batch, rows, e + 2}};
        if (op_ == attention_finish) {
            types = {state};
            return;
        }
        types = {
            {real(), {batch, rows, d}}, {real(), {batch, keys, d}}, {real(), {batch, keys, e}}
        };
        const std::int64_t has_state = number(2);
        if (has_state != 0) {
            types.push_back(state);
        }
        if (below(2) == 0) {
            types.push_back({DType::f32, {rows, keys}});
        } else if (below(2) == 0) {
            types.push_back({DType::f32, {batch, rows, keys}});
        }
        attributes = {0x3e000000 + number(0x2000000), has_state};
    }

    /// Window, stride, dilation and pads of each axis.
    void draw_geometry(std::size_t axes) {
        for (std::size_t axis = 0; axis < axes; ++axis) {
            attributes.insert(
                attributes.end(), {count(4), count(3), count(3), number(4), number(4)}
            );
        }
    }

    std::uint64_t windows(std::size_t axis, std::uint64_t n) {
        const std::int64_t* g = &attributes[5 * axis];
        const std::int64_t room =
            static_cast<std::int64_t>(n) + g[3] + g[4] - g[2] * (g[0] - 1) - 1;
        return room < 0 ? 0 : static_cast<std::uint64_t>(room / g[1] + 1);
    }

    void draw_windows() {
        const std::size_t axes = 1 + below(3);
        const bool conv = op_ == conv_f32 || op_ == conv_i8;
        const std::uint64_t groups = conv ? 1 + below(3) : 1;
        const std::uint64_t channels = groups * (1 + below(4));
        draw_geometry(axes);
        std::vector<std::uint64_t> x{1 + below(2)};
        for (std::size_t axis = 0; axis < axes; ++axis) {
            x.push_back(1 + below(9));
        }
        x.push_back(channels);
        if (conv) {
            draw_filters(axes, groups, channels, x);
            return;
        }
        const Attributes geometry = attributes;
        if (op_ == max_pool || op_ == max_pool_index || op_ == avg_pool) {
            types = {{any_type(), Shape::of(x)}};
        } else {
            std::vector<std::uint64_t> dy = x;
            for (std::size_t axis = 0; axis < axes; ++axis) {
                dy[1 + axis] = windows(axis, x[1 + axis]);
            }
            types = {{real(), Shape::of(dy)}};
        }
        if (op_ == avg_pool || op_ == avg_pool_grad) {
            attributes.push_back(number(2));
        }
        if (op_ == max_pool_grad) {
            types.push_back({DType::i64, types[0].shape});
        }
        if (op_ == max_pool_grad || op_ == avg_pool_grad) {
            attributes.insert(attributes.end(), x.begin() + 1, x.end() - 1);
        }
    }

    void draw_filters(
        std::size_t axes,
        std::uint64_t groups,
        std::uint64_t channels,
        const std::vector<std::uint64_t>& x
    ) {
        const bool is_i8 = op_ == conv_i8;
        std::vector<std::uint64_t> w{groups * (1 + below(3))};
        for (std::size_t axis = 0; axis < axes; ++axis) {
            w.push_back(static_cast<std::uint64_t>(attributes[5 * axis]));
        }
        w.push_back(channels / groups);
        types = {{is_i8 ? byte() : real(), Shape::of(x)}, {is_i8 ? byte() : real(), Shape::of(w)}};
        if (below(2) == 0) {
            types.push_back({is_i8 ? DType::i32 : real(), {w[0]}});
        }
        attributes.push_back(static_cast<std::int64_t>(groups));
        attributes.push_back(is_i8 ? number(128) : activation());
        attributes.push_back(is_i8 ? number(128) : static_cast<std::int64_t>(real()));
    }

    RandomSource& random_;
    OpCode op_;
};

/// Indices that are good mostly.
void make_indices(RandomSource& random, TestTensor& tensor, std::uint64_t limit) {
    const bool bad = number_below(random, 4) == 0;
    const std::size_t size = size_of(tensor.type.dtype);
    for (std::size_t at = 0; at < tensor.data.size(); at += size) {
        auto index = static_cast<std::int64_t>(number_below(random, limit + (bad ? 1 : 0)));
        index -= number_below(random, 8) == 0 ? static_cast<std::int64_t>(limit) : 0;
        std::memcpy(tensor.data.data() + at, &index, size);
    }
}

/// The number that all indices of a call may be below: the least size that they are of.
std::uint64_t index_limit(
    OpCode op, const std::vector<TensorType>& types, const Attributes& attributes
) {
    const Shape& x = types[0].shape;
    if (op == dynamic_slice || op == dynamic_update || x.rank() == 0) {
        return 2;
    }
    if (op == max_pool_grad) {
        return 40;
    }
    const bool along = op == gather || op == gather_elements || op == scatter_elements;
    const std::uint64_t least = along ? x[static_cast<std::size_t>(attributes[0])]
                                      : *std::ranges::min_element(x.dimensions());
    return std::max<std::uint64_t>(least, 1);
}

bool is_index(OpCode op, std::size_t operand, std::size_t operands) {
    if (op == dynamic_slice || op == dynamic_update) {
        return operand + 1 == operands;
    }
    return operand == 1 && (is_between(op, gather, scatter_add) || op == max_pool_grad);
}

bool is_small(const TensorType& type) {
    return type.elements() <= elements_max;
}

}  // namespace

OpCase random_case(RandomSource& random, OpCode op) {
    Drawer drawer(random, op);
    for (std::uint32_t attempt = 0; attempt < attempts_max; ++attempt) {
        drawer.draw();
        const Result<TensorType> output =
            find_operator(op, 1)->infer(drawer.types, drawer.attributes);
        if (!output || !is_small(*output) || !std::ranges::all_of(drawer.types, is_small)) {
            continue;
        }
        OpCase out{.op = op, .attributes = drawer.attributes};
        const Values values = number_below(random, 2) == 0 ? Values::ordinary : Values::awkward;
        for (const TensorType& type : drawer.types) {
            TestTensor& tensor = out.operands.emplace_back(random_tensor(random, type, values));
            if (is_index(op, out.operands.size() - 1, drawer.types.size())) {
                make_indices(random, tensor, index_limit(op, drawer.types, drawer.attributes));
            }
        }
        return out;
    }
    CHECK(false);
}

}  // namespace steelyard::vm::test
