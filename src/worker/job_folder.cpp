#include "worker/job_folder.h"

#include "base/hex.h"
#include "files/posix_calls.h"
#include "files/private_file.h"
#include "vm/files/npy.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"
#include "worker/journal.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;

Result<Bytes> read_file(const fs::path& path, std::size_t size_max) {
    TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    if (file.bytes().size() > size_max) {
        return fail(
            ErrorCode::too_large,
            "{}: has {} bytes, limit {}",
            path.native(),
            file.bytes().size(),
            size_max
        );
    }
    return to_bytes(file.bytes());
}

/// Durable and whole, or not there. As large as a tensor may be, so it is in memory once.
Result<void> write_tensor(const fs::path& path, const vm::Tensor& tensor) {
    fs::path temporary = path;
    temporary += ".new";
    const std::string name = temporary.native();
    const files::Descriptor file(
        ::open(name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
    );
    if (file.number() < 0) {
        return files::system_error(name, "create");
    }
    TRY(files::write_all(file.number(), name, vm::write_npy_head(tensor.type)));
    TRY(files::write_all(file.number(), name, tensor.data));
    if (files::uninterrupted([&] { return ::fsync(file.number()); }) < 0) {
        return files::system_error(name, "sync");
    }
    std::error_code error;
    fs::rename(temporary, path, error);
    if (error) {
        return fail(ErrorCode::io, "{}: cannot replace: {}", path.native(), error.message());
    }
    return files::sync_parent(path);
}

ByteView bytes_of(const std::vector<Hash256>& hashes) {
    return {reinterpret_cast<const std::uint8_t*>(hashes.data()), hashes.size() * sizeof(Hash256)};
}

}  // namespace

std::string blob_file_name(const Hash256& id) {
    return to_hex(id) + ".npy";
}

Result<MappedTensor> map_tensor(const fs::path& path, const vm::TensorType& type) {
    TRY_ASSIGN(MappedFile file, MappedFile::open(path));
    const ByteView bytes = file.bytes();
    if (bytes.size() <= type.bytes()) {
        return invalid("{}: {} bytes are no {}", path.native(), bytes.size(), type.text());
    }
    const vm::TensorView view{.type = type, .data = bytes.last(type.bytes())};
    return MappedTensor{.file = std::move(file), .view = view};
}

Result<vm::CheckedProgram> read_program(ByteView bytes, const Hash256& id) {
    if (vm::program_id(bytes) != id) {
        return fail(ErrorCode::corrupt, "the program is not {}", to_hex(id));
    }
    TRY_ASSIGN(vm::Program program, vm::decode_program(bytes));
    return vm::CheckedProgram::check(std::move(program));
}

std::vector<vm::TensorType> output_types(const vm::CheckedProgram& program) {
    std::vector<vm::TensorType> out;
    for (const vm::Output& output : program.program().outputs) {
        out.push_back(program.type(output.value));
    }
    return out;
}

Result<JobFolder> JobFolder::open(const fs::path& path) {
    JobFolder out;
    out.path_ = path;
    TRY_ASSIGN(const Bytes record, read_file(path / record_file_name, record_size_max));
    TRY_ASSIGN(out.record_, decode_record(record));
    TRY_ASSIGN(const Bytes bytes, read_file(path / program_file_name, program_size_max));
    TRY_ASSIGN(auto program, read_program(bytes, out.record_.program));
    out.program_ = std::make_unique<const vm::CheckedProgram>(std::move(program));
    const auto& inputs = out.program_->program().inputs;
    if (inputs.size() != out.record_.inputs.size()) {
        return invalid("{} inputs for {} of the program", out.record_.inputs.size(), inputs.size());
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        TRY_ASSIGN(
            MappedTensor input,
            map_tensor(path / blob_file_name(out.record_.inputs[i]), inputs[i].type)
        );
        const Hash256 root = vm::tensor_root(inputs[i].type, input.view.data);
        if (vm::tensor_id(inputs[i].type, root) != out.record_.inputs[i]) {
            return invalid("input {} is not the blob that it was", inputs[i].name);
        }
        out.inputs_.push_back(input.view);
        out.mapped_.push_back(std::move(input));
    }
    return out;
}

Result<RunReport> JobFolder::write_result(
    const vm::RunResult& result, std::chrono::milliseconds took
) {
    RunReport report{
        .outcome = result.outcome, .milliseconds = static_cast<std::uint64_t>(took.count())
    };
    for (const vm::Tensor& output : result.outputs) {
        const Hash256 id = vm::tensor_id(output.type, vm::tensor_root(output.type, output.data));
        TRY(write_tensor(path_ / blob_file_name(id), output));
        report.outputs.push_back(id);
    }
    TRY(files::replace_private_file(path_ / leaves_file_name, bytes_of(result.step_leaves)));
    TRY(files::replace_private_file(path_ / report_file_name, encode_report(report)));
    return report;
}

Result<vm::RunResult> JobFolder::read_result() const {
    if (!record_.outcome) {
        return fail(ErrorCode::not_found, "the job has no outcome yet");
    }
    vm::RunResult out{.outcome = record_.outcome->outcome};
    TRY_ASSIGN(const MappedFile leaves, MappedFile::open(path_ / leaves_file_name));
    if (out.outcome.steps > program_->step_count() ||
        leaves.bytes().size() != out.outcome.steps * sizeof(Hash256)) {
        return fail(
            ErrorCode::corrupt,
            "{} bytes of leaves of {} steps",
            leaves.bytes().size(),
            out.outcome.steps
        );
    }
    out.step_leaves.resize(out.outcome.steps);
    if (!out.step_leaves.empty()) {
        std::memcpy(out.step_leaves.data(), leaves.bytes().data(), leaves.bytes().size());
    }
    if (out.outcome.fault) {
        return out;
    }
    const auto types = output_types(*program_);
    if (types.size() != record_.outcome->outputs.size()) {
        return fail(ErrorCode::corrupt, "the outcome has other outputs than the program");
    }
    for (std::size_t i = 0; i < types.size(); ++i) {
        TRY_ASSIGN(
            const MappedTensor output,
            map_tensor(path_ / blob_file_name(record_.outcome->outputs[i]), types[i])
        );
        out.outputs.push_back({.type = types[i], .data = to_bytes(output.view.data)});
    }
    return out;
}

std::vector<vm::Probe> JobFolder::probes(const vm::RunOutcome& outcome, const ProofTask& task)
    const {
    auto probes = vm::derive_probes(*program_, outcome, task.seed, vm::probe_count_max);
    probes.resize(std::min<std::size_t>(probes.size(), task.probes));
    return probes;
}

Result<void> JobFolder::write_proof(const vm::Proof& proof) {
    return files::replace_private_file(path_ / proof_file_name, vm::encode_proof(proof));
}

Result<RunReport> read_report_file(const fs::path& folder) {
    TRY_ASSIGN(const Bytes bytes, read_file(folder / report_file_name, record_size_max));
    return decode_report(bytes);
}

}  // namespace steelyard::worker
