// Writes models that the export makes, with inputs and what the VM puts out, for another runtime:
//
//   write_onnx_models FOLDER [DATA]
//
// Networks, calls of every operator, and the published cases of DATA (libonnx-testdata) that
// import. A line of FOLDER/models.jsonl names a model's file, the file of its tensors, and what is
// where.
#include "base/check.h"
#include "tests/onnx/cases.h"
#include "tests/support/vm/op_cases.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/build/builder.h"
#include "vm/onnx/export.h"

#include <algorithm>
#include <fstream>
#include <iostream>

using namespace steelyard;
using namespace steelyard::vm;

namespace {

namespace fs = std::filesystem;
using test::number_below;
using test::TestTensor;

constexpr int calls_of_operator = 6;
constexpr std::size_t model_bytes_max = 4 << 20;

struct Named {
    std::string name{};
    Tensor tensor{};
};

std::string json_of(const std::vector<Named>& tensors, Bytes& data) {
    std::string out;
    for (const Named& one : tensors) {
        std::string dimensions;
        for (const std::uint64_t size : one.tensor.type.shape.dimensions()) {
            dimensions += (dimensions.empty() ? "" : ",") + std::to_string(size);
        }
        out += fmt::format(
            R"({}{{"name":"{}","type":"{}","dims":[{}],"offset":{},"bytes":{}}})",
            out.empty() ? "" : ",",
            one.name,
            to_string(one.tensor.type.dtype),
            dimensions,
            data.size(),
            one.tensor.data.size()
        );
        append(data, one.tensor.data);
    }
    return "[" + out + "]";
}

void write_file(const fs::path& path, ByteView bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(
        reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
    );
    CHECK(file.good());
}

class Writer {
public:
    explicit Writer(fs::path folder)
        : folder_(std::move(folder)),
          backend_(cpu::make_cpu_backend(cpu::best_isa())),
          index_(folder_ / "models.jsonl") {}

    /// The program's model with `weights` in it, unless there is none, or the program faults.
    void write(
        std::string name, const CheckedProgram& program, std::vector<Named> inputs, bool has_weights
    ) {
        onnx::ExportOptions options;
        std::vector<TensorView> views;
        std::vector<Named> given;
        for (const Named& input : inputs) {
            views.push_back(input.tensor.view());
            if (has_weights && input.name.starts_with("w.")) {
                options.weights[input.name] = views.back();
            } else {
                given.push_back(input);
            }
        }
        const auto model = onnx::export_program(program, options);
        CHECK(model.has_value());
        const auto result = run(program, views, {.backend = backend_.get(), .trace = false});
        if (!model->unsupported.empty() || !result || result->outcome.fault ||
            model->file.size() > model_bytes_max) {
            return;
        }
        std::vector<Named> outputs;
        for (std::size_t index = 0; index < result->outputs.size(); ++index) {
            outputs.push_back({program.program().outputs[index].name, result->outputs[index]});
        }
        std::ranges::replace(name, '/', '-');
        Bytes data;
        index_ << fmt::format(
                      R"({{"model":"{0}.onnx","data":"{0}.bin","inputs":{1},"outputs":{2}}})",
                      name,
                      json_of(given, data),
                      json_of(outputs, data)
                  )
               << "\n";
        write_file(folder_ / (name + ".onnx"), model->file);
        write_file(folder_ / (name + ".bin"), data);
        ++count_;
    }

