// What exporters write as many nodes becomes one.
#include "vm/onnx/patterns.h"

#include "model_writer.h"
#include "run_model.h"

#include <algorithm>
#include <cmath>

namespace steelyard::vm::onnx {
namespace {

using namespace test;

constexpr std::int64_t f32_type = 1;
constexpr std::size_t width = 6;
constexpr float sqrt_of_two = 1.4142135F;
constexpr float epsilon = 1e-5F;

/// An initialiser; one float without dimensions is a scalar.
Bytes numbers(std::string_view name, const std::vector<float>& values, bool is_scalar = false) {
    Bytes data(values.size() * sizeof(float));
    std::memcpy(data.data(), values.data(), data.size());
    ProtoWriter writer;
    if (!is_scalar) {
        writer.int64(1, static_cast<std::int64_t>(values.size()));
    }
    writer.int64(2, f32_type);
    writer.string(8, name);
    writer.message(9, data);
    return std::move(writer).take();
}

Bytes number(std::string_view name, float value) {
    return numbers(name, {value}, true);
}

const std::vector<float> gamma_row = {1, 2, -1, 0.5F, 3, 1.5F};
const std::vector<float> beta_row = {0, 1, -2, 0.25F, 7, -0.5F};

Bytes model_of(std::vector<Bytes> nodes, Bytes output = value_info("y", f32_type, {})) {
    return model({
        .nodes = std::move(nodes),
        .initialisers =
            {number("root", sqrt_of_two),
             number("inverse", 1 / sqrt_of_two),
             number("one", 1),
             number("half", 0.5F),
             number("two", 2),
             number("epsilon", epsilon),
             numbers("gamma", gamma_row),
             numbers("beta", beta_row)},
        .inputs = {value_info("x", f32_type, {"3", "6"}), value_info("z", f32_type, {"3", "6"})},
        .outputs = {std::move(output)},
    });
}

std::vector<OpCode> ops_of(const Bytes& file) {
    const Result<ImportedModel> imported = import_model(file, {});
    EXPECT_TRUE(imported.has_value() && imported->unsupported.empty());
    std::vector<OpCode> out;
    for (const vm::Node& one : imported->program.nodes) {
        out.push_back(one.op);
    }
    return out;
}

const std::vector<OpCode> one_gelu = {OpCode::gelu};

float wild(std::size_t index) {
    return 3 * std::sin(static_cast<float>(7 * index + 1));
}

Bytes over_root() {
    return node("Div", {"x", "root"}, {"s"});
}

Bytes erf() {
    return node("Erf", {"s"}, {"e"});
}

Bytes plus_one() {
    return node("Add", {"e", "one"}, {"p"});
}

TEST(Patterns, gelu_by_erf_is_one_node_in_any_order) {
    EXPECT_EQ(
        ops_of(model_of(
            {over_root(),
             erf(),
             plus_one(),
             node("Mul", {"x", "p"}, {"m"}),
             node("Mul", {"m", "half"}, {"y"})}
        )),
        one_gelu
    );
    EXPECT_EQ(
        ops_of(model_of(
            {node("Mul", {"half", "x"}, {"h"}),
             over_root(),
             erf(),
             plus_one(),
             node("Mul", {"h", "p"}, {"y"})}
        )),
        one_gelu
    );
    EXPECT_EQ(
        ops_of(model_of(
            {node("Mul", {"inverse", "x"}, {"s"}),
             erf(),
             node("Add", {"one", "e"}, {"p"}),
             node("Mul", {"p", "half"}, {"m"}),
             node("Mul", {"m", "x"}, {"y"})}
        )),
        one_gelu
    );
}

TEST(Patterns, what_is_not_quite_gelu_stays) {
    const auto count = [](const Bytes& file) { return ops_of(file).size(); };
    const Bytes product = node("Mul", {"x", "p"}, {"m"});
    const Bytes halved = node("Mul", {"m", "half"}, {"y"});

    EXPECT_EQ(
        count(model_of({node("Div", {"x", "two"}, {"s"}), erf(), plus_one(), product, halved})), 5U
    );
    EXPECT_EQ(
        count(model_of({over_root(), erf(), plus_one(), node("Mul", {"z", "p"}, {"m"}), halved})),
        5U
    );
    EXPECT_EQ(
        count(model_of({over_root(), erf(), node("Add", {"e", "two"}, {"p"}), product, halved})), 5U
    );
    EXPECT_EQ(
        count(model_of({over_root(), erf(), plus_one(), product, node("Mul", {"m", "two"}, {"y"})})
        ),
        5U
    );
    // Somebody else reads the error function.
    const Bytes file = model({
        .nodes = {over_root(), erf(), plus_one(), product, node("Mul", {"m", "half"}, {"y"})},
        .initialisers = {number("root", sqrt_of_two), number("one", 1), number("half", 0.5F)},
        .inputs = {value_info("x", f32_type, {"3", "6"})},
        .outputs = {value_info("y", f32_type, {}), value_info("e", f32_type, {})},
    });
    EXPECT_EQ(count(file), 5U);
}

TEST(Patterns, an_activation_joins_the_product_before_it) {
    const Bytes file = model_of(
        {node("Gemm", {"z", "z"}, {"x2"}, {integer_attribute("transB", 1)}),
         node("Sigmoid", {"x2"}, {"s"}),
         node("Mul", {"x2", "s"}, {"y"})}
    );
    const Result<ImportedModel> imported = import_model(file, {});

    ASSERT_TRUE(imported.has_value());
    ASSERT_EQ(imported->program.nodes.size(), 1U);
    EXPECT_EQ(imported->program.nodes[0].op, OpCode::gemm_f32);
    EXPECT_EQ(imported->program.nodes[0].attributes[0], static_cast<std::int64_t>(OpCode::silu));
}

std::vector<Bytes> centred_nodes() {
    const Bytes last = integers_attribute("axes", {-1});
    return {
        node("ReduceMean", {"x"}, {"mean"}, {last}),
        node("Sub", {"x", "mean"}, {"d"}),
        node("Pow", {"d", "two"}, {"d2"}),
        node("ReduceMean", {"d2"}, {"v"}, {last}),
        node("Add", {"v", "epsilon"}, {"ve"}),
        node("Sqrt", {"ve"}, {"r"}),
    };
}

std::vector<Bytes> with(std::vector<Bytes> nodes, const std::vector<Bytes>& more) {
    nodes.insert(nodes.end(), more.begin(), more.end());
    return nodes;
}

std::vector<double> normalised_rows(const Tensor& x, bool is_centred) {
    const std::vector<float> elements = elements_of<float>(x);
    std::vector<double> out;
    for (std::size_t row = 0; row < elements.size(); row += width) {
        double mean = 0;
        double squares = 0;
        for (std::size_t at = 0; at < width && is_centred; ++at) {
            mean += elements[row + at] / static_cast<double>(width);
        }
        for (std::size_t at = 0; at < width; ++at) {
            squares += std::pow(elements[row + at] - mean, 2) / static_cast<double>(width);
        }
        for (std::size_t at = 0; at < width; ++at) {
            out.push_back((elements[row + at] - mean) / std::sqrt(squares + epsilon));
        }
    }
    return out;
}

TEST(Patterns, a_norm_of_layers_in_parts_is_one_node) {
    const Bytes file = model_of(with(
        centred_nodes(),
        {node("Div", {"d", "r"}, {"n"}),
         node("Mul", {"gamma", "n"}, {"g"}),
         node("Add", {"g", "beta"}, {"y"})}
    ));
    const Tensor x = floats({3, width}, wild);

    const ModelRun run = run_model(file, {{"x", x}, {"z", x}});

    EXPECT_EQ(ops_of(file), std::vector{OpCode::layer_norm});
    ASSERT_EQ(run.outputs.size(), 1U);
    const std::vector<float> out = elements_of<float>(run.outputs[0]);
    const std::vector<double> wanted = normalised_rows(x, true);
    for (std::size_t at = 0; at < out.size(); ++at) {
        const std::size_t column = at % width;
        EXPECT_NEAR(out[at], wanted[at] * gamma_row[column] + beta_row[column], 1e-5) << at;
    }
}

TEST(Patterns, a_norm_of_root_mean_squares_in_parts_is_one_node) {
    const Bytes file = model_of({
        node("Mul", {"x", "x"}, {"d2"}),
        node("ReduceMean", {"d2"}, {"v"}, {integers_attribute("axes", {1})}),
        node("Add", {"epsilon", "v"}, {"ve"}),
        node("Sqrt", {"ve"}, {"r"}),
        node("Reciprocal", {"r"}, {"i"}),
        node("Mul", {"x", "i"}, {"n"}),
        node("Mul", {"n", "gamma"}, {"y"}),
    });
    const Tensor x = floats({3, width}, wild);

    const ModelRun run = run_model(file, {{"x", x}, {"z", x}});

    EXPECT_EQ(ops_of(file), std::vector{OpCode::rms_norm});
    ASSERT_EQ(run.outputs.size(), 1U);
    const std::vector<float> out = elements_of<float>(run.outputs[0]);
    const std::vector<double> wanted = normalised_rows(x, false);
    for (std::size_t at = 0; at < out.size(); ++at) {
        EXPECT_NEAR(out[at], wanted[at] * gamma_row[at % width], 1e-5) << at;
    }
}

TEST(Patterns, what_is_not_quite_a_norm_stays) {
    const auto has_norm = [](const Bytes& file) {
        const std::vector<OpCode> ops = ops_of(file);
        return std::ranges::count(ops, OpCode::layer_norm) +
                   std::ranges::count(ops, OpCode::rms_norm) >
               0;
    };
    const Bytes quotient = node("Div", {"d", "r"}, {"n"});
    const Bytes scaled = node("Mul", {"gamma", "n"}, {"g"});
    const Bytes shifted = node("Add", {"g", "beta"}, {"y"});

    // The elements are not those whose squares are averaged.
    EXPECT_FALSE(
        has_norm(model_of(with(centred_nodes(), {node("Div", {"z", "r"}, {"n"}), scaled, shifted})))
    );
    // The scale is no row.
    EXPECT_FALSE(has_norm(
        model_of(with(centred_nodes(), {quotient, node("Mul", {"z", "n"}, {"g"}), shifted}))
    ));
    // The mean is not of the same rows.
    std::vector<Bytes> nodes = with(centred_nodes(), {quotient, scaled, shifted});
    nodes[0] = node("ReduceMean", {"z"}, {"mean"}, {integers_attribute("axes", {-1})});
    // What is left of it is the RMS norm of differences, with a shift.
    const std::vector<OpCode> ops = ops_of(model_of(nodes));
    EXPECT_EQ(std::ranges::count(ops, OpCode::layer_norm), 0);
    EXPECT_EQ(std::ranges::count(ops, OpCode::rms_norm), 1);
    // The mean is along columns.
    nodes[0] = node("ReduceMean", {"x"}, {"mean"}, {integers_attribute("axes", {0})});
    EXPECT_EQ(std::ranges::count(ops_of(model_of(nodes)), OpCode::layer_norm), 0);
}

}  // namespace
}  // namespace steelyard::vm::onnx
