// VmBench: a market whose proofs are judged by the VM, with a program and a worker that runs it,
// honestly or not.
#pragma once

#include "node/verifier/vm_verifier.h"
#include "tests/support/market/market_bench.h"
#include "tests/support/vm/mixed_programs.h"
#include "tests/support/vm/slow_run.h"

namespace steelyard::test {

/// What a run gave, and what its worker says of it.
struct VmWork {
    vm::test::SlowRun run{};
    market::CommittedResult result{};
};

class VmBench {
public:
    explicit VmBench(vm::test::ProgramCase program_case);

    /// Run as it is, or with steps that somebody changed.
    VmWork work(const vm::test::Tamper& tamper = {}) const;

    /// Says that an honest run ended in a fault that it did not have.
    VmWork with_false_fault(std::uint64_t step) const;

    /// A job of a provider of its own, as far as the commit. The order names its inputs by these
    /// ids; none: by those of the inputs.
    market::JobId commit(const VmWork& work, std::vector<crypto::Hash256> inputs = {});

    /// Ends blocks until the job's challenge stands. False: the job ended without.
    bool await_challenge(const market::JobId& id);

    std::vector<vm::Probe> probes(const market::JobId& id) const;

    /// What the worker shows for its challenge.
    Bytes proof(const market::JobId& id, const VmWork& work) const;

    market::Outcome<market::Judgement> send(const market::JobId& id, ByteView proof);

    MarketBench bench{};
    vm::test::ProgramCase it;
    crypto::Hash256 program{};
    market::ProgramFacts facts{};

private:
    node::VmVerifier verifier_{};
    int providers_ = 100;
};

}  // namespace steelyard::test
