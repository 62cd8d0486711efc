#include "worker/needs.h"

#include "base/checked.h"
#include "worker/job_folder.h"

#include <sys/statvfs.h>

#include <algorithm>

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;

/// Beside its content: the head of a tensor's file.
constexpr std::uint64_t head_bytes_max = 1'024;
/// What stays free of a disk.
constexpr std::uint64_t disk_reserve = std::uint64_t{64} << 20;

/// Of a process, whatever it computes; and of each of its threads: a stack, and what the allocator
/// sets aside for it.
constexpr std::uint64_t process_bytes = std::uint64_t{1} << 30;
constexpr std::uint64_t thread_bytes = std::uint64_t{192} << 20;

std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
    return checked_add(a, b).value_or(~std::uint64_t{0});
}

/// The most that probes can open: each opens the operands and the output of a step.
std::uint64_t opened_bytes(const vm::CheckedProgram& program, std::uint32_t probes) {
    std::uint64_t largest = 0;
    for (std::uint32_t node = 0; node < program.program().nodes.size(); ++node) {
        const vm::NodeCall call = program.call(node);
        std::uint64_t bytes = call.output.bytes();
        for (const vm::TensorType& operand : call.operands) {
            bytes = sum(bytes, operand.bytes());
        }
        largest = std::max(largest, bytes);
    }
    return checked_mul(largest, std::uint64_t{probes} + 1).value_or(~std::uint64_t{0});
}

Result<std::uint64_t> size_of_folder(const fs::path& folder) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
         at.increment(error)) {
        std::error_code gone;  // a job may end meanwhile
        if (at->is_regular_file(gone)) {
            const auto size = at->file_size(gone);
            bytes += gone ? 0 : size;
        }
    }
    if (error) {
        return fail(ErrorCode::io, "{}: cannot list: {}", folder.native(), error.message());
    }
    return bytes;
}

}  // namespace

RunNeeds needs_of(const vm::CheckedProgram& program, std::uint32_t probes) {
    const std::uint64_t leaves =
        checked_mul(program.step_count(), sizeof(Hash256)).value_or(~std::uint64_t{0});
    RunNeeds out{
        .work_units = program.work_units(),
        .run_bytes = sum(program.peak_bytes(), leaves),
        .disk_bytes = sum(leaves, program_size_max + vm::proof_bytes_max),
    };
    std::uint64_t outputs = 0;
    for (const vm::TensorType& type : output_types(program)) {
        outputs = sum(outputs, type.bytes() + head_bytes_max);
    }
    std::uint64_t inputs = 0;
    for (const vm::Input& input : program.program().inputs) {
        inputs = sum(inputs, input.type.bytes() + head_bytes_max);
    }
    // 64 bytes for each chunk of an opened tensor (vm/run/prover.h).
    constexpr std::uint64_t bytes_of_opened = 16;
    out.proof_bytes =
        sum(sum(out.run_bytes, outputs), opened_bytes(program, probes) / bytes_of_opened);
    out.disk_bytes = sum(out.disk_bytes, sum(inputs, outputs));
    return out;
}

std::optional<Refusal> find_lack(
    const RunNeeds& needs, const Capabilities& can, std::uint64_t commit_ms
) {
    const std::uint64_t bytes = std::max(needs.run_bytes, needs.proof_bytes);
    if (can.memory_max > 0 && bytes > can.memory_max) {
        return Refusal{
            .reason = Decline::no_memory,
            .why = fmt::format("it takes {} bytes of memory, limit {}", bytes, can.memory_max),
        };
    }
    if (can.work_units_per_second > 0) {
        const auto ms = Uint128{needs.work_units} * 1'000 / can.work_units_per_second;
        if (ms > commit_ms) {
            return Refusal{
                .reason = Decline::busy,
                .why = fmt::format(
                    "{} work units take longer than {} ms", needs.work_units, commit_ms
                ),
            };
        }
    }
    return std::nullopt;
}

std::optional<Refusal> find_lack_of_disk(
    const fs::path& folder, std::uint64_t bytes, std::uint64_t disk_max
) {
    const auto refusal = [](std::string why) {
        return Refusal{.reason = Decline::other, .why = std::move(why)};
    };
    const auto used = size_of_folder(folder);
    struct statvfs disk{};
    if (!used || ::statvfs(folder.c_str(), &disk) != 0) {
        return refusal(used ? "the disk does not say what is free" : used.error().message());
    }
    if (disk_max > 0 && (bytes > disk_max || *used > disk_max - bytes)) {
        return refusal(fmt::format("{} bytes of files, {} used of {}", bytes, *used, disk_max));
    }
    const auto free = Uint128{disk.f_bavail} * disk.f_frsize;
    if (Uint128{bytes} + disk_reserve > free) {
        return refusal(fmt::format(
            "{}: {} bytes of files, {} free on the disk, of which {} stay free",
            folder.native(),
            bytes,
            static_cast<std::uint64_t>(free),
            disk_reserve
        ));
    }
    return std::nullopt;
}

std::uint64_t address_space(std::uint64_t bytes, std::uint32_t threads) {
    // Copies of what is not aligned, and files that are mapped beside.
    const std::uint64_t twice = checked_mul(bytes, 2).value_or(~std::uint64_t{0});
    return sum(sum(twice, process_bytes), thread_bytes * threads);
}

}  // namespace steelyard::worker
