// Challenges: which commits are put to the test, and the proofs that answer (K1 to K6).
#pragma once

#include "ledger/beacon/beacon.h"
#include "market/funds/funds.h"
#include "market/records/counters.h"
#include "market/records/job.h"
#include "market/records/verifier.h"

namespace steelyard::market {

/// K2.
Hash256 challenge_seed(const chain::ChainId& chain_id, const beacon::Value& value, const JobId& id);

/// Whether a seed chooses a job.
bool is_chosen(const Hash256& seed, std::uint32_t challenge_bps);

/// Every block, before what follows: keeps who proposed while a commit waits for its seed, at most
/// the last proposers_kept; forgets one a block otherwise.
Outcome<void> note_proposer(Context& context, const ProposerRow& proposer);

/// K1: the highest height such that the proposers of the blocks from it to this one hold more than
/// 1/3 of the power; 0 where not all together do.
Outcome<Height> ripe_from(const Context& context);

/// K1, K2: decides on commits whose seed is there, the oldest first; at most decisions_max.
Outcome<void> decide(Context& context);
inline constexpr std::size_t decisions_max = 2'000;

/// K3: issues what there is room for. Event: job.
Outcome<void> issue(Context& context);
inline constexpr std::size_t issues_max = 256;

/// K4, K5. Gas: 3 for one of the challenge's worst case, and 150,000 for what follows, before the
/// proof is looked at. What was judged succeeds, whatever the verdict, since the attempt counts:
/// right ends the challenge, wrong slashes, malformed changes nothing else. Events: job. Errors:
/// unknown_job, not_assigned, wrong_state, too_late, too_many_attempts, block_is_full, no_verifier.
Outcome<Judgement> spot_check(
    Context& context, AccountNumber signer, const JobId& id, ByteView proof
);

}  // namespace steelyard::market
