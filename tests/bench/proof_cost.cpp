// What a run takes of a processor, and beside it its trace, a proof of it and the verification of
// that proof as the market's validators do it. For proof_overhead.
#include "base/check.h"
#include "base/random.h"
#include "ledger/params/params.h"
#include "node/verifier/vm_verifier.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "vm/files/npy.h"
#include "vm/files/safetensors.h"
#include "vm/program/encoding.h"
#include "vm/run/held_inputs.h"
#include "vm/run/prover.h"
#include "vm/trace/commitment.h"

#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <map>

namespace steelyard::node {
namespace {

constexpr std::string_view usage =
    R"(usage: proof_cost ROUNDS PROGRAM.svm [FILE.safetensors | NAME=FILE.npy]...

Runs the program on one thread with a trace and without, proves what challenges with the chain's
default parameters ask for, each with a seed of its own, and judges the proofs, ROUNDS times in
turn. Prints JSON: the least CPU seconds of a run, and of proofs and judgements the mean.
)";

/// Stops the program with a sentence.
[[noreturn]] void give_up(std::string_view why) {
    fmt::print(stderr, "proof_cost: {}\n", why);
    std::exit(1);
}

template <typename T>
T must(Result<T> result, std::string_view what) {
    if (!result) {
        give_up(fmt::format("{}: {}", what, result.error().message()));
    }
    return *std::move(result);
}

double cpu_seconds() {
    timespec now{};
    CHECK(::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <typename Work>
double time_of(const Work& work) {
    const double begin = cpu_seconds();
    work();
    return cpu_seconds() - begin;
}

Bytes read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        give_up(fmt::format("cannot read {}", path));
    }
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

using Tensors = std::map<std::string, vm::Tensor, std::less<>>;

void add_tensors(Tensors& tensors, const std::string& word) {
    const std::size_t at = word.find('=');
    if (at != std::string::npos) {
        vm::FileTensor tensor = must(vm::read_npy(read_file(word.substr(at + 1))), word);
        tensors[word.substr(0, at)] = {.type = tensor.type, .data = std::move(tensor.data)};
        return;
    }
    const Bytes file = read_file(word);
    for (const vm::TensorSlice& slice : must(vm::read_safetensors(file), word)) {
        tensors[slice.name] = {
            .type = slice.type, .data = Bytes(slice.data.begin(), slice.data.end())
        };
    }
}

/// Least times, or sums of them.
struct Times {
    double untraced = 1e9;
    double traced = 1e9;
    double prove = 0;
    double judge = 0;
    double judge_anew = 0;  ///< the program is read first
    double size = 0;        ///< what a challenge is cut to
    double admit = 1e9;
    std::uint64_t proof_bytes = 0;
    std::uint64_t proof_gas = 0;
    std::uint64_t worst_gas = 0;
    std::uint64_t probes = 0;
};

/// A program with its inputs, run, proven and judged.
class Bench {
public:
    Bench(Bytes bytes, Tensors tensors)
        : bytes_(std::move(bytes)),
          program_(must(
              vm::CheckedProgram::check(must(vm::decode_program(bytes_), "the program")),
              "the program"
          )) {
        std::vector<vm::Tensor> ordered;
        for (const vm::Input& input : program_.program().inputs) {
            const auto found = tensors.find(input.name);
            if (found == tensors.end()) {
                give_up(fmt::format("nobody brings the input \"{}\"", input.name));
            }
            vm::Tensor& tensor = found->second;
            ids_.push_back(vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data)));
            ordered.push_back(std::move(tensor));
        }
        inputs_ = must(vm::HeldInputs::hold(std::move(ordered)), "the inputs");
        options_.backend = backend_.get();
    }

    void round() {
        times_.untraced = std::min(times_.untraced, time_of_run(false));
        times_.traced = std::min(times_.traced, time_of_run(true));
        random_.fill(seed_);
        challenge();
        prove();
        judge();
    }

