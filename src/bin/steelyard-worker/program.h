// The program steelyard-worker, for whoever links it: with the children that it executes.
#pragma once

#include "worker/child_program.h"

#include <functional>
#include <optional>

namespace steelyard::worker_program {

/// What "VERB FOLDER" does; nothing: it is no child's verb. worker::run_child_command, or what a
/// test puts in its place.
using ChildCommand = std::function<
    std::optional<worker::ChildExit>(std::string_view verb, const std::filesystem::path& folder)>;

int run_program(int argc, char** argv, const ChildCommand& child);

}  // namespace steelyard::worker_program
