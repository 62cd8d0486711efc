// Oracle: who watches a simulation, and says when something happened that must not.
#pragma once

#include "consensus/engine/engine.h"
#include "tests/sim/scheduler.h"

#include <optional>
#include <string>

namespace steelyard::sim {

class Cluster;

struct Violation {
    std::string oracle{};  ///< whose rule
    std::string what{};    ///< one line, with node, height and round where there are such
    Time when{};
};

/// A message that left a node, correct or not. Signatures may be wrong.
struct Sent {
    NodeIndex from = 0;
    std::optional<NodeIndex> to{};  ///< nothing: to all others
    const consensus::Message& message;
};

/// A message that a running node has got, before its engine sees it.
struct Delivered {
    NodeIndex from = 0;
    NodeIndex to = 0;
    const consensus::Message& message;
};

/// A block that a node's engine says is durable. It may say so again after a crash.
struct Committed {
    NodeIndex node = 0;
    const chain::Block& block;
    const chain::Commit& commit;
    const abci::BlockResults& results;
};

/// A node's engine told that a peer broke the protocol.
struct Reported {
    NodeIndex by = 0;
    NodeIndex peer = 0;
    const Error& error;
};

/// A node's engine has found out that a validator contradicted itself.
struct Conflict {
    NodeIndex by = 0;
    const chain::Vote& first;
    const chain::Vote& second;
};

/// Sees everything, of Byzantine nodes too: Cluster::is_correct tells whose duty a rule is. Returns
/// what broke a rule, of which the first of each oracle is kept.
class Oracle {
public:
    using Finding = std::optional<std::string>;

    virtual ~Oracle() = default;

    virtual std::string_view name() const = 0;

    virtual Finding on_started(const Cluster&, NodeIndex) { return {}; }
    virtual Finding on_sent(const Cluster&, const Sent&) { return {}; }
    virtual Finding on_delivered(const Cluster&, const Delivered&) { return {}; }
    virtual Finding on_committed(const Cluster&, const Committed&) { return {}; }
    virtual Finding on_reported(const Cluster&, const Reported&) { return {}; }

    virtual Finding on_conflict(const Cluster&, const Conflict&) { return {}; }

    /// Of what waits in a node's pool since a peer told it of something new.
    virtual Finding on_evidence_heard(const Cluster&, NodeIndex, const chain::Evidence&) {
        return {};
    }

    /// A node's signer did not sign what its engine asked for.
    virtual Finding on_signing_refused(const Cluster&, NodeIndex, const Error&) { return {}; }

    /// A node has done what one event made it do.
    virtual Finding on_handled(const Cluster&, NodeIndex) { return {}; }

    /// The liveness phase begins: no faults from here on.
    virtual Finding on_healed(const Cluster&) { return {}; }

    virtual Finding at_end(const Cluster&) { return {}; }
};

/// One of each kind, for one simulation.
std::vector<std::unique_ptr<Oracle>> make_oracles();

}  // namespace steelyard::sim
