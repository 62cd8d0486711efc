// The child of a cheat: every element of every step is wrong, and its proofs show just that.
#pragma once

#include "worker/child.h"

namespace steelyard::worker::test {

/// "job" writes the outcome of the false run into the folder, "prove" the openings of that very
/// run; nothing: another verb.
std::optional<ChildExit> run_false_child(
    std::string_view verb, const std::filesystem::path& folder
);

}  // namespace steelyard::worker::test