    std::string json(std::uint32_t rounds) const {
        const auto mean = [&](auto value) { return static_cast<double>(value) / rounds; };
        return fmt::format(
            R"({{"gas":{},"work_units":{},"steps":{},"program_bytes":{},"untraced":{:.9f},"traced":{:.9f},)"
            R"("prove":{:.9f},"judge":{:.9f},"judge_anew":{:.9f},"size":{:.9f},"admit":{:.9f},)"
            R"("proof_bytes":{:.0f},"proof_gas":{:.0f},"worst_gas":{:.0f},"probes":{:.1f}}})"
            "\n",
            program_.gas(),
            program_.work_units(),
            program_.step_count(),
            bytes_.size(),
            times_.untraced,
            times_.traced,
            mean(times_.prove),
            mean(times_.judge),
            mean(times_.judge_anew),
            mean(times_.size),
            times_.admit,
            mean(times_.proof_bytes),
            mean(times_.proof_gas),
            mean(times_.worst_gas),
            mean(times_.probes)
        );
    }

private:
    double time_of_run(bool is_traced) {
        options_.trace = is_traced;
        const double seconds = time_of([&] {
            result_ = must(vm::run(program_, inputs_.views(), options_), "the run");
        });
        if (result_.outcome.fault) {
            give_up("the run ends in a fault");
        }
        return seconds;
    }

    market::ProgramSource source() const {
        return {.id = vm::program_id(bytes_), .bytes = [this] { return bytes_; }};
    }

    market::Claim claim() const {
        return {
            .inputs = ids_,
            .output_root = result_.outcome.output_root,
            .trace_root = result_.outcome.trace_root,
            .steps = result_.outcome.steps,
        };
    }

    market::ProofLimits limits() const {
        return {
            .probes = params_.probes,
            .bytes = params_.proof_bytes_max,
            .gas = params_.proof_gas_max,
        };
    }

    void challenge() {
        times_.admit = std::min(times_.admit, time_of([&] {
                                    must(verifier_.admit(bytes_, limits()), "the program");
                                }));
        const market::ProgramSource program = source();
        static_cast<void>(verifier_.size_of(program, claim(), seed_, limits()));  // remembered now
        times_.size +=
            time_of([&] { size_ = verifier_.size_of(program, claim(), seed_, limits()); });
        times_.probes += size_.probes;
        times_.worst_gas += size_.gas;
    }

    /// As a worker's child: the probes, the second run, the proof and its bytes.
    void prove() {
        options_.trace = true;
        times_.prove += time_of([&] {
            const auto probes =
                VmVerifier::probes_of(program_, result_.outcome, seed_, size_.probes);
            proof_ = vm::encode_proof(
                must(vm::prove(program_, inputs_.views(), result_, probes, options_), "the proof")
            );
        });
        times_.proof_bytes += proof_.size();
    }

    void judge() {
        const market::ProgramSource program = source();
        times_.judge += time_of([&] { must_be_right(verifier_, program); });
        const VmVerifier fresh;
        times_.judge_anew += time_of([&] { must_be_right(fresh, program); });
        times_.proof_gas += proof_gas_;
    }

    void must_be_right(const VmVerifier& verifier, const market::ProgramSource& program) {
        const auto judgement = verifier.judge(program, claim(), seed_, size_, proof_);
        if (judgement.verdict != market::ProofVerdict::right) {
            give_up(fmt::format("the proof is refused: {}", judgement.reason));
        }
        proof_gas_ = judgement.gas;
    }

    const Bytes bytes_;
    const vm::CheckedProgram program_;
    const ledger::MarketParams params_{};
    const VmVerifier verifier_{};
    std::unique_ptr<vm::Backend> backend_ = vm::cpu::make_cpu_backend(vm::cpu::best_isa());
    vm::RunOptions options_{};
    vm::HeldInputs inputs_{};
    std::vector<vm::Hash256> ids_{};
    SeededRandom random_{1};
    vm::RunResult result_{};
    vm::Hash256 seed_{};
    market::ChallengeSize size_{};
    Bytes proof_{};
    std::uint64_t proof_gas_ = 0;
    Times times_{};
};

int main_of(std::span<char* const> words) {
    const int rounds = words.size() < 2 ? 0 : std::atoi(words[0]);
    if (rounds < 1 || rounds > 10'000) {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    Tensors tensors;
    for (const char* const word : words.subspan(2)) {
        add_tensors(tensors, word);
    }
    Bench bench(read_file(words[1]), std::move(tensors));
    for (int round = 0; round < rounds; ++round) {
        bench.round();
    }
    fmt::print("{}", bench.json(static_cast<std::uint32_t>(rounds)));
    return 0;
}

}  // namespace
}  // namespace steelyard::node

int main(int count, char** words) {
    return steelyard::node::main_of({words + 1, static_cast<std::size_t>(count - 1)});
}
