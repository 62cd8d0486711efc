#include "vm/onnx/graph_importer.h"
#include "vm/onnx/trips.h"

#include <algorithm>

namespace steelyard::vm::onnx {

namespace {

const Graph* graph_of(ItemCall& c, std::string_view name) {
    const Attribute* attribute = c.call.node().attribute(name);
    if (attribute == nullptr || attribute->graph == nullptr) {
        c.call.fail("attribute {} is no graph", name);
        return nullptr;
    }
    return attribute->graph.get();
}

/// The known truth of a value.
bool truth(ItemCall& c, const Value& value, std::string_view what) {
    if (!c.call.e.ok()) {
        return false;
    }
    const auto elements = Call::numbers_if_known(value);
    if (!elements) {
        c.call.e.need_known(value, what);
        return false;
    }
    if (elements->size() != 1) {
        c.call.fail("{} is {}", what, value.type.text());
        return false;
    }
    return (*elements)[0] != 0;
}

/// The tensors of one output of all iterations, along a new axis.
Item stacked(Call& call, const Values& parts, std::int64_t axis) {
    if (parts.empty()) {
        call.fail("a loop without iterations has scan outputs");
        return {};
    }
    const std::size_t at = call.axis(axis, parts[0].rank() + 1);
    Values wide;
    for (const Value& part : parts) {
        Integers shape = Ops::dimensions(part);
        if (at > shape.size()) {
            call.fail("scan outputs of different ranks");
            return {};
        }
        shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(at), 1);
        wide.push_back(call.reshape(part, shape));
    }
    return Item::of(call.concat(wide, at));
}

struct ScanLists {
    Integers input_axes{};
    Integers input_directions{};
    Integers output_axes{};
    Integers output_directions{};
};

std::int64_t at_or_zero(const Integers& list, std::size_t index) {
    return index < list.size() ? list[index] : 0;
}

/// Element `at` of a scan input along its axis, which goes.
Value scanned(Call& call, const Value& x, std::int64_t axis, std::int64_t at) {
    const std::size_t along = call.axis(axis, x.rank());
    Integers shape = Ops::dimensions(x);
    if (!call.e.ok()) {
        return {};
    }
    shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(along));
    return call.reshape(call.slice(x, along, at, 1), shape);
}

/// Rows stacked along the first axis, as one output along another.
Item stacked_along(Call& call, const Value& rows, std::int64_t axis) {
    const std::size_t at = call.axis(axis, rows.rank());
    Integers order;
    for (std::size_t from = 1; from < rows.rank(); ++from) {
        order.push_back(static_cast<std::int64_t>(from));
    }
    order.insert(order.begin() + static_cast<std::ptrdiff_t>(std::min(at, order.size())), 0);
    return Item::of(call.transpose(rows, order));
}

/// A body of the model as a loop of the program: its inputs out of trip and states, and its outputs
/// as states and rows.
struct LoopOfItems {
    std::function<Items(const Value& trip, const Items& states)> inputs{};
    std::size_t first_state = 0;  ///< among the outputs
    bool has_condition = false;   ///< output 0: has to be true, whatever the trip
};

std::optional<TripValues> items_in_a_loop(
    ItemCall& c, const Graph& body, std::int64_t count, const Items& states, const LoopOfItems& loop
) {
    Values initial;
    for (const Item& state : states) {
        if (state.kind != Item::Kind::tensor) {
            return std::nullopt;
        }
        initial.push_back(state.tensor);
    }
    const std::size_t reported = c.importer.reported();
    const auto trip = [&](const Value& number, const Values& carried) -> std::optional<TripValues> {
        Items items;
        for (const Value& value : carried) {
            items.push_back(Item::of(value));
        }
        const Items outputs = c.importer.import_body(body, c.scope, loop.inputs(number, items));
        const auto is_tensor = [](const Item& item) { return item.kind == Item::Kind::tensor; };
        if (outputs.size() < loop.first_state + initial.size() ||
            !std::ranges::all_of(outputs, is_tensor) ||
            (loop.has_condition && !truth(c, outputs[0].tensor, "the condition"))) {
            return std::nullopt;
        }
        TripValues out;
        for (std::size_t at = loop.first_state; at < outputs.size(); ++at) {
            const bool is_state = at < loop.first_state + initial.size();
            (is_state ? out.states : out.rows).push_back(outputs[at].tensor);
        }
        return out;
    };
    auto out = in_a_loop(c.call, count, initial, trip);
    if (!out) {
        c.importer.forget_reported(reported);
    }
    return out;
}

