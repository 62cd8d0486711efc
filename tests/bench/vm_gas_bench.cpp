// What a unit of gas of contractions and pools costs, against one of gemm_f32 on the same
// instruction set, and how fast memory is read and written, against a copy of as many bytes.
// All calls of an instruction set take turns on one thread; a figure is the least CPU time.
#include "base/random.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/ops/step_gas.h"
#include "vm/trace/commitment.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <limits>
#include <string>
#include <vector>

namespace steelyard::vm {
namespace {

constexpr auto to_f32 = static_cast<std::int64_t>(DType::f32);
constexpr int turns = 5;
constexpr double turn_seconds = 0.01;

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Memory that begins at a multiple of 64 bytes.
class Memory {
public:
    explicit Memory(std::size_t size) : bytes_(size + 64) {
        offset_ = 64 - reinterpret_cast<std::uintptr_t>(bytes_.data()) % 64;
    }

    std::byte* data() { return reinterpret_cast<std::byte*>(bytes_.data()) + offset_; }

private:
    Bytes bytes_;
    std::size_t offset_ = 0;
};

/// Small numbers, or places of a small plane.
Memory tensor_of(const TensorType& type) {
    Memory memory(type.bytes());
    Bytes random(type.bytes());
    SeededRandom(type.bytes()).fill(random);
    std::memcpy(memory.data(), random.data(), random.size());
    if (type.dtype == DType::f32) {
        auto* numbers = reinterpret_cast<float*>(memory.data());
        for (std::size_t i = 0; i < type.elements(); ++i) {
            numbers[i] = static_cast<float>(random[4 * i] % 16) - 7.5F;
        }
    } else if (type.dtype == DType::i64) {
        auto* numbers = reinterpret_cast<std::int64_t*>(memory.data());
        for (std::size_t i = 0; i < type.elements(); ++i) {
            numbers[i] = random[8 * i];
        }
    } else if (type.dtype == DType::f16) {
        for (std::size_t i = 1; i < type.bytes(); i += 2) {
            memory.data()[i] &= std::byte{0x3f};
        }
    }
    return memory;
}

struct Call {
    std::string name{};
    OpCode op{};
    std::vector<TensorType> types{};
    std::vector<std::int64_t> attributes{};
};

/// A call with its tensors.
class Run {
public:
    explicit Run(const Call& call)
        : call_(call),
          output_(find_operator(call.op, 1)->infer(call.types, call.attributes).value()),
          out_(output_.bytes()) {
        for (const TensorType& type : call.types) {
            tensors_.push_back(tensor_of(type));
        }
        for (Memory& tensor : tensors_) {
            operands_.push_back(tensor.data());
            bytes_ += call.types[operands_.size() - 1].bytes();
        }
        bytes_ += output_.bytes();
    }

    NodeCall call() const {
        return {
            .op = call_.op,
            .operands = call_.types,
            .output = output_,
            .attributes = call_.attributes,
        };
    }
    double gas() const {
        const Operator& op = *find_operator(call_.op, 1);
        return static_cast<double>(op.gas(call()) + memory_gas(op, call()));
    }
    double bytes() const { return static_cast<double>(bytes_); }

    void turn(Backend& backend) {
        const double begin = cpu_seconds();
        double now = begin;
        while (now - begin < turn_seconds) {
            const double start = now;
            backend.run({.call = call(), .operands = operands_, .output = out_.data()}, {});
            now = cpu_seconds();
            best_ = std::min(best_, now - start);
        }
        const auto* data = reinterpret_cast<const std::uint8_t*>(out_.data());
        root_ = tensor_root(output_, {data, output_.bytes()});
        best_root_ = std::min(best_root_, cpu_seconds() - now);
    }

    double best() const { return best_; }

