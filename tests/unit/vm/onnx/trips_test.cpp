// Loops, scans and recurrent layers of many steps are loops of the program.
#include "model_writer.h"
#include "run_model.h"

namespace steelyard::vm::onnx {
namespace {

using namespace test;

constexpr std::int64_t f32_type = 1;
constexpr std::int64_t i64_type = 7;

using Inputs = std::map<std::string, Tensor, std::less<>>;

float wild(std::size_t index) {
    return static_cast<float>(static_cast<std::uint32_t>(index * 2654435761U) >> 20) / 4096.0F -
           0.5F;
}

/// As a loop and unrolled the outputs have the same bits; gives the loop's program.
Program expect_same(const Bytes& file, const Inputs& inputs) {
    ModelRun loop = run_model(file, inputs);
    const ModelRun unrolled = run_model(file, inputs, {.unrolls = true});
    EXPECT_FALSE(loop.model.program.loops.empty());
    EXPECT_TRUE(unrolled.model.program.loops.empty());
    EXPECT_FALSE(loop.outputs.empty());
    EXPECT_EQ(loop.outputs, unrolled.outputs);
    return std::move(loop.model.program);
}

Bytes text_attribute(std::string_view name, std::string_view value) {
    ProtoWriter writer;
    writer.string(1, name);
    writer.string(4, value);
    return std::move(writer).take();
}

Bytes recurrent_model(
    std::string_view op,
    std::size_t gates,
    std::size_t steps,
    std::string_view direction,
    const Names& outputs = {"all", "last"}
) {
    const std::string both = direction == "bidirectional" ? "2" : "1";
    const std::string rows = std::to_string(3 * gates);
    std::vector<Bytes> results;
    for (const std::string& output : outputs) {
        if (!output.empty()) {
            results.push_back(value_info(output, f32_type, {}));
        }
    }
    return model({
        .nodes = {node(
            op,
            {"x", "w", "r", "b", "lengths"},
            outputs,
            {integer_attribute("hidden_size", 3), text_attribute("direction", direction)}
        )},
        .inputs =
            {value_info("x", f32_type, {std::to_string(steps), "2", "4"}),
             value_info("w", f32_type, {both, rows, "4"}),
             value_info("r", f32_type, {both, rows, "3"}),
             value_info("b", f32_type, {both, std::to_string(6 * gates)}),
             value_info("lengths", 6, {"2"})},
        .outputs = results,
    });
}

Inputs recurrent_inputs(std::size_t gates, std::size_t steps, std::uint64_t both) {
    Tensor lengths{.type = {DType::i32, Shape{2}}, .data = Bytes(8)};
    lengths.data[0] = static_cast<std::uint8_t>(steps);
    lengths.data[4] = static_cast<std::uint8_t>(steps - 7);
    return {
        {"x", floats({steps, 2, 4}, wild)},
        {"w", floats({both, 3 * gates, 4}, wild)},
        {"r", floats({both, 3 * gates, 3}, wild)},
        {"b", floats({both, 6 * gates}, wild)},
        {"lengths", lengths},
    };
}

TEST(Trips, recurrent_layers_give_what_they_give_unrolled) {
    // 53 is a prime: a block of trips is left over.
    for (const std::size_t steps : {20U, 53U, 64U}) {
        for (const std::string_view direction : {"forward", "reverse", "bidirectional"}) {
            const std::uint64_t both = direction == "bidirectional" ? 2 : 1;
            expect_same(
                recurrent_model("LSTM", 4, steps, direction), recurrent_inputs(4, steps, both)
            );
            expect_same(
                recurrent_model("GRU", 3, steps, direction), recurrent_inputs(3, steps, both)
            );
        }
        expect_same(recurrent_model("RNN", 1, steps, "forward"), recurrent_inputs(1, steps, 1));
        expect_same(
            recurrent_model("LSTM", 4, steps, "forward", {"", "last"}),
            recurrent_inputs(4, steps, 1)
        );
    }
}

TEST(Trips, programs_do_not_grow_with_the_steps) {
    const auto size = [](std::size_t steps) {
        const Result<ImportedModel> model =
            import_model(recurrent_model("LSTM", 4, steps, "forward"), {});
        EXPECT_TRUE(model.has_value() && model->unsupported.empty());
        EXPECT_TRUE(CheckedProgram::check(model->program).has_value());
        return model->program.nodes.size();
    };
    EXPECT_LE(size(10'000), size(100) + 4);  // zeros to begin with are a node where they are many
    EXPECT_EQ(size(10'000), size(1'000'000));
}

/// sum += x[i] * factor + i, and the sums are scanned; `factor` is carried and never changes.
Bytes loop_model(std::int64_t trips) {
    const Bytes body = graph({
        .nodes =
            {node("Gather", {"x", "i"}, {"row"}, {integer_attribute("axis", 0)}),
             node("Mul", {"row", "factor_in"}, {"scaled"}),
             node("Cast", {"i"}, {"number"}, {integer_attribute("to", 1)}),
             node("Add", {"scaled", "number"}, {"more"}),
             node("Add", {"sum_in", "more"}, {"sum_out"}),
             node("Identity", {"going"}, {"goes_on"}),
             node("Identity", {"factor_in"}, {"factor_out"}),
             node("Identity", {"sum_out"}, {"row_out"})},
        .inputs =
            {value_info("i", i64_type, {}),
             value_info("going", 9, {}),
             value_info("sum_in", f32_type, {"3"}),
             value_info("factor_in", f32_type, {})},
        .outputs =
            {value_info("goes_on", 9, {}),
             value_info("sum_out", f32_type, {"3"}),
             value_info("factor_out", f32_type, {}),
             value_info("row_out", f32_type, {"3"})},
    });
    return model({
        .nodes = {node(
            "Loop",
            {"trips", "", "start", "factor"},
            {"sum", "same", "rows"},
            {graph_attribute("body", body)}
        )},
        .initialisers = {tensor("trips", {}, {trips})},
        .inputs =
            {value_info("x", f32_type, {std::to_string(trips), "3"}),
             value_info("start", f32_type, {"3"}),
             value_info("factor", f32_type, {})},
        .outputs =
            {value_info("sum", f32_type, {}),
             value_info("same", f32_type, {}),
             value_info("rows", f32_type, {})},
    });
}

TEST(Trips, loops_give_what_they_give_unrolled) {
    for (const std::int64_t trips : {17, 59, 96}) {
        const auto count = static_cast<std::uint64_t>(trips);
        const Program program = expect_same(
            loop_model(trips),
            {{"x", floats({count, 3}, wild)},
             {"start", floats({3}, wild)},
             {"factor", floats({}, wild)}}
        );
        // What never changes is not carried: the sum and the rows are.
        EXPECT_EQ(program.carries.size() % 2, 0U);
    }
}

/// state' = state + x[i]; y[i] = state', the last axis being scanned, backwards on demand.
TEST(Trips, scans_along_any_axis_and_backwards_give_what_they_give_unrolled) {
    const Bytes body = graph({
        .nodes =
            {node("Add", {"state_in", "row"}, {"state_out"}),
             node("Identity", {"state_out"}, {"row_out"})},
        .inputs = {value_info("state_in", f32_type, {"2"}), value_info("row", f32_type, {"2"})},
        .outputs =
            {value_info("state_out", f32_type, {"2"}), value_info("row_out", f32_type, {"2"})},
    });
    for (const std::int64_t backwards : {0, 1}) {
        const Bytes file = model({
            .nodes = {node(
                "Scan",
                {"start", "x"},
                {"end", "y"},
                {graph_attribute("body", body),
                 integer_attribute("num_scan_inputs", 1),
                 integers_attribute("scan_input_axes", {1}),
                 integers_attribute("scan_input_directions", {backwards}),
                 integers_attribute("scan_output_axes", {1}),
                 integers_attribute("scan_output_directions", {1 - backwards})}
            )},
            .inputs =
                {value_info("start", f32_type, {"2"}), value_info("x", f32_type, {"2", "70"})},
            .outputs = {value_info("end", f32_type, {}), value_info("y", f32_type, {})},
        });
        expect_same(file, {{"start", floats({2}, wild)}, {"x", floats({2, 70}, wild)}});
    }
}

/// The state grows: no loop of the program can carry it.
TEST(Trips, what_cannot_be_a_loop_is_unrolled) {
    const Bytes body = graph({
        .nodes =
            {node("Concat", {"all_in", "x"}, {"all_out"}, {integer_attribute("axis", 0)}),
             node("Identity", {"going"}, {"goes_on"})},
        .inputs =
            {value_info("i", i64_type, {}),
             value_info("going", 9, {}),
             value_info("all_in", f32_type, {"?"})},
        .outputs = {value_info("goes_on", 9, {}), value_info("all_out", f32_type, {"?"})},
    });
    const Bytes file = model({
        .nodes = {node("Loop", {"trips", "", "x"}, {"all"}, {graph_attribute("body", body)})},
        .initialisers = {tensor("trips", {}, {20})},
        .inputs = {value_info("x", f32_type, {"2"})},
        .outputs = {value_info("all", f32_type, {})},
    });
    const ModelRun run = run_model(file, {{"x", floats({2}, wild)}});
    EXPECT_TRUE(run.model.program.loops.empty());
    ASSERT_EQ(run.outputs.size(), 1U);
    EXPECT_EQ(run.outputs[0].type.text(), "f32[42]");
}

/// What a loop counts decides a shape behind it: unrolled it is known.
TEST(Trips, a_count_that_decides_shapes_is_unrolled) {
    const Bytes body = graph({
        .nodes =
            {node("Add", {"count_in", "one"}, {"count_out"}),
             node("Identity", {"going"}, {"goes_on"})},
        .inputs =
            {value_info("i", i64_type, {}),
             value_info("going", 9, {}),
             value_info("count_in", i64_type, {"1"})},
        .outputs = {value_info("goes_on", 9, {}), value_info("count_out", i64_type, {"1"})},
    });
    const Bytes file = model({
        .nodes =
            {node("Loop", {"trips", "", "zero"}, {"count"}, {graph_attribute("body", body)}),
             node("Expand", {"x", "count"}, {"out"})},
        .initialisers =
            {tensor("trips", {}, {20}), tensor("zero", {1}, {0}), tensor("one", {1}, {1})},
        .inputs = {value_info("x", f32_type, {"1"})},
        .outputs = {value_info("out", f32_type, {})},
    });
    const ModelRun run = run_model(file, {{"x", floats({1}, wild)}});
    ASSERT_EQ(run.outputs.size(), 1U);
    EXPECT_EQ(run.outputs[0].type.text(), "f32[20]");
}

}  // namespace
}  // namespace steelyard::vm::onnx
