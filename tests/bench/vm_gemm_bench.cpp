// Products of the VM by each instruction set, against OpenBLAS and oneDNN where they are installed.
// All variants of a shape take turns on one thread; a figure is the least CPU time of all turns.
// ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI keeps oneDNN from the matrix unit (AMX).
#include "base/random.h"
#include "vm/backend/cpu/cpu_backend.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#ifdef STEELYARD_HAVE_OPENBLAS
#include <cblas-openblas.h>
#endif
#ifdef STEELYARD_HAVE_DNNL
#include <dnnl.hpp>
extern "C" void omp_set_num_threads(int) __attribute__((weak));
#endif

namespace steelyard::vm {
namespace {

constexpr auto f32_number = static_cast<std::int64_t>(DType::f32);
constexpr double turn_seconds = 0.05;
constexpr int turns = 12;

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Variant {
    std::string name{};
    std::function<void()> run{};
    double best = std::numeric_limits<double>::max();
};

/// Memory that begins at a multiple of 64 bytes.
class Memory {
public:
    explicit Memory(std::size_t size) : bytes_(size + 64) {
        SeededRandom(size).fill(bytes_);
        offset_ = 64 - reinterpret_cast<std::uintptr_t>(bytes_.data()) % 64;
    }

    template <typename T>
    T* as() {
        return reinterpret_cast<T*>(bytes_.data() + offset_);
    }

private:
    Bytes bytes_;
    std::size_t offset_ = 0;
};

Memory random_f32(std::size_t count) {
    Memory memory(count * sizeof(float));
    for (std::size_t i = 0; i < count; ++i) {
        const auto bits = memory.as<std::uint32_t>()[i];
        memory.as<float>()[i] = static_cast<float>(bits % 4096) / 1024.0F - 2.0F;
    }
    return memory;
}

/// `work` is what one run does, in billions of operations.
void compare(const std::string& title, double work, std::vector<Variant> variants) {
    for (int turn = 0; turn < turns; ++turn) {
        for (Variant& variant : variants) {
            const double begin = cpu_seconds();
            double now = begin;
            while (now - begin < turn_seconds) {
                const double start = now;
                variant.run();
                now = cpu_seconds();
                variant.best = std::min(variant.best, now - start);
            }
        }
    }
    fmt::print("{}\n", title);
    for (const Variant& variant : variants) {
        fmt::print(
            "  {:<16} {:>9.3f} ms {:>8.1f} G/s  {:.2f} of the last\n",
            variant.name,
            variant.best * 1e3,
            work / variant.best,
            variants.back().best / variant.best
        );
    }
}

/// The VM's own variants of a call.
struct OwnCall {
    std::vector<TensorType> types{};
    std::vector<std::int64_t> attributes{};
    std::vector<const std::byte*> operands{};
    TensorType output{};
    Memory memory;

    OwnCall(
        OpCode op,
        std::vector<TensorType> operand_types,
        std::vector<std::int64_t> values,
        std::vector<const void*> data
    )
        : types(std::move(operand_types)),
          attributes(std::move(values)),
          output(find_operator(op, 1)->infer(types, attributes).value()),
          memory(output.bytes()) {
        for (const void* pointer : data) {
            operands.push_back(static_cast<const std::byte*>(pointer));
        }
        for (const auto isa : {cpu::Isa::avx2, cpu::Isa::avx512_no_vnni, cpu::Isa::avx512}) {
            if (cpu::is_available(isa)) {
                variants.push_back({.name = std::string(to_string(isa)), .run = runner(op, isa)});
            }
        }
    }

    std::function<void()> runner(OpCode op, cpu::Isa isa) {
        const std::shared_ptr<Backend> backend = cpu::make_cpu_backend(isa);
        return [this, op, backend] {
            const NodeCall call{
                .op = op, .operands = types, .output = output, .attributes = attributes
            };
            backend->run(
                {.call = call, .operands = operands, .output = memory.as<std::byte>()}, {}
            );
        };
    }

