// JobFolder: a job's program, inputs, outputs and proof as files; what worker and child share.
#pragma once

#include "vm/check/checked_program.h"
#include "vm/run/runner.h"
#include "vm/trace/proof.h"
#include "worker/mapped_file.h"
#include "worker/record.h"

namespace steelyard::worker {

/// The most bytes of a program's file.
inline constexpr std::size_t program_size_max = std::size_t{16} << 20;

// Names of files in a job's folder, beside job.pb.
inline constexpr std::string_view program_file_name = "program.svm";
inline constexpr std::string_view report_file_name = "outcome.pb";
inline constexpr std::string_view leaves_file_name = "leaves";
inline constexpr std::string_view proof_file_name = "proof";

/// "ID.npy": an input or an output.
std::string blob_file_name(const Hash256& id);

/// A tensor's file, mapped.
struct MappedTensor {
    MappedFile file{};
    vm::TensorView view{};
};

/// The canonical file of a tensor of that type (B2 of doc/spec/blobs.md), whose content is not
/// looked at. Errors: another size (invalid).
Result<MappedTensor> map_tensor(const std::filesystem::path& path, const vm::TensorType& type);

/// The program whose id it is. Errors: another one (corrupt), one that breaks a rule of the VM.
Result<vm::CheckedProgram> read_program(ByteView bytes, const Hash256& id);

/// The types of a program's outputs, in its order.
std::vector<vm::TensorType> output_types(const vm::CheckedProgram& program);

class JobFolder {
public:
    /// Reads record and program and maps the inputs. Errors: of a file; invalid where inputs are
    /// not the program's.
    static Result<JobFolder> open(const std::filesystem::path& path);

    const JobRecord& record() const { return record_; }
    const vm::CheckedProgram& program() const { return *program_; }
    const std::vector<vm::TensorView>& inputs() const { return inputs_; }

    /// Outputs, leaves, and last the report, each durable and whole or not there.
    Result<RunReport> write_result(const vm::RunResult& result, std::chrono::milliseconds took);

    /// What a run gave, for a proof. Errors: files that are not those of the report (corrupt).
    Result<vm::RunResult> read_result() const;

    /// The probes of a task: as the chain takes them, the first of all that come to something.
    std::vector<vm::Probe> probes(const vm::RunOutcome& outcome, const ProofTask& task) const;

    Result<void> write_proof(const vm::Proof& proof);

private:
    JobFolder() = default;

    std::filesystem::path path_{};
    JobRecord record_{};
    std::unique_ptr<const vm::CheckedProgram> program_{};
    std::vector<MappedTensor> mapped_{};
    std::vector<vm::TensorView> inputs_{};
};

/// What outcome.pb says. Errors: not_found, or bytes that are none.
Result<RunReport> read_report_file(const std::filesystem::path& folder);

}  // namespace steelyard::worker
