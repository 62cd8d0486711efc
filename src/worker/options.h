// WorkerOptions: what whoever starts a worker says of it.
#pragma once

#include "worker/capabilities.h"
#include "worker/child_program.h"

namespace steelyard::worker {

inline constexpr std::uint32_t slots_max = 64;

struct WorkerOptions {
    std::filesystem::path folder{};  ///< of the journal
    std::uint32_t slots = 1;         ///< jobs that are computed at a time
    Capabilities can{};
    ChildProgram child{};
};

}  // namespace steelyard::worker
