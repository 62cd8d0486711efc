#include "node/verifier/vm_verifier.h"

#include "base/check.h"
#include "market/records/instrument.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <algorithm>
#include <bit>

namespace steelyard::node {
namespace {

using crypto::Hash256;
using market::ChallengeSize;
using market::FaultPlace;
using market::Money;
using market::ProofLimits;
using vm::CheckedProgram;

/// What a proof takes at most.
struct Cost {
    std::uint64_t bytes = 0;
    std::uint64_t gas = 0;

    Cost& operator+=(const Cost& other) {
        bytes += other.bytes;
        gas += other.gas;
        return *this;
    }

    bool fits(const ProofLimits& limits) const {
        return bytes <= limits.bytes && gas <= limits.gas;
    }
};

constexpr std::uint64_t varint_bytes = 10;
constexpr std::uint64_t hash_bytes = 32;

// PR6: what is paid beside what a probe's own cost counts.
constexpr std::uint64_t gas_beside_probe = 300;
constexpr std::uint64_t gas_of_tensor = 100;

/// Of its own opening: source, root, two counts, and its path in the trace.
Cost cost_of_tensor(const CheckedProgram& program) {
    const auto depth = static_cast<std::uint64_t>(std::bit_width(program.step_count()));
    return {
        .bytes = 3 * varint_bytes + hash_bytes + depth * hash_bytes,
        .gas = gas_of_tensor,
    };
}

/// What a probe of one of the node's steps opens at worst; the proof of a fault there no more.
Cost cost_of_node(const CheckedProgram& program, std::uint32_t node) {
    const vm::ProbeCost& probe = program.probe_cost(node);
    Cost cost{
        .bytes = probe.bytes + probe.chunks * varint_bytes,
        .gas = probe.gas + gas_beside_probe,
    };
    const std::size_t tensors = program.program().nodes[node].operands.size() + 1;
    for (std::size_t i = 0; i < tensors; ++i) {
        cost += cost_of_tensor(program);
    }
    return cost;
}

/// What every proof has: its head, and the ids of the outputs.
Cost cost_of_frame(const CheckedProgram& program) {
    Cost cost{.bytes = 4 + 2 * varint_bytes, .gas = gas_beside_probe};
    for (std::size_t i = 0; i < program.program().outputs.size(); ++i) {
        cost += cost_of_tensor(program);
    }
    return cost;
}

Cost dearest_node(const CheckedProgram& program) {
    Cost dearest;
    for (std::uint32_t node = 0; node < program.program().nodes.size(); ++node) {
        const Cost cost = cost_of_node(program, node);
        dearest.bytes = std::max(dearest.bytes, cost.bytes);
        dearest.gas = std::max(dearest.gas, cost.gas);
    }
    return dearest;
}

/// Of any challenge under the limits, which hold for all but the frame, a fault and one probe.
Cost worst_of(const CheckedProgram& program, const ProofLimits& limits) {
    const Cost dearest = dearest_node(program);
    Cost least = cost_of_frame(program);
    least += dearest;  // of a fault
    least += dearest;
    const std::uint64_t more = limits.probes - 1;
    return {
        .bytes = std::max(least.bytes, std::min(least.bytes + more * dearest.bytes, limits.bytes)),
        .gas = std::max(least.gas, std::min(least.gas + more * dearest.gas, limits.gas)),
    };
}

vm::Fault fault_of(const FaultPlace& place) {
    return {
        .kind = static_cast<vm::Fault::Kind>(place.kind),
        .step = place.step,
        .element = place.element,
    };
}

vm::RunOutcome outcome_of(const market::Claim& claim) {
    vm::RunOutcome outcome{
        .output_root = claim.output_root,
        .trace_root = claim.trace_root,
        .steps = claim.steps,
    };
    if (claim.fault) {
        outcome.fault = fault_of(*claim.fault);
    }
    return outcome;
}

const vm::TensorType& type_of_step(const CheckedProgram& program, std::uint64_t step) {
    return program.type({vm::ValueKind::node, program.step(step).node});
}

Result<CheckedProgram> read_program(ByteView bytes) {
    TRY_ASSIGN(vm::Program program, vm::decode_program(bytes));
    if (program.nodes.size() > market::program_nodes_max) {
        return invalid("{} nodes, limit {}", program.nodes.size(), market::program_nodes_max);
    }
    if (program.outputs.size() > market::results_max) {
        return invalid("{} outputs, limit {}", program.outputs.size(), market::results_max);
    }
    if (program.inputs.size() > market::order_inputs_max) {
        return invalid("{} inputs, limit {}", program.inputs.size(), market::order_inputs_max);
    }
    return CheckedProgram::check(std::move(program));
}

/// Gas of all steps before this one.
std::uint64_t gas_before(const CheckedProgram& program, std::uint64_t step) {
    std::uint64_t low = 0;
    std::uint64_t high = program.gas();
    while (low < high) {  // the least offset that lies in the step, or behind it
        const std::uint64_t middle = low + (high - low) / 2;
        if (program.step_at_gas(middle) >= step) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

market::ProofVerdict verdict_of(vm::Verdict verdict) {
    switch (verdict) {
        case vm::Verdict::right:
            return market::ProofVerdict::right;
        case vm::Verdict::wrong:
            return market::ProofVerdict::wrong;
        case vm::Verdict::malformed:
            return market::ProofVerdict::malformed;
    }
    CHECK(false);
}

}  // namespace

Result<market::ProgramFacts> VmVerifier::admit(ByteView bytes, const ProofLimits& limits) const {
    TRY_ASSIGN(const CheckedProgram program, read_program(bytes));
    const Cost worst = worst_of(program, limits);
    market::ProgramFacts facts{
        .work_units = program.work_units(),
        .steps = program.step_count(),
        .inputs = static_cast<std::uint32_t>(program.program().inputs.size()),
        .outputs = static_cast<std::uint32_t>(program.program().outputs.size()),
        .proof_bytes = worst.bytes,
        .proof_gas = worst.gas,
    };
    for (const vm::Input& input : program.program().inputs) {
        facts.input_bytes += input.type.bytes();
    }
    for (std::size_t i = 0; i < facts.outputs; ++i) {
        const vm::Source source = program.source_of_output(i);
        facts.output_bytes += type_of_step(program, source.index).bytes();
    }
    if (facts.steps == 0 || facts.outputs == 0) {
        return invalid("{} steps and {} outputs: nothing to prove", facts.steps, facts.outputs);
    }
    return facts;
}

Hash256 VmVerifier::program_id(ByteView program) const {
    return vm::program_id(program);
}

Hash256 VmVerifier::output_root(std::span<const Hash256> output_ids) const {
    return vm::output_root(output_ids);
}

Hash256 VmVerifier::fault_root(const FaultPlace& fault) const {
    return vm::fault_root(fault_of(fault));
}

Result<Hash256> VmVerifier::inline_root(const market::ProgramSource& source, ByteView outputs)
    const {
    const ProgramPtr program = find(source);
    std::vector<Hash256> ids;
    ByteView left = outputs;
    for (std::size_t i = 0; i < program->program().outputs.size(); ++i) {
        const vm::TensorType& type = type_of_step(*program, program->source_of_output(i).index);
        const std::uint64_t size = type.bytes();
        if (size > left.size()) {
            return invalid("output {} has {} bytes, {} are left", i, size, left.size());
        }
        ids.push_back(vm::tensor_id(type, vm::tensor_root(type, left.first(size))));
        left = left.subspan(size);
    }
    if (!left.empty()) {
        return invalid("{} bytes behind the last output", left.size());
    }
    return vm::output_root(ids);
}

Result<void> VmVerifier::check_fault(const market::ProgramSource& source, const FaultPlace& fault)
    const {
    const ProgramPtr program = find(source);
    const auto kind = static_cast<vm::Fault::Kind>(fault.kind);
    if (kind != vm::Fault::Kind::out_of_bound && kind != vm::Fault::Kind::bad_index) {
        return invalid("a fault of kind {}", fault.kind);
    }
    if (fault.step >= program->step_count()) {
        return invalid("a fault in step {} of {}", fault.step, program->step_count());
    }
    const std::uint64_t elements = type_of_step(*program, fault.step).elements();
    if (fault.element >= elements) {
        return invalid("a fault in element {} of {}", fault.element, elements);
    }
    return {};
}

Money VmVerifier::price_until(
    const market::ProgramSource& source, const FaultPlace& fault, Money price
) const {
    const ProgramPtr program = find(source);
    const std::uint64_t all = std::max<std::uint64_t>(program->gas(), 1);
    return static_cast<Money>(
        (Uint128{price} * gas_before(*program, fault.step) + (all - 1)) / all
    );
}

ChallengeSize VmVerifier::size_of(
    const market::ProgramSource& source,
    const market::Claim& claim,
    const Hash256& seed,
    const ProofLimits& limits
) const {
    const ProgramPtr program = find(source);
    Cost all = cost_of_frame(*program);
    if (claim.fault) {
        all += cost_of_node(*program, program->step(claim.fault->step).node);
    }
    ChallengeSize size;
    for (const vm::Probe& probe : probes_of(*program, outcome_of(claim), seed, limits.probes)) {
        Cost more = all;
        more += cost_of_node(*program, program->step(probe.step).node);
        if (size.probes > 0 && !more.fits(limits)) {
            break;
        }
        all = more;
        ++size.probes;
    }
    size.bytes = all.bytes;
    size.gas = all.gas;
    return size;
}

market::Judgement VmVerifier::judge(
    const market::ProgramSource& source,
    const market::Claim& claim,
    const Hash256& seed,
    const ChallengeSize& challenge,
    ByteView proof
) const {
    const auto decoded = vm::decode_proof(proof);
    if (!decoded) {
        return {.gas = 0, .reason = decoded.error().message()};
    }
    const ProgramPtr program = find(source);
    const vm::RunOutcome outcome = outcome_of(claim);
    const auto probes = probes_of(*program, outcome, seed, challenge.probes);
    const vm::Verification verification = vm::verify_proof(
        {.program = program.get(), .input_ids = claim.inputs, .outcome = outcome},
        probes,
        *decoded,
        challenge.gas
    );
    return {
        .verdict = verdict_of(verification.verdict),
        .gas = verification.gas,
        .reason = verification.reason,
    };
}

std::vector<vm::Probe> VmVerifier::probes_of(
    const CheckedProgram& program,
    const vm::RunOutcome& outcome,
    const Hash256& seed,
    std::uint32_t left
) {
    // A draw may come to nothing (P3), so that more are made than are wanted.
    auto probes = vm::derive_probes(program, outcome, seed, vm::probe_count_max);
    probes.resize(std::min<std::size_t>(probes.size(), left));
    return probes;
}

VmVerifier::ProgramPtr VmVerifier::find(const market::ProgramSource& source) const {
    {
        const std::lock_guard lock(mutex_);
        const auto place = places_.find(source.id);
        if (place != places_.end()) {
            recent_.splice(recent_.begin(), recent_, place->second);
            return recent_.front().program;
        }
    }
    auto read = read_program(source.bytes());
    CHECK(read.has_value());
    auto program = std::make_shared<const CheckedProgram>(*std::move(read));
    const std::lock_guard lock(mutex_);
    if (!places_.contains(source.id)) {
        recent_.push_front({source.id, program});
        places_[source.id] = recent_.begin();
        if (recent_.size() > programs_max) {
            places_.erase(recent_.back().id);
            recent_.pop_back();
        }
    }
    return program;
}

}  // namespace steelyard::node