    /// Of the whole step, with the root of its output.
    double step_seconds() const { return best_ + best_root_; }
    double gas_of_step() const {
        return static_cast<double>(step_gas(*find_operator(call_.op, 1), call()));
    }

private:
    const Call& call_;
    TensorType output_;
    Memory out_;
    std::vector<Memory> tensors_{};
    std::vector<const std::byte*> operands_{};
    std::size_t bytes_ = 0;
    double best_ = std::numeric_limits<double>::max();
    double best_root_ = std::numeric_limits<double>::max();
    Hash256 root_{};
};

/// Of half as many bytes: as many are read as are written.
double copy_seconds(std::size_t bytes) {
    Memory from(bytes / 2);
    Memory to(bytes / 2);
    double best = std::numeric_limits<double>::max();
    for (int i = 0; i < 10; ++i) {
        const double start = cpu_seconds();
        std::memcpy(to.data(), from.data(), bytes / 2);
        best = std::min(best, cpu_seconds() - start);
    }
    return best;
}

using Attributes = std::vector<std::int64_t>;

Attributes joined(Attributes attributes, const Attributes& more) {
    attributes.insert(attributes.end(), more.begin(), more.end());
    return attributes;
}

/// Of a plane: the same along both axes.
Attributes plane(std::int64_t window, std::int64_t stride, std::int64_t pad) {
    const Attributes axis{window, stride, 1, pad, pad};
    return joined(axis, axis);
}

Call conv(
    std::string name,
    std::uint64_t size,
    std::uint64_t channels,
    std::uint64_t outputs,
    std::uint64_t window,
    std::uint64_t stride,
    std::uint64_t groups
) {
    const auto pads = static_cast<std::int64_t>(window / 2);
    return {
        .name = std::move(name),
        .op = OpCode::conv_f32,
        .types =
            {{DType::f32, {1, size, size, channels}},
             {DType::f32, {outputs, window, window, channels / groups}}},
        .attributes = joined(
            plane(static_cast<std::int64_t>(window), static_cast<std::int64_t>(stride), pads),
            {static_cast<std::int64_t>(groups), 0, to_f32}
        ),
    };
}

void add_products(std::vector<Call>& calls) {
    const auto gemm = [&](std::string name,
                          OpCode op,
                          DType type,
                          std::array<std::uint64_t, 4> d,
                          const Attributes& attributes) {
        const auto [batch, m, n, k] = d;
        calls.push_back(
            {std::move(name), op, {{type, {batch, m, k}}, {type, {batch, n, k}}}, attributes}
        );
    };
    const Attributes plain{0, to_f32};
    gemm("gemm_f32 512^3", OpCode::gemm_f32, DType::f32, {1, 512, 512, 512}, plain);
    gemm("gemm_f32 1 row, K 1024", OpCode::gemm_f32, DType::f32, {1, 1, 1024, 1024}, plain);
    gemm("gemm_f32 1 row, K 64", OpCode::gemm_f32, DType::f32, {64, 1, 64, 64}, plain);
    gemm("gemm_f32 K 1", OpCode::gemm_f32, DType::f32, {1, 512, 512, 1}, plain);
    gemm("gemm_f32 2 by 2, K 2", OpCode::gemm_f32, DType::f32, {4096, 2, 2, 2}, plain);
    gemm("gemm_i8 512^3", OpCode::gemm_i8, DType::i8, {1, 512, 512, 512}, {0, 0});
    gemm("gemm_i8 1 row, K 1024", OpCode::gemm_i8, DType::i8, {1, 1, 1024, 1024}, {0, 0});
    for (const std::int64_t bits : {20, 22}) {
        const auto name = fmt::format("gemm_fx {} bits, ", bits);
        gemm(name + "512^3", OpCode::gemm_fx, DType::f32, {1, 512, 512, 512}, {bits});
        gemm(name + "K 64", OpCode::gemm_fx, DType::f32, {1, 512, 512, 64}, {bits});
        gemm(name + "K 8", OpCode::gemm_fx, DType::f32, {1, 512, 512, 8}, {bits});
        gemm(name + "1 row, K 1024", OpCode::gemm_fx, DType::f32, {1, 1, 1024, 1024}, {bits});
    }
}

void add_convolutions(std::vector<Call>& calls) {
    calls.push_back(conv("conv_f32 3x3, 64 to 64", 56, 64, 64, 3, 1, 1));
    calls.push_back(conv("conv_f32 7x7 by 2, 3 to 64", 224, 3, 64, 7, 2, 1));
    calls.push_back(conv("conv_f32 3x3, 64 to 1", 56, 64, 1, 3, 1, 1));
    calls.push_back(conv("conv_f32 3x3, 1 to 1", 224, 1, 1, 3, 1, 1));
    calls.push_back(conv("conv_f32 3x3, 32 groups of 4", 56, 128, 128, 3, 1, 32));
    calls.push_back(conv("conv_f32 3x3, 64 groups of 2", 56, 128, 128, 3, 1, 64));
    calls.push_back(conv("conv_f32 3x3, 128 groups", 56, 128, 128, 3, 1, 128));
    calls.push_back(conv("conv_f32 3x3 by 2, 128 groups", 56, 128, 128, 3, 2, 128));
    calls.push_back(conv("conv_f32 1x1, 128 groups", 56, 128, 128, 1, 1, 128));
    calls.push_back(conv("conv_f32 4x4 image, 3x3, 256 to 256", 4, 256, 256, 3, 1, 1));
    // The gradient of the input by stride 2: zeros between, the turned kernel over all.
    calls.push_back(conv("conv_f32 3x3, 128 to 64, spread", 57, 128, 64, 3, 1, 1));
}

void add_pools(std::vector<Call>& calls) {
    const Shape image{1, 112, 112, 64};
    const Shape half{1, 56, 56, 64};
    const auto pool = [&](std::string name, OpCode op, DType type, const Shape& x, Attributes of) {
        calls.push_back({std::move(name), op, {{type, x}}, std::move(of)});
    };
    for (const DType type :
         {DType::f32, DType::f16, DType::i8, DType::i32, DType::i64, DType::f64}) {
        const auto name = std::string(to_string(type));
        pool("max_pool 3x3 by 2, " + name, OpCode::max_pool, type, image, plane(3, 2, 1));
        pool(
            "max_pool_index 2x2 by 2, " + name, OpCode::max_pool_index, type, image, plane(2, 2, 0)
        );
    }
    pool("max_pool 2x2 by 2, f32", OpCode::max_pool, DType::f32, image, plane(2, 2, 0));
    pool("max_pool 3x3, f32", OpCode::max_pool, DType::f32, image, plane(3, 1, 1));
    const Shape one{1, 224, 224, 1};
    pool("max_pool 2x2 by 2, f32, 1 channel", OpCode::max_pool, DType::f32, one, plane(2, 2, 0));
    pool("max_pool 3x3, f32, 1 channel", OpCode::max_pool, DType::f32, one, plane(3, 1, 1));
    pool("max_pool 1x1, f32", OpCode::max_pool, DType::f32, image, plane(1, 1, 0));
    for (const DType type : {DType::f32, DType::f16}) {
        const auto name = std::string(to_string(type));
        const Attributes inside{0};
        pool(
            "avg_pool 2x2 by 2, " + name,
            OpCode::avg_pool,
            type,
            image,
            joined(plane(2, 2, 0), inside)
        );
        pool(
            "avg_pool 3x3, " + name, OpCode::avg_pool, type, image, joined(plane(3, 1, 1), inside)
        );
        pool(
            "avg_pool 7x7, all, " + name,
            OpCode::avg_pool,
            type,
            {1, 7, 7, 2048},
            joined(plane(7, 1, 0), inside)
        );
        pool(
            "avg_pool 56x56, all, " + name,
            OpCode::avg_pool,
            type,
            half,
            joined(plane(56, 1, 0), inside)
        );
        const TensorType dy{type, half};
        const TensorType index{DType::i64, half};
        const Attributes space{112, 112};
        calls.push_back(
            {"max_pool_grad 2x2 by 2, " + name,
             OpCode::max_pool_grad,
             {dy, index},
             joined(plane(2, 2, 0), space)}
        );
        calls.push_back(
            {"max_pool_grad 3x3 by 2, " + name,
             OpCode::max_pool_grad,
             {dy, index},
             joined(plane(3, 2, 1), space)}
        );
        calls.push_back(
            {"avg_pool_grad 2x2 by 2, " + name,
             OpCode::avg_pool_grad,
             {dy},
             joined(plane(2, 2, 0), {0, 112, 112})}
        );
        calls.push_back(
            {"avg_pool_grad 3x3, " + name,
             OpCode::avg_pool_grad,
             {dy},
             joined(plane(3, 1, 1), {0, 56, 56})}
        );
    }
}

void add_attention(std::vector<Call>& calls) {
    const TensorType rows{DType::f32, {8, 128, 64}};
    const TensorType keys{DType::f32, {8, 64, 64}};
    const TensorType state{DType::f32, {8, 128, 66}};
    calls.push_back(
        {"attention_block 64 keys", OpCode::attention_block, {rows, keys, keys}, {0x3c000000, 0}}
    );
    calls.push_back(
        {"attention_block, state",
         OpCode::attention_block,
         {rows, keys, keys, state},
         {0x3c000000, 1}}
    );
    calls.push_back({"attention_finish", OpCode::attention_finish, {state}, {}});
}

/// `part`: calls whose name has it, and the unit.
int run(cpu::Isa isa, const std::string& part) {
    if (!cpu::is_available(isa)) {
        return 0;
    }
    std::vector<Call> calls;
    add_products(calls);
    add_convolutions(calls);
    add_pools(calls);
    add_attention(calls);
    std::erase_if(calls, [&](const Call& call) {
        return &call != calls.data() && call.name.find(part) == std::string::npos;
    });
    std::vector<Run> runs;
    for (const Call& call : calls) {
        runs.emplace_back(call);
    }
    const auto backend = cpu::make_cpu_backend(isa);
    for (int turn = 0; turn < turns; ++turn) {
        for (Run& one : runs) {
            one.turn(*backend);
        }
    }
    const double unit = runs[0].best() / runs[0].gas();
    fmt::print("{}: {:.1f} gas/ns of gemm_f32\n", to_string(isa), 1e-9 / unit);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        fmt::print(
            "  {:<40} {:>9.1f} us {:>8.2f} of its price, {:>5.2f} of a step's {:>6.2f} of a copy\n",
            calls[i].name,
            runs[i].best() * 1e6,
            runs[i].best() / runs[i].gas() / unit,
            runs[i].step_seconds() / runs[i].gas_of_step() / unit,
            copy_seconds(static_cast<std::size_t>(runs[i].bytes())) / runs[i].best()
        );
    }
    return 0;
}

}  // namespace
}  // namespace steelyard::vm

int main(int argc, char** argv) {
    using steelyard::vm::cpu::Isa;
    const std::string part = argc > 1 ? argv[1] : "";
    return steelyard::vm::run(Isa::avx2, part) + steelyard::vm::run(Isa::avx512, part);
}
