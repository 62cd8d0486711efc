#include "tests/support/market/fake_verifier.h"

#include "base/protowire.h"
#include "crypto/sha256.h"

namespace steelyard::test {

using crypto::Hash256;
using crypto::sha256;
using market::ProgramFacts;

namespace {

constexpr std::size_t name_size_max = market::program_bytes_max;

Result<ProgramFacts> read_facts(ByteView program) {
    ProgramFacts facts;
    ProtoReader reader("program", program);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                facts.work_units = reader.uint64("work_units");
                break;
            case 2:
                facts.steps = reader.uint64("steps");
                break;
            case 3:
                facts.inputs = reader.uint32("inputs");
                break;
            case 4:
                facts.outputs = reader.uint32("outputs");
                break;
            case 5:
                facts.input_bytes = reader.uint64("input_bytes");
                break;
            case 6:
                facts.output_bytes = reader.uint64("output_bytes");
                break;
            case 7:
                facts.proof_bytes = reader.uint64("proof_bytes");
                break;
            case 8:
                facts.proof_gas = reader.uint64("proof_gas");
                break;
            case 9:
                reader.string("name", name_size_max);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return facts;
}

ProgramFacts facts_of(const market::ProgramSource& program) {
    return read_facts(program.bytes()).value();
}

std::string_view word_of(market::ProofVerdict verdict) {
    switch (verdict) {
        case market::ProofVerdict::right:
            return "right";
        case market::ProofVerdict::wrong:
            return "wrong";
        case market::ProofVerdict::malformed:
            return "other";
    }
    return "";
}

}  // namespace

Bytes FakeVerifier::make_program(const ProgramFacts& facts, std::string_view name) {
    ProtoWriter writer;
    writer.uint64(1, facts.work_units);
    writer.uint64(2, facts.steps);
    writer.uint64(3, facts.inputs);
    writer.uint64(4, facts.outputs);
    writer.uint64(5, facts.input_bytes);
    writer.uint64(6, facts.output_bytes);
    writer.uint64(7, facts.proof_bytes);
    writer.uint64(8, facts.proof_gas);
    writer.string(9, name);
    return std::move(writer).take();
}

Bytes FakeVerifier::make_proof(market::ProofVerdict verdict, const Hash256& seed) {
    Bytes proof = to_bytes(as_bytes(word_of(verdict)));
    append(proof, seed);
    return proof;
}

Result<ProgramFacts> FakeVerifier::admit(ByteView program, const market::ProofLimits& limits)
    const {
    TRY_ASSIGN(const ProgramFacts facts, read_facts(program));
    if (facts.work_units == 0 || facts.steps == 0) {
        return invalid("the program does nothing");
    }
    if (facts.proof_bytes > limits.bytes || facts.proof_gas > limits.gas) {
        return invalid("{} bytes and {} gas of a proof", facts.proof_bytes, facts.proof_gas);
    }
    return facts;
}

Hash256 FakeVerifier::program_id(ByteView program) const {
    return sha256(program);
}

Hash256 FakeVerifier::output_root(std::span<const Hash256> output_ids) const {
    Bytes all = {'o'};
    for (const Hash256& id : output_ids) {
        append(all, id);
    }
    return sha256(all);
}

Hash256 FakeVerifier::fault_root(const market::FaultPlace& fault) const {
    return sha256(as_bytes(fmt::format("f {} {} {}", fault.kind, fault.step, fault.element)));
}

Result<Hash256> FakeVerifier::inline_root(const market::ProgramSource& program, ByteView outputs)
    const {
    const ProgramFacts facts = facts_of(program);
    if (outputs.size() != facts.output_bytes) {
        return invalid("{} bytes, the outputs have {}", outputs.size(), facts.output_bytes);
    }
    return sha256(outputs);
}

Result<void> FakeVerifier::check_fault(
    const market::ProgramSource& program, const market::FaultPlace& fault
) const {
    if (fault.kind < 1 || fault.kind > 2 || fault.step >= facts_of(program).steps) {
        return invalid("no fault of kind {} at step {}", fault.kind, fault.step);
    }
    return {};
}

market::Money FakeVerifier::price_until(
    const market::ProgramSource& program, const market::FaultPlace& fault, market::Money price
) const {
    const std::uint64_t steps = facts_of(program).steps;
    return static_cast<market::Money>((Uint128{price} * fault.step + (steps - 1)) / steps);
}

market::ChallengeSize FakeVerifier::size_of(
    const market::ProgramSource& program,
    const market::Claim&,
    const Hash256&,
    const market::ProofLimits& limits
) const {
    const ProgramFacts facts = facts_of(program);
    return {.probes = limits.probes, .bytes = facts.proof_bytes, .gas = facts.proof_gas};
}

market::Judgement FakeVerifier::judge(
    const market::ProgramSource&,
    const market::Claim&,
    const Hash256& seed,
    const market::ChallengeSize& challenge,
    ByteView proof
) const {
    using enum market::ProofVerdict;
    for (const market::ProofVerdict verdict : {right, wrong}) {
        if (compare(proof, make_proof(verdict, seed)) == 0) {
            return {.verdict = verdict, .gas = challenge.gas, .reason = "as it says"};
        }
    }
    return {.verdict = malformed, .gas = 1, .reason = "no proof for this seed"};
}

}  // namespace steelyard::test