    std::vector<Variant> variants{};
};

void floats(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
    Memory a = random_f32(m * k);
    Memory b = random_f32(n * k);
    OwnCall own(
        OpCode::gemm_f32,
        {{DType::f32, {m, k}}, {DType::f32, {n, k}}},
        {0, f32_number},
        {a.as<void>(), b.as<void>()}
    );
#ifdef STEELYARD_HAVE_OPENBLAS
    Memory c(m * n * sizeof(float));
    const auto rows = static_cast<blasint>(m);
    const auto columns = static_cast<blasint>(n);
    const auto depth = static_cast<blasint>(k);
    own.variants.push_back({.name = "OpenBLAS", .run = [&] {
                                cblas_sgemm(
                                    CblasRowMajor,
                                    CblasNoTrans,
                                    CblasTrans,
                                    rows,
                                    columns,
                                    depth,
                                    1.0F,
                                    a.as<float>(),
                                    depth,
                                    b.as<float>(),
                                    depth,
                                    0.0F,
                                    c.as<float>(),
                                    columns
                                );
                            }});
#endif
    const double work = 2e-9 * static_cast<double>(m * n * k);
    compare(fmt::format("gemm_f32 {} x {} x {}", m, n, k), work, own.variants);
}

void bytes(std::uint64_t m, std::uint64_t n, std::uint64_t k) {
    Memory a(m * k);
    Memory b(n * k);
    OwnCall own(
        OpCode::gemm_i8,
        {{DType::i8, {m, k}}, {DType::i8, {n, k}}},
        {0, 0},
        {a.as<void>(), b.as<void>()}
    );
#ifdef STEELYARD_HAVE_DNNL
    Memory c(m * n * sizeof(std::int32_t));
    const auto rows = static_cast<dnnl_dim_t>(m);
    const auto columns = static_cast<dnnl_dim_t>(n);
    const auto depth = static_cast<dnnl_dim_t>(k);
    const std::int32_t zero = 0;
    own.variants.push_back({.name = "oneDNN", .run = [&] {
                                dnnl_gemm_s8s8s32(
                                    'N',
                                    'T',
                                    'F',
                                    rows,
                                    columns,
                                    depth,
                                    1.0F,
                                    a.as<std::int8_t>(),
                                    depth,
                                    0,
                                    b.as<std::int8_t>(),
                                    depth,
                                    0,
                                    0.0F,
                                    c.as<std::int32_t>(),
                                    columns,
                                    &zero
                                );
                            }});
#endif
    const double work = 2e-9 * static_cast<double>(m * n * k);
    compare(fmt::format("gemm_i8 {} x {} x {}", m, n, k), work, own.variants);
}

void fixed_point(std::uint64_t m, std::uint64_t n, std::uint64_t k, std::int64_t bits) {
    Memory a = random_f32(m * k);
    Memory b = random_f32(n * k);
    const std::vector<TensorType> types{{DType::f32, {m, k}}, {DType::f32, {n, k}}};
    const std::vector<const void*> data{a.as<void>(), b.as<void>()};
    OwnCall own(OpCode::gemm_fx, types, {bits}, data);
    OwnCall plain(OpCode::gemm_f32, types, {0, f32_number}, data);
    own.variants.push_back(plain.variants.back());
    own.variants.back().name = "gemm_f32";
    const double work = 2e-9 * static_cast<double>(m * n * k);
    compare(fmt::format("gemm_fx {} x {} x {}, {} bits", m, n, k, bits), work, own.variants);
}

/// A square image, a square window, pads that keep the size where the stride is 1.
struct Image {
    std::uint64_t size = 0;
    std::uint64_t channels = 0;
    std::uint64_t window = 0;
    std::uint64_t stride = 1;
    std::uint64_t outputs = 0;
    std::uint64_t groups = 1;
};

#ifdef STEELYARD_HAVE_DNNL
std::function<void()> peer(const Image& i, float* x, float* y) {
    using dnnl::memory;
    const auto d = [](std::uint64_t size) { return static_cast<memory::dim>(size); };
    const memory::dim pad = d(i.window / 2);
    const memory::dim out = d((i.size - 1) / i.stride + 1);
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    const auto nhwc = memory::format_tag::nhwc;
    const auto type = memory::data_type::f32;
    const memory::desc source({1, d(i.channels), d(i.size), d(i.size)}, type, nhwc);
    const memory::dims filter{
        d(i.groups), d(i.outputs / i.groups), d(i.channels / i.groups), d(i.window), d(i.window)
    };
    const memory::desc weights(filter, type, memory::format_tag::any);
    const memory::desc target({1, d(i.outputs), out, out}, type, nhwc);
    const memory::dims strides{d(i.stride), d(i.stride)};
    const dnnl::convolution_forward::primitive_desc description(
        dnnl::convolution_forward::desc(
            dnnl::prop_kind::forward_inference,
            dnnl::algorithm::convolution_direct,
            source,
            weights,
            target,
            strides,
            {pad, pad},
            {pad, pad}
        ),
        engine
    );
    const memory packed(description.weights_desc(), engine);
    std::fill_n(
        static_cast<float*>(packed.get_data_handle()),
        description.weights_desc().get_size() / sizeof(float),
        0.5F
    );
    const dnnl::convolution_forward convolution(description);
    return [=] {
        dnnl::stream stream(engine);
        convolution.execute(
            stream,
            {{DNNL_ARG_SRC, memory(source, engine, x)},
             {DNNL_ARG_WEIGHTS, packed},
             {DNNL_ARG_DST, memory(target, engine, y)}}
        );
        stream.wait();
    };
}
#endif

void convolutions(const Image& i) {
    const auto s = [](std::uint64_t size) { return static_cast<std::int64_t>(size); };
    Memory x = random_f32(i.size * i.size * i.channels);
    Memory w = random_f32(i.outputs * i.window * i.window * i.channels / i.groups);
    const std::int64_t pad = s(i.window / 2);
    OwnCall own(
        OpCode::conv_f32,
        {{DType::f32, {1, i.size, i.size, i.channels}},
         {DType::f32, {i.outputs, i.window, i.window, i.channels / i.groups}}},
        {s(i.window),
         s(i.stride),
         1,
         pad,
         pad,
         s(i.window),
         s(i.stride),
         1,
         pad,
         pad,
         s(i.groups),
         0,
         f32_number},
        {x.as<void>(), w.as<void>()}
    );
    const std::uint64_t out = (i.size - 1) / i.stride + 1;
    const double work =
        2e-9 *
        static_cast<double>(out * out * i.outputs * i.window * i.window * i.channels / i.groups);
#ifdef STEELYARD_HAVE_DNNL
    Memory y(out * out * i.outputs * sizeof(float));
    own.variants.push_back({.name = "oneDNN", .run = peer(i, x.as<float>(), y.as<float>())});
#endif
    const std::string title = fmt::format(
        "conv_f32 {0} x {0} x {1}, window {2}, stride {3}, to {4}, {5} groups",
        i.size,
        i.channels,
        i.window,
        i.stride,
        i.outputs,
        i.groups
    );
    compare(title, work, own.variants);
}

/// One element by its rule alone, as a verifier computes it.
void single_elements() {
    const std::uint64_t k = 4096;
    Memory a = random_f32(k);
    Memory b = random_f32(k);
    OwnCall own(
        OpCode::gemm_f32,
        {{DType::f32, {1, k}}, {DType::f32, {1, k}}},
        {0, f32_number},
        {a.as<void>(), b.as<void>()}
    );
    own.variants = {
        {.name = "software fma", .run = own.runner(OpCode::gemm_f32, cpu::Isa::scalar_soft_fma)},
        {.name = "processor's fma", .run = own.runner(OpCode::gemm_f32, cpu::Isa::scalar)},
    };
    compare("one element of gemm_f32, K = 4096", 2e-9 * static_cast<double>(k), own.variants);
}

int run(const std::string& only) {
#ifdef STEELYARD_HAVE_OPENBLAS
    openblas_set_num_threads(1);
#endif
#ifdef STEELYARD_HAVE_DNNL
    if (omp_set_num_threads != nullptr) {
        omp_set_num_threads(1);
    }
#endif
    const auto wanted = [&](const std::string& part) { return only.empty() || only == part; };
    if (wanted("probe")) {
        single_elements();
    }
    if (wanted("f32")) {
        floats(1024, 1024, 1024);
        floats(4096, 512, 1024);
        floats(128, 4096, 4096);
        floats(1, 4096, 4096);
        floats(8, 4096, 1024);
        floats(1000, 1, 1000);
    }
    if (wanted("i8")) {
        bytes(1024, 1024, 1024);
        bytes(128, 4096, 4096);
        bytes(1, 4096, 4096);
        bytes(4096, 1, 4096);
    }
    if (wanted("fx")) {
        fixed_point(512, 512, 2048, 20);
        fixed_point(512, 512, 2048, 22);
    }
    if (wanted("conv")) {
        convolutions({.size = 56, .channels = 64, .window = 3, .outputs = 64});
        convolutions({.size = 14, .channels = 256, .window = 3, .outputs = 256});
        convolutions({.size = 56, .channels = 64, .window = 1, .outputs = 256});
        convolutions({.size = 224, .channels = 3, .window = 7, .stride = 2, .outputs = 64});
        convolutions({.size = 112, .channels = 32, .window = 3, .outputs = 32, .groups = 32});
        convolutions({.size = 56, .channels = 128, .window = 3, .outputs = 128, .groups = 32});
        convolutions({.size = 28, .channels = 256, .window = 3, .outputs = 256, .groups = 8});
        convolutions({.size = 56, .channels = 64, .window = 3, .outputs = 4});
    }
    return 0;
}

}  // namespace
}  // namespace steelyard::vm

int main(int argc, char** argv) {
    return steelyard::vm::run(argc > 1 ? argv[1] : "");
}