/// A scan of many elements; nothing where it has to be unrolled.
std::optional<Items> scan_in_a_loop(
    ItemCall& c,
    const Graph& body,
    const Values& operands,
    std::size_t states,
    std::int64_t length,
    const ScanLists& lists
) {
    Call& call = c.call;
    Items initial;
    for (std::size_t index = 0; index < states; ++index) {
        initial.push_back(Item::of(operands[index]));
    }
    const auto inputs = [&](const Value& trip, const Items& state) {
        Items out = state;
        for (std::size_t index = states; index < operands.size(); ++index) {
            const bool backwards = at_or_zero(lists.input_directions, index - states) != 0;
            const Value at = backwards ? call.rsub(static_cast<double>(length - 1), trip) : trip;
            const std::size_t along =
                call.axis(at_or_zero(lists.input_axes, index - states), operands[index].rank());
            out.push_back(Item::of(call.gather(operands[index], at, along)));
        }
        return out;
    };
    const auto done = items_in_a_loop(c, body, length, initial, {.inputs = inputs});
    if (!done) {
        return std::nullopt;
    }
    Items out;
    for (const Value& state : done->states) {
        out.push_back(Item::of(state));
    }
    for (std::size_t index = 0; index < done->rows.size(); ++index) {
        const bool backwards = at_or_zero(lists.output_directions, index) != 0;
        const Value rows = backwards ? turned_round(call, done->rows[index]) : done->rows[index];
        out.push_back(stacked_along(call, rows, at_or_zero(lists.output_axes, index)));
    }
    return out;
}

Items scan(ItemCall& c, const Graph& body, const Values& operands, const ScanLists& lists) {
    Call& call = c.call;
    const std::int64_t scan_count = call.integer("num_scan_inputs", 0);
    if (scan_count < 1 || static_cast<std::uint64_t>(scan_count) > operands.size()) {
        call.fail("{} scan inputs of {} operands", scan_count, operands.size());
        return {};
    }
    const std::size_t states = operands.size() - static_cast<std::size_t>(scan_count);
    if (body.outputs.size() < states) {
        call.fail("its graph has {} outputs, less than {} states", body.outputs.size(), states);
        return {};
    }
    const Value& first = operands[states];
    const std::size_t axis = call.axis(at_or_zero(lists.input_axes, 0), first.rank());
    const std::int64_t length = call.e.ok() ? static_cast<std::int64_t>(first.shape()[axis]) : 0;
    if (length > unrolled_trip_count_max) {
        if (auto out = scan_in_a_loop(c, body, operands, states, length, lists)) {
            return *std::move(out);
        }
    }
    Items state;
    for (std::size_t index = 0; index < states; ++index) {
        state.push_back(Item::of(operands[index]));
    }
    std::vector<Values> parts(body.outputs.size() - states);
    for (std::int64_t step = 0; step < length; ++step) {
        Items inputs = state;
        for (std::size_t index = states; index < operands.size(); ++index) {
            const bool backwards = at_or_zero(lists.input_directions, index - states) != 0;
            const std::int64_t at = backwards ? length - 1 - step : step;
            const std::int64_t along = at_or_zero(lists.input_axes, index - states);
            inputs.push_back(Item::of(scanned(call, operands[index], along, at)));
        }
        Items outputs = c.importer.import_body(body, c.scope, inputs);
        if (outputs.size() != body.outputs.size()) {
            return {};
        }
        for (std::size_t index = states; index < outputs.size(); ++index) {
            Values& list = parts[index - states];
            const bool backwards = at_or_zero(lists.output_directions, index - states) != 0;
            list.insert(backwards ? list.begin() : list.end(), outputs[index].tensor);
        }
        outputs.resize(states);
        state = std::move(outputs);
    }
    for (std::size_t index = 0; index < parts.size(); ++index) {
        state.push_back(stacked(call, parts[index], at_or_zero(lists.output_axes, index)));
    }
    return state;
}

/// Opset 8: all operands have a batch axis in front. A batch of one is what is taken.
Items scan_of_batch(ItemCall& c, const Graph& body) {
    Call& call = c.call;
    Values operands;
    for (std::size_t index = 1; index < c.operands.size(); ++index) {
        const Value x = call.in(index);
        Integers shape = Ops::dimensions(x);
        if (shape.empty() || shape[0] != 1) {
            call.fail("opset 8 with a batch of other than 1");
            return {};
        }
        shape.erase(shape.begin());
        operands.push_back(call.reshape(x, shape));
    }
    Items out = scan(c, body, operands, {.input_directions = call.integers_of("directions")});
    for (Item& item : out) {
        Integers shape = Ops::dimensions(item.tensor);
        shape.insert(shape.begin(), 1);
        item = Item::of(call.reshape(item.tensor, shape));
    }
    return out;
}

}  // namespace

Items lower_if(ItemCall& c) {
    const bool chosen = truth(c, c.call.in(0), "the condition");
    const Graph* graph = graph_of(c, chosen ? "then_branch" : "else_branch");
    if (!c.call.e.ok()) {
        return {};
    }
    return c.importer.import_body(*graph, c.scope, {});
}

