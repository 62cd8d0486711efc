#include "worker/transfer.h"

#include "base/hex.h"
#include "files/posix_calls.h"
#include "files/private_file.h"
#include "steelyard/market/v1/query.pb.h"
#include "vm/files/npy.h"
#include "vm/trace/commitment.h"
#include "worker/job_folder.h"
#include "worker/needs.h"
#include "worker/node_port.h"

#include <fcntl.h>

#include <thread>

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;

constexpr auto poll_interval = std::chrono::milliseconds(250);

Result<void> check_stopped(const StopFlag& stop) {
    return stop ? fail(ErrorCode::denied, "stopped") : Result<void>();
}

struct FetchedProgram {
    vm::CheckedProgram program;
    Bytes bytes{};  ///< empty: its file is there
};

Result<FetchedProgram> fetch_program(NodePort& node, const FetchTask& task) {
    if (const auto file = MappedFile::open(task.folder / program_file_name)) {
        if (auto program = read_program(file->bytes(), task.record.program)) {
            return FetchedProgram{.program = *std::move(program)};
        }
    }
    market::v1::QueryProgramRequest request;
    request.set_program_id(std::string(as_text(task.record.program)));
    request.set_with_bytes(true);
    market::v1::QueryProgramResponse answer;
    TRY(node.query("/steelyard.market.v1.Query/Program", request, answer));
    if (answer.bytes().size() > program_size_max) {
        return fail(ErrorCode::too_large, "a program of {} bytes", answer.bytes().size());
    }
    const ByteView bytes = as_bytes(answer.bytes());
    TRY_ASSIGN(auto program, read_program(bytes, task.record.program));
    return FetchedProgram{.program = std::move(program), .bytes = to_bytes(bytes)};
}

/// Whether it is that tensor of that type: its id binds both.
bool is_tensor(const fs::path& path, const vm::TensorType& type, const Hash256& id) {
    const auto mapped = map_tensor(path, type);
    return mapped && vm::tensor_id(type, vm::tensor_root(type, mapped->view.data)) == id;
}

/// Of a file that is not what the program wants: whether it is at least what its id says. Then the
/// order names a tensor of another type.
bool is_other_tensor(const fs::path& path, const Hash256& id) {
    const auto file = MappedFile::open(path);
    const auto tensor =
        file ? vm::read_npy(file->bytes()) : Result<vm::FileTensor>(std::unexpected(file.error()));
    return tensor && vm::tensor_id(tensor->type, vm::tensor_root(tensor->type, tensor->data)) == id;
}

/// Waits until the node has it whole: the size of its file.
Result<std::uint64_t> wait_for_blob(NodePort& node, const Hash256& id, const StopFlag& stop) {
    while (true) {
        TRY(check_stopped(stop));
        TRY_ASSIGN(const BlobProgress progress, node.fetch_blob(id));
        if (progress.is_whole) {
            return progress.file_bytes;
        }
        std::this_thread::sleep_for(poll_interval);
    }
}

Result<void> download(
    NodePort& node,
    const Hash256& id,
    std::uint64_t size,
    const fs::path& path,
    const StopFlag& stop
) {
    const files::Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
    );
    if (file.number() < 0) {
        return files::system_error(path.native(), "create");
    }
    for (std::uint64_t offset = 0; offset < size;) {
        TRY(check_stopped(stop));
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(piece_size_max, size - offset));
        TRY_ASSIGN(const Bytes piece, node.read_blob(id, offset, wanted));
        if (piece.empty() || piece.size() > wanted) {
            return fail(
                ErrorCode::io, "{} bytes of blob {} for {}", piece.size(), to_hex(id), wanted
            );
        }
        TRY(files::write_all(file.number(), path.native(), piece));
        offset += piece.size();
    }
    if (files::uninterrupted([&] { return ::fsync(file.number()); }) < 0) {
        return files::system_error(path.native(), "sync");
    }
    return {};
}

