#include "ledger/app/signatures.h"

#include <google/protobuf/message.h>

namespace steelyard::ledger {

Signatures::Signatures(std::size_t capacity)
    : cache_(capacity),
      verifier_([this](std::span<const tx::Statement> statements) { return verify(statements); }) {
}

bool Signatures::verify(std::span<const tx::Statement> statements) {
    for (const tx::Statement& statement : statements) {
        const crypto::Hash256 name =
            chain::signature_name(statement.key, statement.message, statement.signature);
        if (cache_.contains(name)) {
            continue;
        }
        if (!statement.key.verify(statement.message, statement.signature)) {
            return false;
        }
        cache_.insert(name);
    }
    return true;
}

bool Signatures::prepare(
    const StateView& state, const chain::ChainId& chain_id, const pipeline::ReadTx& tx
) {
    const auto statements = pipeline::signature_statements(state, chain_id, tx);
    return statements && verify(*statements);
}

}  // namespace steelyard::ledger
