// Strategy: what a Byzantine node does with an engine that means well.
//
// A Byzantine node runs the production engine. Its strategy stands between the engine and the
// network, the signer and the application, and may sign and say whatever it likes.
#pragma once

#include "consensus/engine/engine.h"
#include "tests/sim/options.h"

namespace steelyard::sim {

class Cluster;

/// One Byzantine node, as its strategy moves it. The node may have no engine: then it has crashed,
/// or stopped at what the strategy made of it.
class Adversary {
public:
    virtual ~Adversary() = default;

    virtual NodeIndex index() const = 0;

    /// The others, to look at and to count: strategies may know everything.
    virtual const Cluster& cluster() const = 0;
    virtual const engine::SigningKey& key() const = 0;
    virtual RandomSource& random() = 0;
    virtual const engine::Engine* engine() const = 0;

    /// Signs anything with the node's key, whatever was signed before.
    virtual chain::Vote signed_vote(chain::Vote vote) const = 0;
    virtual chain::Proposal signed_proposal(chain::Proposal proposal) const = 0;

    /// Says something to one node, or to all others where there is no `to`.
    virtual void say(std::optional<NodeIndex> to, const consensus::Message& message) = 0;

    /// Bytes that need not be a message.
    virtual void say_bytes(NodeIndex to, Bytes bytes) = 0;

    /// Gives the own engine a message, as if `from` had sent it.
    virtual void hear(NodeIndex from, consensus::Message message) = 0;

    /// Calls back after a while, unless the node has crashed by then.
    virtual void after(Time delay, std::function<void()> action) = 0;

    /// Crashes, and starts again after a while.
    virtual void crash(Time down) = 0;
};

/// The defaults are those of a correct node that signs whatever its engine asks for.
class Strategy {
public:
    virtual ~Strategy() = default;

    /// The engine runs, for the first time or again.
    virtual void on_started(Adversary&) {}

    /// The engine has something to say. Nothing leaves but what the strategy says.
    virtual void on_saying(
        Adversary& self, std::optional<NodeIndex> to, const consensus::Message& message
    ) {
        self.say(to, message);
    }

    /// False keeps the message from the engine.
    virtual bool on_hearing(Adversary&, NodeIndex, const consensus::Message&) { return true; }

    /// The application's answers, to be changed.
    virtual void on_prepared(Adversary&, std::vector<Bytes>&) {}
    virtual void on_processed(Adversary&, const chain::Block&, bool& /*accepts*/) {}
    virtual void on_finalized(Adversary&, abci::BlockResults&) {}

    /// Whether a restart finds nothing of the log and of what was signed (amnesia).
    virtual bool forgets() const { return false; }
};

/// The names of all strategies, and one by its name. "a+b" is both: what the first says, the second
/// may change.
std::vector<std::string> strategy_names();
std::unique_ptr<Strategy> make_strategy(std::string_view name);

/// The name of one, or of several.
std::string draw_strategy(RandomSource& random);

}  // namespace steelyard::sim
