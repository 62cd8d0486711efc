// Wish: a transaction that the chain waits for.
#pragma once

#include "worker/messages.h"

namespace steelyard::worker {

/// One message that the chain asks for: of a job one at a time.
struct Wish {
    JobName job{};
    Step step{};  ///< start, decline, commit, retract, submit_proof
    tx::PackedMessage message{};
};

}  // namespace steelyard::worker