    Backend& backend() { return *backend_; }
    std::size_t count() const { return count_; }

private:
    fs::path folder_;
    std::unique_ptr<Backend> backend_;
    std::ofstream index_;
    std::size_t count_ = 0;
};

/// Numbers that every runtime takes in the same way: no overflow, no division by 0.
TestTensor mild(RandomSource& random, TestTensor tensor, OpCode op) {
    const DType dtype = tensor.type.dtype;
    if (is_float(dtype)) {
        tensor = random_tensor(random, tensor.type, test::Values::ordinary);
    }
    const std::size_t size = size_of(dtype);
    for (std::size_t at = 0; at + size <= tensor.data.size(); at += size) {
        if (dtype == DType::boolean) {
            tensor.data[at] &= 1;
        } else if (is_integer(dtype)) {
            std::fill_n(tensor.data.begin() + static_cast<std::ptrdiff_t>(at), size, 0);
            tensor.data[at] = static_cast<std::uint8_t>(1 + number_below(random, 5));
        } else if (op == OpCode::cast || op == OpCode::pow || op == OpCode::fmod) {
            tensor.data[at + size - 1] &= 0x7f;  // the sign
        }
    }
    return tensor;
}

bool has_indices(OpCode op) {
    return op >= OpCode::gather && op <= OpCode::scatter_nd;
}

void write_calls(Writer& writer) {
    for (const OpCode op : all_op_codes()) {
        SeededRandom random(static_cast<std::uint64_t>(op));
        for (int number = 0; number < calls_of_operator; ++number) {
            const test::OpCase call = test::random_case(random, op);
            Program program;
            std::vector<Named> inputs;
            Node node{.op = op, .attributes = call.attributes};
            for (const TestTensor& operand : call.operands) {
                const TestTensor value = has_indices(op) ? operand : mild(random, operand, op);
                const std::string name = fmt::format("x{}", inputs.size());
                node.operands.push_back(
                    {ValueKind::input, static_cast<std::uint32_t>(inputs.size())}
                );
                program.inputs.push_back({.name = name, .type = value.type});
                inputs.push_back({name, {.type = value.type, .data = value.data}});
            }
            program.nodes = {node};
            program.outputs = {{.name = "y", .value = {ValueKind::node, 0}}};
            const auto checked = CheckedProgram::check(std::move(program));
            if (checked) {
                writer.write(
                    fmt::format("call-{}-{}", to_string(op), number), *checked, inputs, false
                );
            }
        }
    }
}

/// A builder whose inputs are filled.
class Network {
public:
    explicit Network(std::uint64_t seed) : random_(seed) {}

