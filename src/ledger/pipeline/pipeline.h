// The way of a transaction: rules T1 to T11 of doc/spec/ledger.md, then fee, messages and result.
#pragma once

#include "ledger/messages/message_table.h"
#include "ledger/params/params.h"
#include "tx/decoded_tx.h"
#include "tx/statements.h"

#include <functional>
#include <memory>

namespace steelyard::pipeline {

using ledger::Context;
using ledger::Outcome;
using ledger::StateView;

/// A transaction that passed T1 to T5: all that can be said without state.
struct ReadTx {
    tx::DecodedTx decoded{};
    std::size_t size = 0;  ///< of the encoded transaction
    std::vector<const messages::MessageType*> types{};
    std::vector<std::unique_ptr<messages::Message>> messages{};
    std::vector<std::vector<chain::Address>> signers_of_messages{};
    std::vector<chain::Address> signers{};  ///< in the order of signer infos; T4
    chain::Address payer{};                 ///< one of the signers
};

/// That of its last message, but of a proof wherever that stands; it has messages.
messages::Lane lane_of(const ReadTx& tx);

/// Rules T1 to T5; a simulation's gas limit is not looked at.
Outcome<ReadTx> read_tx(ByteView bytes, const ledger::Params& params, bool simulate = false);

/// What the parameters have a say in, of T3 and T5: who has read a transaction before knows with
/// this how it reads now. The failures are those of read_tx.
Outcome<void> check_limits(const ReadTx& tx, const ledger::Params& params);

/// About how many bytes it takes in memory.
std::size_t memory_of(const ReadTx& tx);

using ReadTxPtr = std::shared_ptr<const ReadTx>;

/// Gives what read_tx gives. Thread-safe ones may remember what they read.
using TxReader = std::function<Outcome<ReadTxPtr>(ByteView bytes, const ledger::Params& params)>;

/// The one that remembers nothing.
Outcome<ReadTxPtr> read_anew(ByteView bytes, const ledger::Params& params);

/// Whether all statements hold. It is asked for one signer after the other. Thread-safe ones may
/// remember verdicts.
using StatementVerifier = std::function<bool(std::span<const tx::Statement> statements)>;

/// How far a transaction is looked at.
struct Scrutiny {
    const StatementVerifier* signatures = nullptr;  ///< nullptr: T10 is not checked
    bool simulate = false;  ///< T5, T7, T10 and T11 do not hold; no account need have its key
};

/// The statements that T10 asks for, for the sequences that the transaction names: so they can be
/// verified ahead of the transactions before it. Errors: those of T8 and T10.
Outcome<std::vector<tx::Statement>> signature_statements(
    const StateView& state, const chain::ChainId& chain_id, const ReadTx& tx
);

/// Rules T6 to T11, then sequences, keys and the fee. The state is as before where it fails.
/// Events: those of the fee, and tx. Its gas is metered by the view's meter.
Outcome<void> admit(Context& context, const ReadTx& tx, const Scrutiny& scrutiny);

/// The whole way of one transaction in a block, a check (without its messages: `run_messages`
/// false) or a simulation.
struct RunOptions {
    Scrutiny scrutiny{};
    bool run_messages = true;
    bool is_told = true;  ///< false: the result has no events; its messages are not run (CHECKed)
    const market::ProofVerifier* verifier = nullptr;  ///< for the messages (Context)
};

/// Never fails: what is refused is a result with a code. The state has the effects, or none, or
/// only fee and sequences. The view's meter is none afterwards.
chain::ExecTxResult run_tx(
    StateView& state,
    const ledger::BlockInfo& block,
    const ledger::Params& params,
    ByteView bytes,
    const RunOptions& options
);

/// The same, for who has read the transaction already (under the same parameters).
chain::ExecTxResult run_tx(
    StateView& state,
    const ledger::BlockInfo& block,
    const ledger::Params& params,
    const ReadTx& tx,
    const RunOptions& options
);

/// A result from a failure, with its gas.
chain::ExecTxResult refusal(
    const ledger::Failure& failure, std::uint64_t gas_wanted, std::uint64_t gas_used
);

}  // namespace steelyard::pipeline
