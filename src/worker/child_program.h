// ChildProgram: what a worker executes; how far it is, and how it ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace steelyard::worker {

/// The program that is executed as a child, and what stands before "job FOLDER" among its
/// arguments. Not for configurations: whoever links a worker says which one it is.
struct ChildProgram {
    std::filesystem::path file = "/proc/self/exe";
    std::vector<std::string> arguments{};
};

/// What a child's process ends with.
enum class ChildExit : int {
    ok = 0,           ///< the answer is there
    bad_inputs = 10,  ///< they are not the program's
    no_memory = 11,
    wrong_machine = 12,  ///< two runs differ, or the proof is not right
    bad_folder = 13,     ///< it could not be read or written
    no_disk = 14,        ///< its disk is full: that passes
};

/// In steps of the program.
struct ChildProgress {
    std::uint64_t done = 0;
    std::uint64_t of = 0;
};

}  // namespace steelyard::worker
