// A worker's status, as JSON that the worker gives and as text for people.
#pragma once

#include "base/result.h"
#include "worker/status.h"

namespace steelyard::worker_program {

std::string status_json(const worker::WorkerStatus& status);

/// Of what `status_json` gives, by another process. Errors: corrupt.
Result<std::string> status_text(std::string_view json);

}  // namespace steelyard::worker_program
