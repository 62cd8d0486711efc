// false_worker: a worker whose every element is wrong, and who shows it openly.
//
//   false_worker run PROGRAM.svm FOLDER INPUT.npy...
//   false_worker prove PROGRAM.svm SEED PROBES FILE INPUT.npy...
//
// `run` writes FOLDER/NAME.npy of each output and says what it would commit, as
// `steelyard vm run -o json` does; `prove` writes the proof of that very run.
#include "base/hex.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/slow_run.h"
#include "vm/files/npy.h"
#include "vm/program/encoding.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace steelyard::vm {
namespace {

using namespace test;

template <typename T>
T good(Result<T> result) {
    if (!result) {
        fmt::print(stderr, "false_worker: {}\n", result.error().message());
        std::exit(1);
    }
    return *std::move(result);
}

Bytes read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        fmt::print(stderr, "false_worker: cannot open {}\n", path);
        std::exit(1);
    }
    return Bytes(std::istreambuf_iterator<char>(file), {});
}

void write_file(const std::string& path, ByteView bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(
        reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
    );
}

struct Work {
    CheckedProgram program;
    std::vector<TestTensor> inputs{};
    SlowRun run{};
};

Work work(const std::string& path, std::span<char*> inputs) {
    Work out{.program = checked(good(decode_program(read_file(path))))};
    for (const char* input : inputs) {
        FileTensor tensor = good(read_npy(read_file(input)));
        out.inputs.push_back({tensor.type, std::move(tensor.data)});
    }
    out.run = slow_run(out.program, out.inputs, flip_all);
    return out;
}

void run(const std::string& program, const std::string& folder, std::span<char*> inputs) {
    const Work done = work(program, inputs);
    for (std::size_t i = 0; i < done.run.outputs.size(); ++i) {
        const TestTensor& output = done.run.outputs[i];
        const std::string& name = done.program.program().outputs[i].name;
        write_file(folder + "/" + name + ".npy", write_npy(output.type, output.data));
    }
    fmt::print(
        "{{\"output_root\":\"{}\",\"trace_root\":\"{}\",\"steps\":{}}}\n",
        to_hex(done.run.outcome.output_root),
        to_hex(done.run.outcome.trace_root),
        done.run.outcome.steps
    );
}

void prove(std::span<char*> arguments) {
    const Work done = work(arguments[0], arguments.subspan(4));
    Hash256 seed{};
    if (!from_hex(arguments[1], seed)) {
        fmt::print(stderr, "false_worker: {} is no seed\n", arguments[1]);
        std::exit(1);
    }
    const auto probes = derive_probes(
        done.program,
        done.run.outcome,
        seed,
        static_cast<std::uint32_t>(std::strtoul(arguments[2], nullptr, 10))
    );
    write_file(arguments[3], encode_proof(slow_prove(done.program, done.inputs, done.run, probes)));
}

int main(std::span<char*> arguments) {
    const std::string_view command = arguments.size() < 4 ? "" : arguments[1];
    if (command == "run") {
        run(arguments[2], arguments[3], arguments.subspan(4));
    } else if (command == "prove" && arguments.size() >= 6) {
        prove(arguments.subspan(2));
    } else {
        fmt::print(stderr, "usage: see the head of false_worker.cpp\n");
        return 2;
    }
    return 0;
}

}  // namespace
}  // namespace steelyard::vm

int main(int argc, char** argv) {
    return steelyard::vm::main({argv, static_cast<std::size_t>(argc)});
}
