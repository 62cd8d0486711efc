// Prover: runs a program again and opens what probes ask for.
#pragma once

#include "vm/run/runner.h"
#include "vm/trace/proof.h"

namespace steelyard::vm {

/// What must be kept for it from the run on: program, inputs, and `result` with its leaves (32
/// bytes a step) and outputs; no tensor between.
///
/// The proof of `probes` (and of the fault, if that is how the run ended). Runs the program again
/// up to the last step that the proof needs and hashes only what is opened; the proof is verified
/// before it is given out. Memory: a run's with its trace, the outputs of `result`, and 64 bytes
/// for each chunk of an opened tensor. Errors: those of a run; a result without trace; a run that
/// differs from `result`, or computes elements that are not by the rule (corrupt): the machine
/// computes wrongly, or inputs changed. CHECKed: probes below the outcome's steps and within their
/// outputs.
Result<Proof> prove(
    const CheckedProgram& program,
    std::span<const TensorView> inputs,
    const RunResult& result,
    std::span<const Probe> probes,
    const RunOptions& options
);

}  // namespace steelyard::vm
