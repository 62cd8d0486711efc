// What a worker tells the chain of a job, as messages of transactions.
#pragma once

#include "tx/decoded_tx.h"
#include "worker/decide.h"

namespace steelyard::worker {

/// The most bytes that all outputs together have where a commit holds them itself (J3).
inline constexpr std::size_t inline_result_size_max = 16 * 1024;

tx::PackedMessage start_message(std::string_view signer, const JobName& job);
tx::PackedMessage decline_message(std::string_view signer, const JobName& job, Decline reason);

/// `inline_result` has all outputs one after the other; nothing: they are named by their ids.
tx::PackedMessage commit_message(
    std::string_view signer,
    const JobName& job,
    const RunReport& report,
    const std::optional<Bytes>& inline_result
);
tx::PackedMessage retract_message(std::string_view signer, const JobName& job);

/// Alone in its transaction (K4).
tx::PackedMessage proof_message(std::string_view signer, const JobName& job, ByteView proof);

}  // namespace steelyard::worker
