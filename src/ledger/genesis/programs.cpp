// Programs of a genesis, held against their bytes.
#include "base/hex.h"
#include "ledger/genesis/sections.h"
#include "ledger/params/market_params.h"
#include "ledger/state/values.h"
#include "market/records/instrument.h"
#include "market/records/verifier.h"

namespace steelyard::genesis {
namespace {

/// More than parameters may say: a program was registered under some of before.
constexpr market::ProofLimits widest{
    .probes = 64,
    .bytes = ledger::proof_bytes_limit,
    .gas = ledger::proof_gas_limit,
};

Result<void> check_program(
    const market::ProofVerifier& verifier,
    const crypto::Hash256& id,
    const market::ProgramFacts& recorded,
    ByteView bytes
) {
    if (verifier.program_id(bytes) != id) {
        return invalid("id: is not that of the bytes");
    }
    if (recorded.proof_bytes > ledger::proof_bytes_limit ||
        recorded.proof_gas > ledger::proof_gas_limit) {
        return invalid(
            "facts: a proof takes {} bytes and {} gas, must take at most {} and {}",
            recorded.proof_bytes,
            recorded.proof_gas,
            ledger::proof_bytes_limit,
            ledger::proof_gas_limit
        );
    }
    TRY_ASSIGN(market::ProgramFacts found, verifier.admit(bytes, widest));
    // What a proof takes at most was found under the parameters of its time.
    found.proof_bytes = recorded.proof_bytes;
    found.proof_gas = recorded.proof_gas;
    if (found != recorded) {
        return invalid("facts: are not those of the bytes");
    }
    return {};
}

}  // namespace

Result<void> check_programs(const StateView& state, const market::ProofVerifier& verifier) {
    Result<void> checked;
    sure(market::walk_programs(
        state,
        {},
        [&](const crypto::Hash256& id, const market::Program& program) -> Outcome<bool> {
            const Bytes bytes = market::program_bytes(state, id);
            checked = check_program(verifier, id, program.facts, bytes);
            if (!checked) {
                checked = std::unexpected(std::move(checked).error().in(to_hex(id)));
            }
            return checked.has_value();
        }
    ));
    return checked;
}

}  // namespace steelyard::genesis
