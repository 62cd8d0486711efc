// steelyard-train: trains a small network in the VM on Fashion-MNIST, on every instruction set.
#include "base/check.h"
#include "base/hex.h"
#include "base/thread_pool.h"
#include "contrib/examples/fashion-mnist/network.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/run/runner.h"

#include <zlib.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

namespace steelyard::vm::fashion {
namespace {

constexpr std::string_view usage = R"(usage: steelyard-train quick|full [ISA...]

Trains a small convolutional network by a program of the VM on Debian's dataset-fashion-mnist and
tests it by another. `full` learns all 60,000 images three times and must put 88 % of the 10,000 test
images into their class; `quick` learns 300 twice and tests 500. Every instruction set that is named,
or that the machine has, must give the same weights. Ends with 77 where the data is not installed.
)";

constexpr const char* data_folder = "/usr/share/datasets/fashion-mnist/";
constexpr int exit_skipped = 77;

/// What one of the two courses asks for.
struct Plan {
    Course course{};
    std::uint64_t test_images = 10'000;
    std::uint64_t right_min = 8'800;
};

/// A gzipped IDX file of bytes, without its header. Nothing if it is not there.
std::optional<Bytes> read_idx(const std::string& name, std::size_t header, std::size_t size) {
    gzFile file = gzopen((data_folder + name).c_str(), "rb");
    if (file == nullptr) {
        return std::nullopt;
    }
    Bytes bytes(header + size);
    const int got = gzread(file, bytes.data(), static_cast<unsigned int>(bytes.size()));
    gzclose(file);
    if (got < 0 || static_cast<std::size_t>(got) != bytes.size()) {
        return std::nullopt;
    }
    bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
    return bytes;
}

struct Data {
    Tensor images{};
    Tensor labels{};
};

std::optional<Data> read_data(const std::string& which, std::uint64_t images) {
    constexpr std::size_t images_header = 16;
    constexpr std::size_t labels_header = 8;
    const auto pixels =
        read_idx(which + "-images-idx3-ubyte.gz", images_header, images * image_side * image_side);
    const auto labels = read_idx(which + "-labels-idx1-ubyte.gz", labels_header, images);
    if (!pixels.has_value() || !labels.has_value()) {
        return std::nullopt;
    }
    Data data;
    data.images = {
        .type = {.dtype = DType::u8, .shape = Shape{images, image_side, image_side, 1}},
        .data = *pixels,
    };
    data.labels.type = {.dtype = DType::i64, .shape = Shape{images}};
    for (const std::uint8_t label : *labels) {
        const std::int64_t wide = label;
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&wide);
        data.labels.data.insert(data.labels.data.end(), bytes, bytes + sizeof(wide));
    }
    return data;
}

/// `Weight` has a type and data.
template <typename Weight>
std::vector<TensorView> views(const Data& data, const std::vector<Weight>& weights) {
    std::vector<TensorView> out = {data.images.view(), data.labels.view()};
    for (const Weight& weight : weights) {
        out.push_back({weight.type, weight.data});
    }
    return out;
}

/// What one instruction set made of it.
struct Learnt {
    Hash256 output_root{};
    Hash256 trace_root{};
    std::int64_t right = 0;
};

Result<RunResult> run_on(
    Program program, const std::vector<TensorView>& inputs, Backend& backend, ThreadPool& threads
) {
    TRY_ASSIGN(const CheckedProgram checked, CheckedProgram::check(std::move(program)));
    RunOptions options;
    options.backend = &backend;
    options.parallel = [&](std::size_t count, const auto& body) {
        threads.parallel_for(count, body);
    };
    return run(checked, inputs, options);
}

Result<Learnt> learn(const Plan& plan, const Data& train, const Data& test, cpu::Isa isa) {
    const auto backend = cpu::make_cpu_backend(isa);
    ThreadPool threads(std::thread::hardware_concurrency());
    const auto begin = std::chrono::steady_clock::now();
    TRY_ASSIGN(Program training, training_program(plan.course));
    const std::vector<FileTensor> first = first_weights();
    TRY_ASSIGN(
        RunResult trained, run_on(std::move(training), views(train, first), *backend, threads)
    );
    if (trained.outcome.fault.has_value()) {
        return invalid("training ended in a fault at step {}", trained.outcome.fault->step);
    }
    trained.outputs.pop_back();  // the loss
    TRY_ASSIGN(Program testing, test_program(plan.test_images, plan.course.batch));
    TRY_ASSIGN(
        const RunResult tested,
        run_on(std::move(testing), views(test, trained.outputs), *backend, threads)
    );
    Learnt learnt{
        .output_root = trained.outcome.output_root, .trace_root = trained.outcome.trace_root
    };
    std::memcpy(&learnt.right, tested.outputs.front().data.data(), sizeof(learnt.right));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    fmt::print(
        "{}: {} of {} right, {} steps, weights {}, {:.1f} s\n",
        to_string(isa),
        learnt.right,
        plan.test_images,
        trained.outcome.steps,
        to_hex(learnt.output_root),
        took.count()
    );
    std::fflush(stdout);
    return learnt;
}

Plan quick_plan() {
    return {
        .course = {.images = 300, .batch = 50, .epochs = 2},
        .test_images = 500,
        .right_min = 150,
    };
}

/// 0 where all agree and know enough.
int compare_all(const Plan& plan, const std::vector<cpu::Isa>& isas) {
    const auto train = read_data("train", plan.course.images);
    const auto test = read_data("t10k", plan.test_images);
    if (!train.has_value() || !test.has_value()) {
        fmt::print("skipped: {} has no images (package dataset-fashion-mnist)\n", data_folder);
        return exit_skipped;
    }
    std::optional<Learnt> first;
    for (const cpu::Isa isa : isas) {
        const Result<Learnt> learnt = learn(plan, *train, *test, isa);
        if (!learnt) {
            fmt::print("{}: {}\n", to_string(isa), learnt.error().message());
            return 1;
        }
        const bool same = !first.has_value() || (learnt->output_root == first->output_root &&
                                                 learnt->trace_root == first->trace_root);
        if (!same || learnt->right < static_cast<std::int64_t>(plan.right_min)) {
            fmt::print("{}: {}\n", to_string(isa), same ? "too few are right" : "it differs");
            return 1;
        }
        first = *learnt;
    }
    return 0;
}

int main_of(std::span<char* const> words) {
    const std::string_view which = words.empty() ? "" : words[0];
    if (which != "quick" && which != "full") {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    std::vector<cpu::Isa> isas;
    for (const std::string_view name : words.subspan(1)) {
        const Result<cpu::Isa> isa = cpu::isa_from_name(name);
        if (!isa) {
            fmt::print(stderr, "{}\n", isa.error().message());
            return 2;
        }
        isas.push_back(*isa);
    }
    if (isas.empty()) {
        using enum cpu::Isa;
        for (const cpu::Isa isa : {avx512, avx512_no_vnni, avx2, scalar, scalar_soft_fma}) {
            if (cpu::is_available(isa)) {
                isas.push_back(isa);
            }
        }
    }
    return compare_all(which == "quick" ? quick_plan() : Plan{}, isas);
}

}  // namespace
}  // namespace steelyard::vm::fashion

int main(int count, char** words) {
    return steelyard::vm::fashion::main_of({words + 1, static_cast<std::size_t>(count - 1)});
}
