// Nodes whose proofs would open too much are split, and mean the same.
#include "model_writer.h"
#include "run_model.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace steelyard::vm::onnx {
namespace {

using namespace test;

using Inputs = std::map<std::string, Tensor, std::less<>>;

constexpr std::int64_t f32_type = 1;

/// One node over inputs x, y, z, as many as there are.
Bytes one_node(
    std::string_view op,
    const std::vector<Names>& shapes,
    const std::vector<Bytes>& attributes = {},
    const Names& outputs = {"out"},
    std::int64_t opset = 13,
    const std::vector<Bytes>& initialisers = {},
    const Names& more = {}
) {
    Names inputs;
    std::vector<Bytes> infos;
    for (std::size_t at = 0; at < shapes.size(); ++at) {
        inputs.push_back(std::string(1, static_cast<char>('x' + at)));
        infos.push_back(value_info(inputs.back(), f32_type, shapes[at]));
    }
    inputs.insert(inputs.end(), more.begin(), more.end());
    std::vector<Bytes> results;
    for (const std::string& output : outputs) {
        results.push_back(value_info(output, f32_type, {}));
    }
    return model(
        {.nodes = {node(op, inputs, outputs, attributes)},
         .initialisers = initialisers,
         .inputs = infos,
         .outputs = results},
        opset
    );
}

/// From -1 to 1, without an order.
float wild(std::size_t index) {
    const auto bits = static_cast<std::uint32_t>(index * 2654435761U + 12345U) >> 8;
    return static_cast<float>(bits % 20011) / 10005.5F - 1.0F;
}

double at(const Tensor& tensor, std::size_t index) {
    float value = 0;
    std::memcpy(&value, tensor.data.data() + index * sizeof(float), sizeof(float));
    return static_cast<double>(value);
}

void expect_near(const Tensor& tensor, const std::vector<double>& wanted, double tolerance) {
    ASSERT_EQ(tensor.type.elements(), wanted.size());
    for (std::size_t index = 0; index < wanted.size(); ++index) {
        ASSERT_NEAR(at(tensor, index), wanted[index], tolerance * (1 + std::abs(wanted[index])))
            << index;
    }
}

Tensor only_output(const Bytes& file, const Inputs& inputs) {
    ModelRun run = run_model(file, inputs);
    return run.outputs.empty() ? Tensor{} : std::move(run.outputs[0]);
}

TEST(Split, softmax_of_long_rows) {
    constexpr std::size_t columns = 100'003;
    const Tensor x = floats({2, columns}, [](std::size_t index) { return 4 * wild(index); });
    std::vector<double> wanted;
    std::vector<double> logarithms;
    for (std::size_t row = 0; row < 2; ++row) {
        double sum = 0;
        for (std::size_t column = 0; column < columns; ++column) {
            sum += std::exp(at(x, row * columns + column));
        }
        for (std::size_t column = 0; column < columns; ++column) {
            wanted.push_back(std::exp(at(x, row * columns + column)) / sum);
            logarithms.push_back(at(x, row * columns + column) - std::log(sum));
        }
    }
    const Names shape = {"2", "100003"};
    expect_near(only_output(one_node("Softmax", {shape}), {{"x", x}}), wanted, 1e-8);
    expect_near(only_output(one_node("LogSoftmax", {shape}), {{"x", x}}), logarithms, 1e-5);
}

TEST(Split, sums_of_equal_logits_are_no_fault) {
    const Tensor x = floats({1, 131072}, [](std::size_t) { return 3; });
    const Tensor out = only_output(one_node("Softmax", {{"1", "131072"}}), {{"x", x}});
    expect_near(out, std::vector<double>(131072, 1.0 / 131072), 0);
}

TEST(Split, layer_norms_of_long_rows_and_large_elements) {
    constexpr std::size_t columns = 32'768;
    const Tensor x = floats({2, columns}, [](std::size_t index) { return 9000 * wild(index); });
    const Tensor gamma = floats({columns}, wild);
    const Tensor beta = floats({columns}, [](std::size_t index) { return wild(index + 7); });
    std::vector<double> wanted;
    for (std::size_t row = 0; row < 2; ++row) {
        double sum = 0;
        double squares = 0;
        for (std::size_t column = 0; column < columns; ++column) {
            sum += at(x, row * columns + column) / columns;
        }
        for (std::size_t column = 0; column < columns; ++column) {
            squares += std::pow(at(x, row * columns + column) - sum, 2) / columns;
        }
        for (std::size_t column = 0; column < columns; ++column) {
            const double scaled = (at(x, row * columns + column) - sum) / std::sqrt(squares + 1e-5);
            wanted.push_back(scaled * at(gamma, column) + at(beta, column));
        }
    }
    const Names row = {"32768"};
    const Bytes file = one_node("LayerNormalization", {{"2", "32768"}, row, row}, {}, {"out"}, 17);
    expect_near(only_output(file, {{"x", x}, {"y", gamma}, {"z", beta}}), wanted, 1e-5);
}

TEST(Split, reductions_of_many_elements) {
    constexpr std::size_t count = 1'000'003;  // a prime: the last block is filled up
    const Tensor x = floats({count}, wild);
    double sum = 0;
    double most = -2;
    double least = 2;
    for (std::size_t index = 0; index < count; ++index) {
        sum += at(x, index);
        most = std::max(most, at(x, index));
        least = std::min(least, at(x, index));
    }
    const Names shape = {"1000003"};
    const auto reduced = [&](std::string_view op) {
        return only_output(one_node(op, {shape}), {{"x", x}});
    };
    expect_near(reduced("ReduceSum"), {sum}, 1e-3);
    expect_near(reduced("ReduceMean"), {sum / count}, 1e-6);
    expect_near(reduced("ReduceMax"), {most}, 0);
    expect_near(reduced("ReduceMin"), {least}, 0);
    const Tensor ones = floats({count}, [](std::size_t index) { return index % 2 == 0 ? 1 : -1; });
    expect_near(only_output(one_node("ReduceProd", {shape}), {{"x", ones}}), {-1}, 0);
}

TEST(Split, means_of_large_elements_are_no_fault) {
    const Tensor x = floats({1'000'000}, [](std::size_t) { return 60'000; });
    expect_near(only_output(one_node("ReduceMean", {{"1000000"}}), {{"x", x}}), {60'000}, 1e-6);
}

TEST(Split, squares_within_a_norm_are_no_fault) {
    const Tensor x =
        floats({1, 1, 2, 2}, [](std::size_t index) { return index % 2 == 0 ? 1000.0F : -1000.0F; });
    const Tensor one = floats({1}, [](std::size_t) { return 1; });
    const Bytes file = one_node("InstanceNormalization", {{"1", "1", "2", "2"}, {"1"}, {"1"}});
    expect_near(only_output(file, {{"x", x}, {"y", one}, {"z", one}}), {2, 0, 2, 0}, 1e-6);
}

TEST(Split, the_place_of_the_first_or_last_greatest_element) {
    constexpr std::size_t columns = 70'001;
    const auto value = [](std::size_t index) {
        const std::size_t column = index % columns;
        const bool is_most = column == 20'000 || column == 30'000 || column == columns - 1;
        return is_most ? 5.0F : wild(index);
    };
    const Tensor x = floats({2, columns}, value);
    const Names shape = {"2", "70001"};
    const auto places = [&](std::string_view op, std::int64_t last, const Tensor& of) {
        const Bytes file = one_node(
            op,
            {shape},
            {integer_attribute("axis", 1), integer_attribute("select_last_index", last)}
        );
        return elements_of<std::int64_t>(only_output(file, {{"x", of}}));
    };
    EXPECT_EQ(places("ArgMax", 0, x), (std::vector<std::int64_t>{20'000, 20'000}));
    EXPECT_EQ(places("ArgMax", 1, x), (std::vector<std::int64_t>{70'000, 70'000}));
    const Tensor less = floats({2, columns}, [&](std::size_t index) { return -value(index); });
    EXPECT_EQ(places("ArgMin", 0, less), (std::vector<std::int64_t>{20'000, 20'000}));
}

TEST(Split, running_sums_along_long_axes) {
    constexpr std::size_t columns = 50'021;
    const Tensor x = floats({1, columns}, wild);
    const Bytes axis = tensor("axis", {}, {1});
    for (const std::int64_t is_exclusive : {0, 1}) {
        for (const std::int64_t is_reverse : {0, 1}) {
            std::vector<double> wanted(columns);
            double sum = 0;
            for (std::size_t step = 0; step < columns; ++step) {
                const std::size_t column = is_reverse != 0 ? columns - 1 - step : step;
                const double before = sum;
                sum += at(x, column);
                wanted[column] = is_exclusive != 0 ? before : sum;
            }
            const Bytes file = one_node(
                "CumSum",
                {{"1", "50021"}},
                {integer_attribute("exclusive", is_exclusive),
                 integer_attribute("reverse", is_reverse)},
                {"out"},
                14,
                {axis},
                {"axis"}
            );
            expect_near(only_output(file, {{"x", x}}), wanted, 1e-4);
        }
    }
}

TEST(Split, products_over_a_long_axis) {
    constexpr std::size_t length = 65'536;
    const Tensor a = floats({3, length}, wild);
    const Tensor b = floats({length, 2}, [](std::size_t index) { return wild(index + 99); });
    std::vector<double> wanted;
    for (std::size_t row = 0; row < 3; ++row) {
        for (std::size_t column = 0; column < 2; ++column) {
            double sum = 0;
            for (std::size_t k = 0; k < length; ++k) {
                sum += at(a, row * length + k) * at(b, k * 2 + column);
            }
            wanted.push_back(std::max(0.0, sum + (column == 0 ? 100 : -5)));
        }
    }
    const Bytes file = model({
        .nodes = {node("Gemm", {"x", "y", "z"}, {"product"}), node("Relu", {"product"}, {"out"})},
        .inputs =
            {value_info("x", f32_type, {"3", "65536"}),
             value_info("y", f32_type, {"65536", "2"}),
             value_info("z", f32_type, {"2"})},
        .outputs = {value_info("out", f32_type, {})},
    });
    const Tensor bias = floats({2}, [](std::size_t index) { return index == 0 ? 100 : -5; });
    expect_near(only_output(file, {{"x", a}, {"y", b}, {"z", bias}}), wanted, 1e-4);
}

/// A convolution by its definition; x [C, H, W], w [O, C, K, K], stride 1.
std::vector<double> convolved(const Tensor& x, const Tensor& w, std::size_t pad) {
    const std::size_t channels = x.type.shape[1];
    const std::size_t size = x.type.shape[2];
    const std::size_t window = w.type.shape[2];
    const std::size_t out = size + 2 * pad - window + 1;
    std::vector<double> sums;
    for (std::size_t o = 0; o < w.type.shape[0]; ++o) {
        for (std::size_t place = 0; place < out * out; ++place) {
            double sum = 0;
            for (std::size_t tap = 0; tap < window * window; ++tap) {
                const std::size_t row = place / out + tap / window;
                const std::size_t column = place % out + tap % window;
                if (row < pad || column < pad || row - pad >= size || column - pad >= size) {
                    continue;
                }
                for (std::size_t c = 0; c < channels; ++c) {
                    sum += at(x, (c * size + row - pad) * size + column - pad) *
                           at(w, (o * channels + c) * window * window + tap);
                }
            }
            sums.push_back(sum);
        }
    }
    return sums;
}

TEST(Split, convolutions_of_many_channels) {
    const Tensor x = floats({1, 2048, 4, 4}, wild);
    const Tensor w = floats({2, 2048, 3, 3}, [](std::size_t index) { return wild(index + 5); });
    const Bytes file = one_node(
        "Conv",
        {{"1", "2048", "4", "4"}, {"2", "2048", "3", "3"}},
        {integers_attribute("pads", {1, 1, 1, 1})}
    );
    expect_near(only_output(file, {{"x", x}, {"y", w}}), convolved(x, w, 1), 1e-4);
}

TEST(Split, convolutions_of_large_windows_and_wide_pads) {
    const Tensor x = floats({1, 96, 20, 20}, wild);
    const Tensor w = floats({2, 96, 25, 25}, [](std::size_t index) { return wild(index + 5); });
    const Bytes file = one_node(
        "Conv",
        {{"1", "96", "20", "20"}, {"2", "96", "25", "25"}},
        {integers_attribute("pads", {4, 4, 4, 4})}
    );
    expect_near(only_output(file, {{"x", x}, {"y", w}}), convolved(x, w, 4), 1e-4);
}

TEST(Split, pools_of_large_windows) {
    const Tensor x = floats({1, 512, 20, 20}, wild);
    const auto pooled = [&](std::string_view op, std::size_t pad, bool counts_padding) {
        const auto signed_pad = static_cast<std::int64_t>(pad);
        return only_output(
            one_node(
                op,
                {{"1", "512", "20", "20"}},
                {integers_attribute("kernel_shape", {14, 14}),
                 integers_attribute("pads", std::vector<std::int64_t>(4, signed_pad)),
                 integer_attribute("count_include_pad", counts_padding ? 1 : 0)}
            ),
            {{"x", x}}
        );
    };
    for (const std::size_t pad : {0U, 3U}) {
        const std::size_t out = 20 + 2 * pad - 13;
        std::vector<double> most;
        std::vector<double> mean;
        std::vector<double> mean_of_all;
        for (std::size_t index = 0; index < 512 * out * out; ++index) {
            double sum = 0;
            double best = -9;
            double count = 0;
            for (std::size_t tap = 0; tap < 14 * 14; ++tap) {
                const std::size_t row = index / out % out + tap / 14;
                const std::size_t column = index % out + tap % 14;
                if (row < pad || column < pad || row - pad >= 20 || column - pad >= 20) {
                    continue;
                }
                const double value =
                    at(x, (index / (out * out) * 20 + row - pad) * 20 + column - pad);
                sum += value;
                best = std::max(best, value);
                count += 1;
            }
            most.push_back(best);
            mean.push_back(sum / count);
            mean_of_all.push_back(sum / (14 * 14));
        }
        expect_near(pooled("AveragePool", pad, false), mean, 1e-5);
        expect_near(pooled("AveragePool", pad, true), mean_of_all, 1e-5);
        expect_near(pooled("MaxPool", pad, false), most, 0);
    }
}

TEST(Split, the_best_of_many_elements) {
    constexpr std::size_t columns = 25'200;
    const Tensor x = floats({2, columns}, [](std::size_t index) {
        return std::round(1000 * wild(index));  // equal ones are many
    });
    const Bytes file = one_node(
        "TopK", {{"2", "25200"}}, {}, {"values", "places"}, 11, {tensor("k", {1}, {300})}, {"k"}
    );
    const ModelRun run = run_model(file, {{"x", x}});
    ASSERT_EQ(run.outputs.size(), 2U);
    const auto places = elements_of<std::int64_t>(run.outputs[1]);
    for (std::size_t row = 0; row < 2; ++row) {
        std::vector<std::size_t> order(columns);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
            return at(x, row * columns + a) > at(x, row * columns + b);
        });
        for (std::size_t rank = 0; rank < 300; ++rank) {
            ASSERT_EQ(places[row * 300 + rank], static_cast<std::int64_t>(order[rank])) << rank;
            ASSERT_EQ(at(run.outputs[0], row * 300 + rank), at(x, row * columns + order[rank]));
        }
    }
}

TEST(Split, scatters_of_many_updates) {
    constexpr std::size_t count = 5'000;
    Tensor indices{.type = {DType::i64, Shape{count, 1}}, .data = {}};
    for (std::size_t update = 0; update < count; ++update) {
        const auto row = static_cast<std::int64_t>(update * 7 % 300);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&row);
        indices.data.insert(indices.data.end(), bytes, bytes + sizeof(row));
    }
    const Tensor x = floats({300, 2}, wild);
    const Tensor updates = floats({count, 2}, wild);
    std::vector<double> wanted;
    for (std::size_t index = 0; index < 600; ++index) {
        wanted.push_back(at(x, index));
    }
    for (std::size_t update = 0; update < count; ++update) {
        for (std::size_t column = 0; column < 2; ++column) {
            wanted[update * 7 % 300 * 2 + column] = at(updates, update * 2 + column);
        }
    }
    const Bytes file = model({
        .nodes = {node("ScatterND", {"x", "i", "u"}, {"out"})},
        .inputs =
            {value_info("x", f32_type, {"300", "2"}),
             value_info("i", 7, {"5000", "1"}),
             value_info("u", f32_type, {"5000", "2"})},
        .outputs = {value_info("out", f32_type, {})},
    });
    expect_near(only_output(file, {{"x", x}, {"i", indices}, {"u", updates}}), wanted, 0);
}

TEST(Split, what_cannot_be_split_is_refused_with_its_figures) {
    const Bytes file = one_node(
        "TopK", {{"100000"}}, {}, {"values", "places"}, 11, {tensor("k", {1}, {100'000})}, {"k"}
    );
    const Result<ImportedModel> model = import_model(file, {});
    ASSERT_TRUE(model.has_value());
    ASSERT_EQ(model->unsupported.size(), 1U);
    EXPECT_EQ(model->unsupported[0].name, "values");
    EXPECT_EQ(
        model->unsupported[0].reason,
        "argsort(f32[1,100000]): the proof of one element would open 514336 bytes and cost 3429796 "
        "gas, at most 131072 and 50000 may be"
    );
}

/// Shapes of real models, of which many are at the edge of what a proof may open.
TEST(Split, real_shapes_pass_the_check) {
    const auto checks = [](const Bytes& file) {
        const Result<ImportedModel> model = import_model(file, {});
        ASSERT_TRUE(model.has_value()) << model.error().message();
        for (const UnsupportedNode& node : model->unsupported) {
            ADD_FAILURE() << node.op << ": " << node.reason;
        }
        const Result<CheckedProgram> checked = CheckedProgram::check(model->program);
        EXPECT_TRUE(checked.has_value()) << checked.error().message();
    };
    checks(one_node("MatMul", {{"8", "14336"}, {"14336", "4096"}}));
    checks(one_node("MatMul", {{"32", "4096", "128"}, {"32", "128", "4096"}}));
    checks(one_node("Softmax", {{"32", "4096", "4096"}}));
    checks(one_node("Softmax", {{"1", "8", "16384", "16384"}}));
    checks(one_node("MatMul", {{"8", "16384", "16384"}, {"8", "16384", "128"}}));
    checks(one_node("ReduceMean", {{"16", "512", "512", "64"}}));
    checks(one_node("GlobalAveragePool", {{"1", "2048", "224", "224"}}));
    checks(one_node("InstanceNormalization", {{"1", "64", "1024", "1024"}, {"64"}, {"64"}}));
    checks(one_node(
        "Conv",
        {{"1", "3", "224", "224"}, {"768", "3", "16", "16"}},
        {integers_attribute("strides", {16, 16})}
    ));
    checks(one_node(
        "Conv",
        {{"1", "1024", "14", "14"}, {"1024", "1", "31", "31"}},
        {integer_attribute("group", 1024), integers_attribute("pads", {15, 15, 15, 15})}
    ));
    const Bytes tokens = model({
        .nodes = {node("Gather", {"x", "i"}, {"out"})},
        .inputs = {value_info("x", f32_type, {"50257", "1024"}), value_info("i", 7, {"1", "4096"})},
        .outputs = {value_info("out", f32_type, {})},
    });
    checks(tokens);
}

}  // namespace
}  // namespace steelyard::vm::onnx
