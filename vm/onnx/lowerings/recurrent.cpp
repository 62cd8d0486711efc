// RNN, GRU and LSTM, step by step: the inputs' products are one node, the states' one a step. Many
// steps are a loop of the program.
#include "vm/onnx/lowering.h"
#include "vm/onnx/trips.h"

#include <algorithm>
#include <array>

namespace steelyard::vm::onnx {

namespace {

constexpr std::int64_t step_count_max_unrolled = 1 << 12;

using Activation = Value (*)(Call& c, const Value& x);

template <OpCode code>
Value apply(Call& c, const Value& x) {
    return c.op(code, {x});
}

Value softsign(Call& c, const Value& x) {
    return c.div(x, c.add(c.op(OpCode::abs, {x}), 1));
}

Activation activation_of(Call& c, std::size_t index, std::string_view otherwise) {
    const Attribute* names = c.node().attribute("activations");
    const bool is_given = names != nullptr && index < names->texts.size();
    const std::string_view name = is_given ? names->texts[index] : otherwise;
    constexpr std::array<std::pair<std::string_view, Activation>, 5> known = {{
        {"Sigmoid", apply<OpCode::sigmoid>},
        {"Tanh", apply<OpCode::tanh>},
        {"Relu", apply<OpCode::relu>},
        {"Softplus", apply<OpCode::softplus>},
        {"Softsign", softsign},
    }};
    for (const auto& [text, function] : known) {
        if (text == name) {
            return function;
        }
    }
    c.fail("activation {}", name);
    return apply<OpCode::tanh>;
}

/// The operands of one direction.
struct Direction {
    bool is_reverse = false;
    Value inputs{};     ///< [T, B, gates * H]: the products of the inputs, biases of W included
    Value recurrent{};  ///< [gates * H, H]
    std::optional<Value> recurrent_bias{};  ///< [gates * H]
    std::optional<Value> peepholes{};       ///< [3 * H]
    Value hidden{};                         ///< [B, H]
    Value cell{};                           ///< [B, H]
    std::vector<Activation> activations{};
};

struct Layer {
    std::size_t gates = 1;
    std::int64_t steps = 0;
    std::int64_t batch = 0;
    std::int64_t hidden = 0;
    bool is_batch_first = false;
    std::optional<Value> lengths{};  ///< i64 [B, 1]
};

/// Gate `gate` of [B, gates * H], or of a vector of them.
Value gate_of(Call& c, const Value& all, const Layer& layer, std::size_t gate) {
    const std::size_t axis = all.rank() == 0 ? 0 : all.rank() - 1;
    return c.slice(all, axis, static_cast<std::int64_t>(gate) * layer.hidden, layer.hidden);
}

Value clipped(Call& c, const Value& x) {
    const double limit = c.real("clip", 0);
    return limit > 0 ? c.max(c.min(x, limit), -limit) : x;
}

/// [B, H] times the transpose of [n * H, H], with a bias.
Value of_state(
    Call& c, const Value& state, const Value& weights, const std::optional<Value>& bias
) {
    const Integers attributes = {0, static_cast<std::int64_t>(DType::f32)};
    return bias ? c.op(OpCode::gemm_f32, {state, weights, *bias}, attributes)
                : c.op(OpCode::gemm_f32, {state, weights}, attributes);
}

using Cell = void (*)(Call& c, const Layer& layer, Direction& d, const Value& input);

void rnn_cell(Call& c, const Layer&, Direction& d, const Value& input) {
    const Value sum = c.add(input, of_state(c, d.hidden, d.recurrent, d.recurrent_bias));
    d.hidden = d.activations[0](c, clipped(c, sum));
}

void gru_cell(Call& c, const Layer& layer, Direction& d, const Value& input) {
    const bool is_linear_first = c.integer("linear_before_reset", 0) != 0;
    const Value state = of_state(c, d.hidden, d.recurrent, d.recurrent_bias);
    const auto gate = [&](std::size_t at) {
        const Value sum = c.add(gate_of(c, input, layer, at), gate_of(c, state, layer, at));
        return d.activations[0](c, clipped(c, sum));
    };
    const Value update = gate(0);
    const Value reset = gate(1);
    Value candidate = gate_of(c, input, layer, 2);
    if (is_linear_first) {
        candidate = c.add(candidate, c.mul(reset, gate_of(c, state, layer, 2)));
    } else {
        const Value weights = c.slice(d.recurrent, 0, 2 * layer.hidden, layer.hidden);
        std::optional<Value> bias;
        if (d.recurrent_bias) {
            bias = gate_of(c, *d.recurrent_bias, layer, 2);
        }
        candidate = c.add(candidate, of_state(c, c.mul(reset, d.hidden), weights, bias));
    }
    candidate = d.activations[1](c, clipped(c, candidate));
    d.hidden = c.add(c.mul(c.rsub(1, update), candidate), c.mul(update, d.hidden));
}

void lstm_cell(Call& c, const Layer& layer, Direction& d, const Value& input) {
    const Value sums = c.add(input, of_state(c, d.hidden, d.recurrent, d.recurrent_bias));
    const auto gate =
        [&](std::size_t at, std::size_t activation, const Value* cell, std::size_t hole) {
            Value sum = gate_of(c, sums, layer, at);
            if (d.peepholes && cell != nullptr) {
                sum = c.add(sum, c.mul(gate_of(c, *d.peepholes, layer, hole), *cell));
            }
            return d.activations[activation](c, clipped(c, sum));
        };
    const Value in = gate(0, 0, &d.cell, 0);
    const Value forget = gate(2, 0, &d.cell, 2);
    const Value candidate = gate(3, 1, nullptr, 0);
    d.cell = c.add(c.mul(forget, d.cell), c.mul(in, candidate));
    const Value out = gate(1, 0, &d.cell, 1);
    d.hidden = c.mul(out, d.activations[2](c, d.cell));
}

/// One step; `input` is its part of the products, `step` its number. Its output [B, H].
Value run_step(
    Call& c, const Layer& layer, Direction& d, Cell cell, const Value& input, const Value& step
) {
    const Value old_hidden = d.hidden;
    const Value old_cell = d.cell;
    cell(c, layer, d, input);
    if (!layer.lengths) {
        return d.hidden;
    }
    const Value lives = c.less(step, *layer.lengths);
    const Value output = c.select(lives, d.hidden, c.scalar(DType::f32, 0));
    d.hidden = c.select(lives, d.hidden, old_hidden);
    d.cell = c.select(lives, d.cell, old_cell);
    return output;
}

/// All steps of a direction as a loop: the outputs [T, B, H] in the order of time.
std::optional<Value> loop_of_steps(Call& c, const Layer& layer, Direction& d, Cell cell) {
    const bool has_cell = layer.gates == 4;
    const auto trip = [&](const Value& number, const Values& states) -> std::optional<TripValues> {
        Direction one = d;
        one.hidden = states[0];
        one.cell = has_cell ? states[1] : states[0];
        const Value step =
            d.is_reverse ? c.rsub(static_cast<double>(layer.steps - 1), number) : number;
        const Value output = run_step(c, layer, one, cell, c.gather(d.inputs, step, 0), step);
        TripValues out{.states = {one.hidden}};
        if (has_cell) {
            out.states.push_back(one.cell);
        }
        if (c.wants(0)) {
            out.rows.push_back(output);
        }
        return out;
    };
    const Values states = has_cell ? Values{d.hidden, d.cell} : Values{d.hidden};
    const auto done = in_a_loop(c, layer.steps, states, trip);
    if (!done) {
        return std::nullopt;
    }
    d.hidden = done->states[0];
    d.cell = has_cell ? done->states[1] : d.hidden;
    if (done->rows.empty()) {
        return Value{};
    }
    return d.is_reverse ? turned_round(c, done->rows[0]) : done->rows[0];
}

/// All steps of a direction: the outputs [T, B, H] in the order of time.
Value run_steps(Call& c, const Layer& layer, Direction& d, Cell cell) {
    if (layer.steps > unrolled_trip_count_max) {
        if (const auto outputs = loop_of_steps(c, layer, d, cell)) {
            return *outputs;
        }
    }
    if (layer.steps > step_count_max_unrolled) {
        return c.fail(
            "{} steps that are no loop, at most {}", layer.steps, step_count_max_unrolled
        );
    }
    Values outputs(static_cast<std::size_t>(layer.steps));
    for (std::int64_t count = 0; count < layer.steps && c.e.ok(); ++count) {
        const std::int64_t step = d.is_reverse ? layer.steps - 1 - count : count;
        const Value input = c.reshape(
            c.slice(d.inputs, 0, step, 1),
            {layer.batch, static_cast<std::int64_t>(layer.gates) * layer.hidden}
        );
        const Value output = run_step(c, layer, d, cell, input, c.integers({step}));
        outputs[static_cast<std::size_t>(step)] = c.reshape(output, {1, layer.batch, layer.hidden});
    }
    return c.concat(outputs, 0);
}

/// Element `at` of the first axis, which goes.
Value element(Call& c, const Value& x, std::int64_t at) {
    Integers shape = Ops::dimensions(x);
    shape.erase(shape.begin(), shape.begin() + std::min<std::ptrdiff_t>(1, std::ssize(shape)));
    return c.reshape(c.slice(x, 0, at, 1), shape);
}

Value initial_state(Call& c, const Layer& layer, std::size_t operand, std::int64_t direction) {
    if (!c.has(operand)) {
        return c.broadcast(c.scalar(DType::f32, 0), {layer.batch, layer.hidden});
    }
    Value state = c.in(operand);
    if (layer.is_batch_first && state.rank() == 3) {
        state = c.transpose(state, {1, 0, 2});
    }
    return element(c, state, direction);
}

Direction direction_of(Call& c, const Layer& layer, const Value& x, std::int64_t number) {
    const auto columns = static_cast<std::int64_t>(layer.gates) * layer.hidden;
    Direction out{.recurrent = element(c, c.in(2), number)};
    const Integers attributes = {0, static_cast<std::int64_t>(DType::f32)};
    const Value flat = c.reshape(x, {layer.steps * layer.batch, Ops::dimension(x, 2)});
    const Value weights = element(c, c.in(1), number);
    Value products;
    if (c.has(3)) {
        const Value biases = element(c, c.in(3), number);
        out.recurrent_bias = c.slice(biases, 0, columns, columns);
        products =
            c.op(OpCode::gemm_f32, {flat, weights, c.slice(biases, 0, 0, columns)}, attributes);
    } else {
        products = c.op(OpCode::gemm_f32, {flat, weights}, attributes);
    }
    out.inputs = c.reshape(products, {layer.steps, layer.batch, columns});
    out.hidden = initial_state(c, layer, 5, number);
    out.cell = layer.gates == 4 ? initial_state(c, layer, 6, number) : out.hidden;
    if (layer.gates == 4 && c.has(7)) {
        out.peepholes = element(c, c.in(7), number);
    }
    return out;
}

/// [B, H] for each direction to [D, B, H], or [B, D, H].
Value joined(Call& c, const Layer& layer, const Values& states) {
    Values parts;
    for (const Value& state : states) {
        parts.push_back(c.reshape(state, {1, layer.batch, layer.hidden}));
    }
    const Value all = c.concat(parts, 0);
    return layer.is_batch_first ? c.transpose(all, {1, 0, 2}) : all;
}

Layer layer_of(Call& c, Value& x, std::size_t gates) {
    Layer out{.gates = gates, .is_batch_first = c.integer("layout", 0) != 0};
    if (x.rank() == 3 && out.is_batch_first) {
        x = c.transpose(x, {1, 0, 2});
    }
    out.steps = Ops::dimension(x, 0);
    out.batch = Ops::dimension(x, 1);
    out.hidden = Ops::dimension(c.in(2), 2);
    if (c.has(4)) {
        out.lengths = c.reshape(c.cast(c.in(4), DType::i64), {out.batch, 1});
    }
    if (x.rank() != 3 || c.in(2).rank() != 3) {
        c.fail("inputs {} with recurrent weights {}", x.type.text(), c.in(2).type.text());
    }
    if (c.integer("input_forget", 0) != 0) {
        c.fail("input_forget");
    }
    return out;
}

Values recurrent(
    Call& c, std::size_t gates, Cell cell, const std::vector<std::string_view>& activations
) {
    Value x = c.in(0);
    const Layer layer = layer_of(c, x, gates);
    const std::string_view direction = c.text("direction", "forward");
    const std::int64_t directions = direction == "bidirectional" ? 2 : 1;
    Values outputs;
    Values hidden;
    Values cells;
    for (std::int64_t number = 0; number < directions && c.e.ok(); ++number) {
        Direction d = direction_of(c, layer, x, number);
        d.is_reverse = direction == "reverse" || number == 1;
        for (std::size_t at = 0; at < activations.size(); ++at) {
            const std::size_t index = static_cast<std::size_t>(number) * activations.size() + at;
            d.activations.push_back(activation_of(c, index, activations[at]));
        }
        outputs.push_back(run_steps(c, layer, d, cell));
        hidden.push_back(d.hidden);
        cells.push_back(d.cell);
    }
    if (!c.e.ok() || layer.steps == 0) {
        return {c.fail("a sequence of no steps")};
    }
    Values out(1);
    if (c.wants(0)) {
        Values all;
        for (const Value& of_direction : outputs) {
            all.push_back(c.reshape(of_direction, {layer.steps, 1, layer.batch, layer.hidden}));
        }
        out[0] = c.concat(all, 1);
        out[0] = layer.is_batch_first ? c.transpose(out[0], {2, 0, 1, 3}) : out[0];
    }
    out.push_back(joined(c, layer, hidden));
    if (gates == 4) {
        out.push_back(joined(c, layer, cells));
    }
    return out;
}

Values rnn(Call& c) {
    return recurrent(c, 1, rnn_cell, {"Tanh"});
}

Values gru(Call& c) {
    return recurrent(c, 3, gru_cell, {"Sigmoid", "Tanh"});
}

Values lstm(Call& c) {
    return recurrent(c, 4, lstm_cell, {"Sigmoid", "Tanh", "Tanh"});
}

constexpr std::array rows = {
    LoweringRow{.op = "RNN", .since = 7, .lower = rnn},
    LoweringRow{.op = "GRU", .since = 7, .lower = gru},
    LoweringRow{.op = "LSTM", .since = 7, .lower = lstm},
};

}  // namespace

std::span<const LoweringRow> recurrent_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
