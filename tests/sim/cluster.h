// Cluster: the nodes of a simulation with the network between them, watched by oracles.
#pragma once

#include "tests/sim/connections.h"
#include "tests/sim/ledger/town.h"
#include "tests/sim/node.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sent_votes.h"

#include <map>

namespace steelyard::sim {

/// What happened how often.
struct Counters {
    std::int64_t blocks = 0;     ///< the highest height that a correct node has applied
    std::int32_t round_max = 0;  ///< that decided a block
    std::uint64_t rounds = 0;    ///< that decided blocks took beyond their first
    std::uint64_t crashes = 0;
    std::uint64_t restarts = 0;
    std::uint64_t partitions = 0;
    std::uint64_t contradictions = 0;  ///< votes that nodes sent beside another in its place
    std::uint64_t refused_blocks = 0;  ///< that correct nodes found invalid, each time
    std::uint64_t equivocations = 0;   ///< pairs of votes that nodes' evidence pools were told of
    std::uint64_t evidence_heard = 0;  ///< pending at correct nodes when a peer's was new to them
    std::uint64_t evidence = 0;        ///< pieces in the blocks of the longest chain
    std::uint64_t byzantine_stops = 0;
    std::uint64_t fetched = 0;         ///< blocks that correct nodes applied without consensus
    std::uint64_t fall_backs = 0;      ///< of correct nodes that were left behind
    std::uint64_t omitted = 0;         ///< turns in which correct nodes had nothing to propose
    std::uint64_t proposed_again = 0;  ///< blocks that were decided when another proposed them
    TownCounters town{};
    std::uint64_t cut_short = 0;  ///< Byzantine nodes got a third of the power
};

class Cluster final : NodeHost, ConnectionHost {
public:
    Cluster(const Options& options, bool prints_trace);
    ~Cluster() override;

    // To look at.
    const Options& options() const { return options_; }
    Time now() const { return scheduler_.now(); }
    std::size_t size() const { return nodes_.size(); }
    const Node& node(NodeIndex index) const { return *nodes_[index]; }
    bool is_correct(NodeIndex index) const { return nodes_[index]->is_correct(); }
    const chain::GenesisDoc& genesis() const { return genesis_; }
    const SimChain& chain() const { return chain_; }

    /// Nothing where the application is not the ledger.
    Town* town() const { return town_.get(); }

    /// Whether Byzantine nodes had less than a third of the power so far, as far as is known.
    bool is_safe() const;
    const chain::SignatureVerifier& verifier() const { return verifier_; }
    const Counters& counters() const { return counters_; }
    const NetworkCounters& network_counters() const { return network_.counters(); }
    const Trace& trace() const { return trace_; }
    const std::vector<Violation>& violations() const { return violations_; }

    /// The lowest height of a correct node, and the highest.
    chain::Height lowest() const;
    chain::Height highest() const;

    // To move.
    void add_oracle(std::unique_ptr<Oracle> oracle);
    void start_all();
    bool run_next(Time end) { return scheduler_.run_next(end); }
    void at(Time when, Scheduler::Action action) { scheduler_.at(when, std::move(action)); }

    void crash(NodeIndex node, test::Loss loss);
    void cut_power_at(NodeIndex node, std::uint64_t storage_operation, test::Loss loss);
    void restart(NodeIndex node);
    void pause(NodeIndex node, Time until);
    void set_skew(NodeIndex node, Time skew) { nodes_[node]->set_skew(skew); }
    void cut(NodeIndex from, NodeIndex to);
    void clog(NodeIndex from, NodeIndex to, Time until);
    void mend();
    void count_partition() { ++counters_.partitions; }

    /// Who is told when a machine went down: whoever starts it again.
    void when_down(std::function<void(NodeIndex)> told) { told_down_ = std::move(told); }

    /// Ends all faults, and starts whoever is off.
    void heal();

    /// Asks the oracles for their last word.
    void end();

private:
    // NodeHost
    const Cluster& cluster() const override { return *this; }
    Scheduler& scheduler() override { return scheduler_; }
    void crash_for(NodeIndex node, Time down) override;
    void transmit(NodeIndex from, NodeIndex to, Payload payload, Time when) override;
    bool send_on(NodeIndex from, NodeIndex to, ChannelId channel, ByteView bytes, Time when)
        override;
    void break_up(NodeIndex node, NodeIndex peer) override;
    void on_started(NodeIndex node) override;
    void on_sent(const Sent& sent, const Bytes& bytes) override;
    void on_delivered(const Delivered& delivered, const Bytes& bytes) override;
    void on_timeout(NodeIndex node, const consensus::Timeout& timeout) override;
    void on_committed(const Committed& committed) override;
    void on_reported(const Reported& reported) override;
    void on_conflict(const Conflict& conflict) override;
    void on_evidence_heard(NodeIndex node, const chain::Evidence& evidence) override;
    void on_block_refused(NodeIndex node, const chain::BlockId& id, std::string_view reason)
        override;
    void on_proposal_omitted(NodeIndex node, std::string_view reason) override;
    void on_signing_refused(NodeIndex node, const Error& error) override;
    void on_left_behind(NodeIndex node) override;
    void on_handled(NodeIndex node) override;
    void on_crashed(NodeIndex node) override;
    void on_failed(NodeIndex node, const Error& error) override;

    // ConnectionHost
    bool is_running(NodeIndex node) const override { return nodes_[node]->is_running(); }
    void on_connected(NodeIndex node, NodeIndex peer) override;
    void on_disconnected(NodeIndex node, NodeIndex peer) override;
    void on_drained(NodeIndex node, NodeIndex peer, ChannelId channel) override;

    bool is_anothers(const Committed& committed) const;
    void note(NodeIndex node, Happening happening, ByteView bytes);
    template <typename... Args>
    void note_text(
        NodeIndex node, Happening happening, fmt::format_string<Args...> format, Args&&... args
    );
    void violate(std::string_view oracle, std::string what);

    /// Asks every oracle.
    template <typename Question>
    void ask(const Question& question);

    Options options_;
    Trace trace_;
    Scheduler scheduler_;
    sim::Network network_;
    Connections connections_;
    SimChain chain_;
    std::unique_ptr<Town> town_;
    chain::GenesisDoc genesis_;
    chain::SignatureVerifier verifier_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<std::unique_ptr<Oracle>> oracles_;
    Counters counters_;
    SentVotes sent_votes_;
    std::vector<Violation> violations_;
    std::function<void(NodeIndex)> told_down_{};
};

}  // namespace steelyard::sim