Items lower_loop(ItemCall& c) {
    Call& call = c.call;
    const Graph* body = graph_of(c, "body");
    std::int64_t trips = std::numeric_limits<std::int64_t>::max();
    if (call.has(0)) {
        const Integers known = call.known_integers(0);
        trips = known.size() == 1 ? known[0] : 0;
    }
    bool goes_on = !call.has(1) || truth(c, call.in(1), "the condition");
    if (!call.e.ok()) {
        return {};
    }
    Items state(
        c.operands.begin() + std::min<std::ptrdiff_t>(2, std::ssize(c.operands)), c.operands.end()
    );
    const std::size_t carried = state.size();
    if (body->outputs.size() < carried + 1) {
        call.fail("its graph has {} outputs for {} values", body->outputs.size(), carried);
        return {};
    }
    if (goes_on && trips > unrolled_trip_count_max && trips <= trip_count_max) {
        const auto inputs = [&](const Value& trip, const Items& values) {
            Items out = {Item::of(trip), Item::of(call.scalar(DType::boolean, 1))};
            out.insert(out.end(), values.begin(), values.end());
            return out;
        };
        const LoopOfItems loop{.inputs = inputs, .first_state = 1, .has_condition = true};
        if (const auto done = items_in_a_loop(c, *body, trips, state, loop)) {
            Items out;
            for (const Values* list : {&done->states, &done->rows}) {
                for (const Value& value : *list) {
                    out.push_back(Item::of(value));
                }
            }
            return out;
        }
    }
    std::vector<Values> parts(body->outputs.size() - carried - 1);
    for (std::int64_t trip = 0; goes_on && trip < trips; ++trip) {
        Items inputs = {
            Item::of(call.scalar(DType::i64, static_cast<double>(trip))),
            Item::of(call.scalar(DType::boolean, 1)),
        };
        inputs.insert(inputs.end(), state.begin(), state.end());
        Items outputs = c.importer.import_body(*body, c.scope, inputs);
        if (outputs.size() != body->outputs.size()) {
            return {};
        }
        goes_on = truth(c, outputs[0].tensor, "the condition of the next iteration");
        for (std::size_t index = 0; index < parts.size(); ++index) {
            parts[index].push_back(outputs[carried + 1 + index].tensor);
        }
        state.assign(
            outputs.begin() + 1, outputs.begin() + 1 + static_cast<std::ptrdiff_t>(carried)
        );
        if (body->nodes.empty() && trip > 0) {
            call.fail("a loop without nodes");
        }
        if (!call.e.ok()) {
            return {};
        }
    }
    for (const Values& list : parts) {
        state.push_back(stacked(call, list, 0));
    }
    return state;
}

Items lower_scan(ItemCall& c) {
    const Graph* body = graph_of(c, "body");
    if (body == nullptr) {
        return {};
    }
    if (body->nodes.empty()) {
        c.call.fail("a loop without nodes");
        return {};
    }
    if (c.call.opset() == 8) {
        return scan_of_batch(c, *body);
    }
    Values operands;
    for (std::size_t index = 0; index < c.operands.size(); ++index) {
        operands.push_back(c.call.in(index));
    }
    const ScanLists lists{
        .input_axes = c.call.integers_of("scan_input_axes"),
        .input_directions = c.call.integers_of("scan_input_directions"),
        .output_axes = c.call.integers_of("scan_output_axes"),
        .output_directions = c.call.integers_of("scan_output_directions"),
    };
    return scan(c, *body, operands, lists);
}

Items lower_sequence_map(ItemCall& c) {
    const Graph* body = graph_of(c, "body");
    if (body == nullptr || c.operands.empty() || c.operands[0].kind != Item::Kind::sequence) {
        c.call.fail("input 0 is no sequence");
        return {};
    }
    std::vector<Values> results(body->outputs.size());
    for (std::size_t at = 0; at < c.operands[0].sequence.size(); ++at) {
        Items inputs;
        for (const Item& operand : c.operands) {
            const bool is_sequence = operand.kind == Item::Kind::sequence;
            if (is_sequence && at >= operand.sequence.size()) {
                c.call.fail("sequences of different lengths");
                return {};
            }
            inputs.push_back(is_sequence ? Item::of(operand.sequence[at]) : operand);
        }
        const Items outputs = c.importer.import_body(*body, c.scope, inputs);
        if (outputs.size() != results.size()) {
            return {};
        }
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            results[index].push_back(outputs[index].tensor);
        }
    }
    Items out;
    for (Values& values : results) {
        out.push_back(Item::of(std::move(values)));
    }
    return out;
}

}  // namespace steelyard::vm::onnx
