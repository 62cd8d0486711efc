// Prover: runs a program again and opens what probes ask for.
#pragma once

#include "vm/run/runner.h"
#include "vm/trace/proof.h"

namespace steelyard::vm {

/// The proof of `probes` (and of the fault, if that is how the run ended). Runs the program again
/// up to the last step that the proof needs, with no trace but of what is opened. Errors: those of
/// a run; a run that differs from `result` (the machine computes wrongly, or inputs changed).
Result<Proof> prove(
    const CheckedProgram& program,
    std::span<const TensorView> inputs,
    const RunResult& result,
    std::span<const Probe> probes,
    const RunOptions& options
);

}  // namespace steelyard::vm