/// One input, checked and under its name.
Result<std::optional<Refusal>> fetch_input(
    NodePort& node,
    const FetchTask& task,
    const vm::Input& input,
    const Hash256& id,
    const StopFlag& stop
) {
    const fs::path path = task.folder / blob_file_name(id);
    if (is_tensor(path, input.type, id)) {
        return std::optional<Refusal>();
    }
    const Refusal other_type{
        .reason = Decline::bad_input,
        .why = fmt::format("input {} is no {}", input.name, input.type.text()),
    };
    TRY_ASSIGN(const std::uint64_t size, wait_for_blob(node, id, stop));
    // Before a byte of it is fetched: a tensor of that type has a file of that size.
    constexpr std::uint64_t head_bytes_max = 1'024;
    if (size < input.type.bytes() || size > input.type.bytes() + head_bytes_max) {
        return std::optional(other_type);
    }
    fs::path part = path;
    part += ".part";
    TRY(download(node, id, size, part, stop));
    if (!is_tensor(part, input.type, id)) {
        if (is_other_tensor(part, id)) {
            return std::optional(other_type);
        }
        return fail(ErrorCode::io, "the node's blob {} is another", to_hex(id));
    }
    std::error_code error;
    fs::rename(part, path, error);
    if (error) {
        return fail(ErrorCode::io, "{}: cannot name: {}", path.native(), error.message());
    }
    TRY(files::sync_parent(path));
    return std::optional<Refusal>();
}

Result<void> upload(NodePort& node, const Hash256& id, const fs::path& path, const StopFlag& stop) {
    TRY_ASSIGN(const MappedFile file, MappedFile::open(path));
    const ByteView bytes = file.bytes();
    std::uint64_t offset = 0;
    while (true) {
        TRY(check_stopped(stop));
        const auto size = std::min<std::size_t>(piece_size_max, bytes.size() - offset);
        TRY_ASSIGN(
            const WriteProgress progress,
            node.write_blob(id, offset, bytes.size(), bytes.subspan(offset, size))
        );
        if (progress.is_whole) {
            return {};
        }
        if (progress.offset >= bytes.size() || progress.offset == offset) {
            return fail(
                ErrorCode::io, "the node wants byte {} of {}", progress.offset, bytes.size()
            );
        }
        offset = progress.offset;
    }
}

}  // namespace

Result<std::optional<Refusal>> fetch_job(
    NodePort& node, const FetchTask& task, const StopFlag& stop
) {
    const auto fetched = fetch_program(node, task);
    if (!fetched) {
        if (fetched.error().code() == ErrorCode::io) {
            return std::unexpected(fetched.error());
        }
        return std::optional(Refusal{.reason = Decline::other, .why = fetched.error().message()});
    }
    const vm::CheckedProgram& program = fetched->program;
    const auto& inputs = program.program().inputs;
    if (inputs.size() != task.record.inputs.size()) {
        return std::optional(Refusal{
            .reason = Decline::bad_input,
            .why = fmt::format("{} inputs for {}", task.record.inputs.size(), inputs.size()),
        });
    }
    const RunNeeds needs = needs_of(program, task.probes);
    if (auto lack = find_lack(needs, task.can, task.commit_ms)) {
        return lack;
    }
    if (auto lack =
            find_lack_of_disk(task.folder.parent_path(), needs.disk_bytes, task.can.disk_max)) {
        return lack;
    }
    if (!fetched->bytes.empty()) {
        TRY(files::replace_private_file(task.folder / program_file_name, fetched->bytes));
    }
    // All at once: a source may be gone when the first one has come. What fails is asked for again.
    for (const Hash256& id : task.record.inputs) {
        static_cast<void>(node.fetch_blob(id));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        TRY_ASSIGN(auto refusal, fetch_input(node, task, inputs[i], task.record.inputs[i], stop));
        if (refusal) {
            return refusal;
        }
    }
    return std::optional<Refusal>();
}

Result<void> upload_outputs(
    NodePort& node, const JobRecord& record, const fs::path& folder, const StopFlag& stop
) {
    if (!record.outcome) {
        return {};
    }
    for (const Hash256& id : record.outcome->outputs) {
        TRY(upload(node, id, folder / blob_file_name(id), stop));
    }
    return {};
}

}  // namespace steelyard::worker
