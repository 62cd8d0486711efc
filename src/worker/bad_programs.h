// BadPrograms: programs that ended children of this worker, and are not taken again for a while
// (doc/spec/worker-link.md, W2 and W9).
#pragma once

#include "worker/decide.h"

#include <filesystem>
#include <vector>

namespace steelyard::worker {

/// Programs that are remembered; the oldest gives way to one more.
inline constexpr std::size_t bad_programs_max = 256;
/// How long one is remembered: then it may have its chance, on a machine that may have changed.
inline constexpr std::int64_t bad_program_blocks = 20'000;

/// One thread calls it. Heights are those of the matches of jobs, so that no clock is asked.
class BadPrograms {
public:
    /// The file has a line for each: PROGRAM REASON HEIGHT WHY.
    explicit BadPrograms(std::filesystem::path file) : file_(std::move(file)) {}

    /// Reads what the file has, if there is one. Errors: it cannot be read, or a line is none that
    /// was written here; then nothing is remembered.
    Result<void> open();

    /// Durable when it returns; remembered even if it cannot be written.
    Result<void> add(const Hash256& program, const Refusal& refusal, std::int64_t height);

    /// Why a job of the program, matched at that height, is not taken.
    std::optional<Refusal> find(const Hash256& program, std::int64_t height) const;

    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        Hash256 program{};
        Refusal refusal{};
        std::int64_t height = 0;
    };

    static Result<Entry> read_line(std::string_view line);

    std::filesystem::path file_;
    std::vector<Entry> entries_{};  ///< the oldest first
};

inline constexpr std::string_view bad_programs_file_name = "bad-programs";

}  // namespace steelyard::worker
