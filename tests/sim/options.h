// Options: everything that a simulation is made of. All of it follows from a seed and what the
// caller fixes.
#pragma once

#include "chain/validator.h"
#include "tests/sim/draw.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace steelyard::sim {

/// What can be switched off, to find out what a failure needs.
enum class FaultClass : std::uint8_t {
    delays,  ///< long ones, and links that differ
    loss,
    duplication,
    reordering,
    partitions,
    clogs,        ///< a link holds back everything for a while
    crashes,      ///< at some moment
    torn_writes,  ///< crashes in the middle of a storage operation
    slow_syncs,
    pauses,  ///< a machine stands still, and goes on as if nothing was
    clock_errors,
    validator_changes,
    large_blocks,
    byzantine,
    gossip,       ///< nodes gossip over connections, instead of telling everybody
    abstentions,  ///< a node has nothing to propose at its turn
    block_sync,   ///< where they gossip: they fetch blocks first, also from liars, and are off for
                  ///< long
};

inline constexpr std::size_t fault_classes_count = 17;

std::string_view to_string(FaultClass fault);
std::optional<FaultClass> parse_fault_class(std::string_view text);

/// Which signatures validators make.
enum class Signatures : std::uint8_t { mock, secp256k1, ed25519 };

/// What the nodes replicate.
enum class App : std::uint8_t {
    hash,    ///< a running hash (sim_application.h)
    ledger,  ///< the real one, with people who use it (ledger/)
    market,  ///< besides, with providers and users of the market
};

/// Whether nodes replicate the ledger.
constexpr bool is_ledger(App app) {
    return app != App::hash;
}

std::string_view to_string(App app);
std::optional<App> parse_app(std::string_view text);

/// Of every link, in each direction.
struct LinkOptions {
    Time delay_min = std::chrono::milliseconds(5);
    Time delay_max = std::chrono::milliseconds(50);
    Permille slow = 0;  ///< messages that take up to slow_max instead
    Time slow_max = std::chrono::seconds(5);
    Permille loss = 0;
    Permille duplication = 0;
    bool reorders = false;  ///< else a link delivers in order
};

enum class PartitionKind : std::uint8_t { none, uniform, isolate_one };

/// Something that begins again and again, with a pause between, and lasts for a while. Nothing
/// happens where `pause_max` is 0.
struct Recurring {
    Time pause_max{};
    Time length_max{};

    bool occurs() const { return pause_max > Time(0); }
};

struct CrashOptions {
    Recurring moments{};  ///< length: how long the machine is down
    Recurring torn{};     ///< a pause passes, then some storage operation is torn
    Permille lose_all = 300;
    Permille lose_some = 400;  ///< else only what a process loses
};

/// Nodes speak through the production gossip, over connections that lose nothing until they break.
struct GossipOptions {
    std::vector<std::pair<NodeIndex, NodeIndex>> edges{};  ///< who is connected
    std::set<NodeIndex> strangers{};                       ///< speak CometBFT's channels only
    Permille breaks = 0;  ///< of 100,000 messages so many break their connection
};

/// Nodes begin with block sync, and come back to it where they are left behind.
struct SyncOptions {
    std::set<NodeIndex> liars{};          ///< about blocks; not in what they vote
    std::optional<NodeIndex> newcomer{};  ///< first starts at `joins_at`, with empty disks
    Time joins_at{};
    Recurring absences{};  ///< a node is off for many heights
};

struct ByzantineNode {
    NodeIndex node = 0;
    std::string strategy{};
};

/// A change of a validator's power, which the application gives at a height.
struct PowerChange {
    std::int64_t height = 0;
    NodeIndex node = 0;
    chain::VotingPower power = 0;  ///< 0: it leaves
};

struct Options {
    std::uint64_t seed = 0;

    /// The power of each node in the genesis document, 4 to 7 of them; 0 for one that looks on.
    std::vector<chain::VotingPower> powers{};
    std::vector<PowerChange> power_changes{};  ///< by ascending height
    std::vector<ByzantineNode> byzantine{};
    Signatures signatures = Signatures::mock;
    App app = App::hash;
    bool skip_commit_wait = false;
    Time block_interval = std::chrono::seconds(1);
    Permille quiet = 0;  ///< looks into the pool that find nothing to put into a block

    Time safety_phase = std::chrono::minutes(2);    ///< with faults
    Time liveness_phase = std::chrono::minutes(3);  ///< at most, without
    std::int64_t liveness_heights = 5;              ///< that every correct node must advance

    LinkOptions link{};
    std::optional<GossipOptions> gossip{};
    std::optional<SyncOptions> sync{};
    PartitionKind partition_kind = PartitionKind::none;
    bool one_way = false;  ///< partitions cut one direction only
    Recurring partitions{};
    Recurring clogs{};
    CrashOptions crashes{};
    Recurring pauses{};
    Time sync_max{};  ///< a synced write takes up to so long
    Time skew_max{};  ///< of wall clocks
    std::int32_t drift_max_ppm = 0;
    Permille large_blocks = 0;  ///< of several parts
    Permille abstentions = 0;   ///< turns in which a node has nothing to propose

    /// Evidence that is older than both is too old.
    std::int64_t evidence_age_blocks = 100'000;
    Time evidence_age = std::chrono::hours(48);

    std::size_t nodes() const { return powers.size(); }
    bool is_byzantine(NodeIndex node) const;

    /// At every height the Byzantine nodes have less than a third of the power; with the ledger,
    /// where powers change by what people do, at the first ones.
    bool is_safe() const;
};

/// What the caller fixes; the seed draws the rest.
struct Fixed {
    std::optional<std::uint32_t> nodes{};
    std::optional<std::uint32_t> minutes{};    ///< of the safety phase
    std::optional<std::uint32_t> byzantine{};  ///< so many, even if they are a third or more
    std::optional<App> app{};
    std::set<FaultClass> without{};
};

/// Of each seed another mixture: many have most faults off. Byzantine nodes have less than a third
/// of the power at every height, unless their number is fixed.
Options draw_options(std::uint64_t seed, const Fixed& fixed = {});

/// Four nodes, blocks of about a second, no faults: what speed is measured on.
Options calm_options(std::uint64_t seed);

}  // namespace steelyard::sim