    ValueRef input(std::string name, Shape shape) {
        const TensorType type{.dtype = DType::f32, .shape = shape};
        const TestTensor tensor = random_tensor(random_, type, test::Values::ordinary);
        inputs_.push_back({name, {.type = type, .data = tensor.data}});
        return *builder_.input(name, type);
    }
    ValueRef weight(Shape shape) { return input(fmt::format("w.{}", inputs_.size()), shape); }
    ValueRef add(
        OpCode op, std::vector<ValueRef> operands, std::vector<std::int64_t> attributes = {}
    ) {
        return builder_.add(op, operands, attributes).value();
    }
    void write(Writer& writer, const std::string& name, ValueRef output) && {
        CHECK(builder_.output("y", output).has_value());
        const auto program = CheckedProgram::check(std::move(builder_).finish());
        CHECK(program.has_value());
        writer.write(name, *program, inputs_, true);
        writer.write(name + "-weights-apart", *program, inputs_, false);
    }

private:
    SeededRandom random_;
    Builder builder_{};
    std::vector<Named> inputs_{};
};

constexpr std::int64_t relu = static_cast<std::int64_t>(OpCode::relu);
constexpr std::int64_t gelu = static_cast<std::int64_t>(OpCode::gelu);
constexpr std::int64_t f32_number = static_cast<std::int64_t>(DType::f32);
constexpr std::int64_t epsilon = 0x3727c5ac;  // 1e-5

/// Images of 3 channels through convolutions, pools and products to 10 classes.
void write_images(Writer& writer) {
    Network n(1);
    ValueRef x = n.input("image", {2, 16, 16, 3});
    x = n.add(
        OpCode::conv_f32,
        {x, n.weight({8, 3, 3, 3}), n.weight({8})},
        {3, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, relu, f32_number}
    );
    x = n.add(OpCode::max_pool, {x}, {2, 2, 1, 0, 0, 2, 2, 1, 0, 0});
    const ValueRef skip = x;
    x = n.add(
        OpCode::conv_f32,
        {x, n.weight({8, 3, 3, 2}), n.weight({8})},
        {3, 1, 1, 1, 1, 3, 1, 1, 1, 1, 4, 0, f32_number}
    );
    x = n.add(OpCode::relu, {n.add(OpCode::add, {x, skip})});
    x = n.add(OpCode::avg_pool, {x}, {3, 2, 1, 1, 1, 3, 2, 1, 1, 1, 0});
    x = n.add(OpCode::reshape, {x}, {2, 128});
    x = n.add(OpCode::gemm_f32, {x, n.weight({32, 128}), n.weight({32})}, {gelu, f32_number});
    x = n.add(OpCode::layer_norm, {x, n.weight({32}), n.weight({32})}, {epsilon});
    x = n.add(OpCode::gemm_f32, {x, n.weight({10, 32})}, {0, f32_number});
    std::move(n).write(writer, "images", n.add(OpCode::softmax, {x}));
}

/// A block of a language model: attention of two heads, and a gated step.
void write_tokens(Writer& writer) {
    Network n(2);
    const ValueRef x = n.input("tokens", {2, 6, 16});
    const ValueRef normal = n.add(OpCode::rms_norm, {x, n.weight({16})}, {epsilon});
    const auto head = [&]() {
        const ValueRef rows =
            n.add(OpCode::gemm_f32, {normal, n.weight({16, 16})}, {0, f32_number});
        const ValueRef apart = n.add(OpCode::reshape, {rows}, {2, 6, 2, 8});
        return n.add(OpCode::transpose, {apart}, {0, 2, 1, 3});
    };
    const ValueRef q = head();
    const ValueRef k = head();
    const ValueRef v = n.add(OpCode::transpose, {head()}, {0, 1, 3, 2});
    const ValueRef scores = n.add(OpCode::gemm_f32, {q, k}, {0, f32_number});
    const ValueRef weights = n.add(OpCode::softmax, {scores});
    ValueRef mixed = n.add(OpCode::gemm_f32, {weights, v}, {0, f32_number});
    mixed = n.add(OpCode::transpose, {mixed}, {0, 2, 1, 3});
    mixed = n.add(OpCode::reshape, {mixed}, {2, 6, 16});
    mixed = n.add(OpCode::add, {x, mixed});
    const ValueRef gate = n.add(
        OpCode::silu, {n.add(OpCode::gemm_f32, {mixed, n.weight({24, 16})}, {0, f32_number})}
    );
    const ValueRef up = n.add(OpCode::gemm_f32, {mixed, n.weight({24, 16})}, {0, f32_number});
    const ValueRef down = n.add(
        OpCode::gemm_f32, {n.add(OpCode::mul, {gate, up}), n.weight({16, 24})}, {0, f32_number}
    );
    std::move(n).write(writer, "tokens", n.add(OpCode::fma, {down, x, mixed}));
}

void write_published(Writer& writer, const fs::path& data) {
    using namespace onnx;
    for (const onnx::test::Case& one : onnx::test::find_cases(data)) {
        const Bytes file = onnx::test::read_bytes(one.folder / "model.onnx");
        const auto sets = onnx::test::read_data_sets(one, file);
        if (!sets || sets->empty()) {
            continue;
        }
        const onnx::test::DataSet& set = sets->front();
        const auto model = import_for_inputs(file, {.bound_bits = unbounded_bits}, set.inputs);
        if (!model || !model->unsupported.empty()) {
            continue;
        }
        const auto program = CheckedProgram::check(model->program);
        CHECK(program.has_value());
        std::vector<Named> inputs;
        for (const Input& input : model->program.inputs) {
            const Tensor* tensor = tensor_of(*model, set, input);
            CHECK(tensor != nullptr);
            inputs.push_back({input.name, onnx::test::as_type(*tensor, input.type)});
        }
        writer.write(one.name, *program, inputs, false);
    }
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 2) {
        std::cerr << "write_onnx_models FOLDER [DATA]\n";
        return 1;
    }
    fs::create_directories(arguments[1]);
    Writer writer(arguments[1]);
    write_images(writer);
    write_tokens(writer);
    write_calls(writer);
    if (count > 2) {
        write_published(writer, arguments[2]);
    }
    std::cout << writer.count() << " models\n";
    return 0;
}
