// The oracles, one function each that makes it.
#pragma once

#include "tests/sim/oracle.h"

namespace steelyard::sim {

/// All correct nodes have the same block and the same results at each height. What a node applied
/// while it recovered, and so told nobody, is looked up in its store at the end.
std::unique_ptr<Oracle> make_agreement();

/// After the faults have ended every correct node moves on by as many heights as the options say.
std::unique_ptr<Oracle> make_progress();

/// What a correct node holds in memory stays within its limits.
std::unique_ptr<Oracle> make_bounded_memory();

/// No correct node reports a correct one.
std::unique_ptr<Oracle> make_fair_reports();

/// Blocks that correct nodes prevote or commit follow from the chain before them, and commits have
/// the signatures of more than two thirds.
std::unique_ptr<Oracle> make_validity();

/// The key of a correct node signs one thing for each height, round and step, whatever crashed
/// between.
std::unique_ptr<Oracle> make_single_signatures();

/// A correct node precommits a block only where it may know a polka for it, in that round; and once
/// it did, it prevotes another only where it may know a polka for that one, not earlier.
std::unique_ptr<Oracle> make_locks();

/// No correct node is accused, nobody is punished twice for one thing, and whoever has learnt of a
/// double vote punishes it in the next block that it proposes.
std::unique_ptr<Oracle> make_justice();

/// No correct node is refused by its signer: whatever a crash took, the log leads to the same votes
/// again, in the same order.
std::unique_ptr<Oracle> make_steady_signing();

/// Where the application is the ledger: its invariants hold after every block, and all correct
/// nodes have the same results.
std::unique_ptr<Oracle> make_bookkeeping();

}  // namespace steelyard::sim
