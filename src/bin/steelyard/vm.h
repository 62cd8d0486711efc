// What the commands of `steelyard vm` share: programs, models, tensors and the machine.
#pragma once

#include "bin/steelyard/command.h"
#include "vm/files/safetensors.h"
#include "vm/files/tensor.h"
#include "vm/onnx/import.h"
#include "vm/run/held_inputs.h"

#include <map>

namespace steelyard {
class ThreadPool;
}

namespace steelyard::wallet {

constexpr std::uint64_t model_bytes_max = std::uint64_t{2} << 30;  ///< of a protobuf message

using Tensors = std::map<std::string, vm::Tensor, std::less<>>;

/// A program's file, and what an import of a model has to be told.
struct VmSource {
    std::string path{};                     ///< .svm or .onnx
    std::vector<std::string> dimensions{};  ///< NAME=N
    std::vector<std::string> shapes{};      ///< INPUT=1x3x32x32
    std::vector<std::string> constants{};   ///< INPUT=FILE.npy
    bool unbounded = false;                 ///< no bound for float outputs

    /// Initialisers of at most so many bytes become constants, others inputs.
    std::size_t constant_bytes_max = vm::onnx::ImportOptions().constant_bytes_max;

    bool is_model() const { return path.ends_with(".onnx"); }
};

/// The options of a VmSource: its file, and those of an import.
void add_source(CLI::App& command, VmSource& source);
void add_import_options(CLI::App& command, VmSource& source);

/// Errors of a model besides those of its file: nodes that are not supported (Exit::unsupported),
/// inputs whose elements decide shapes. `inputs` bind shapes; none for an import that does not run.
Outcome<vm::onnx::ImportedModel> import_source(const VmSource& source, const Tensors* inputs);

/// A program with the tensors that are known with it.
struct VmProgram {
    vm::CheckedProgram checked;
    vm::Hash256 id{};
    Tensors weights{};                          ///< by the program's name of an input
    std::string weights_file{};                 ///< where they are looked for; of a model nowhere
    std::vector<vm::onnx::NamePair> renamed{};  ///< inputs of a model
    std::vector<vm::onnx::NamePair> bound{};    ///< those whose elements its import took
};

/// One that was made here, without weights.
Outcome<VmProgram> as_program(vm::Program program);

/// A program's weights, if it has any, are in the file beside it: P.safetensors for P.svm.
Outcome<VmProgram> load_program(const VmSource& source, const Tensors* inputs);

std::string weights_path(std::string_view program_path);

// What an import writes beside the weights: the program's id, and the id of each weight by name.
constexpr std::string_view weights_program_key = "steelyard program";
constexpr std::string_view weights_id_key = "steelyard id ";

/// The tensor's id (doc/spec/vm-trace.md, C3) in hex.
std::string weight_id(const vm::Tensor& tensor);

/// What a run is given: NAME=FILE, and files that hold several tensors by name.
struct VmInputs {
    std::vector<std::string> single{};   ///< NAME=FILE.npy, or NAME=FILE with bare elements
    std::vector<std::string> several{};  ///< FILE.npz or FILE.safetensors
};

void add_inputs(CLI::App& command, VmInputs& inputs);

/// One tensor. Errors name the file.
Outcome<vm::Tensor> read_npy_file(const std::string& path);

/// Everything but files of bare elements, which only a program has a type for.
Outcome<Tensors> read_inputs(const VmInputs& inputs);

/// The tensors of the program's inputs in its order: out of `given`, out of files of bare elements,
/// and of its weights. Errors: an input that nobody brings, a tensor that the program does not
/// take.
Outcome<std::vector<vm::Tensor>> gather_inputs(
    VmProgram& program, const VmInputs& inputs, Tensors given
);

/// The tensors that the options name, given and of bare elements, added to `tensors` by the
/// program's names of its inputs. Errors: as of a bare file.
Outcome<void> add_named_inputs(
    const VmProgram& program, const VmInputs& inputs, Tensors given, Tensors& tensors
);

using vm::HeldInputs;

/// The machine's part of a run.
struct VmMachine {
    std::size_t threads = 0;       ///< 0: as many as the machine has
    std::string isa{};             ///< empty: the best
    std::uint64_t memory_max = 0;  ///< bytes of a run; 0: as many as the machine has
};

void add_machine(CLI::App& command, VmMachine& machine);

/// Backend, threads and progress of a run, ready to use.
class VmRun {
public:
    static Outcome<std::unique_ptr<VmRun>> make(const VmMachine& machine);
    ~VmRun();

    /// Progress goes to standard error if that is a terminal.
    vm::RunOptions options(const vm::CheckedProgram& program);

    /// Ends the line of the progress.
    void finish_progress();

private:
    VmRun();

    std::unique_ptr<vm::Backend> backend_;
    std::unique_ptr<ThreadPool> pool_;
    std::uint64_t memory_max_ = 0;
    bool shows_progress_ = false;
};

/// "NAME=VALUE"
Outcome<std::pair<std::string, std::string>> split_pair(const std::string& text);

/// What a reader says of a file.
std::unexpected<Complaint> in_file(const std::string& path, const Error& error);

// Regular files of any size that is allowed; errors: not_found, too_large, io.
Outcome<Bytes> read_bytes(const std::string& path, std::uint64_t size_max);
/// Adds its tensors one by one: nothing is in memory twice.
Outcome<vm::SafetensorsMetadata> read_safetensors_file(const std::string& path, Tensors& tensors);

Outcome<void> write_bytes(const std::string& path, ByteView bytes);

/// The 64 hex digits of a hash.
Outcome<vm::Hash256> parse_hash(std::string_view what, std::string_view text);

// The groups of commands.
void add_vm_programs(CLI::App& vm, Context& context);  ///< inspect, check, import
void add_vm_export(CLI::App& vm, Context& context);    ///< export
void add_vm_runs(CLI::App& vm, Context& context);      ///< run, trace
void add_vm_proofs(CLI::App& vm, Context& context);    ///< prove, verify
void add_vm_bench(CLI::App& vm, Context& context);     ///< bench

}  // namespace steelyard::wallet
