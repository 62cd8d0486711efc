#include "tests/sim/cluster.h"
#include "tests/sim/oracles/judge.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

using chain::Height;
using chain::Round;

/// What one validator may be punished for once.
struct Offence {
    Height height{};
    Round round{};
    chain::SignedMsgType type = chain::SignedMsgType::prevote;
    chain::Address voter{};

    auto operator<=>(const Offence&) const = default;
};

Offence offence_of(const chain::Vote& vote) {
    return {vote.height, vote.round, vote.type, vote.validator_address};
}

/// What one correct node has learnt.
struct Knowledge {
    /// Of one height: the round that the node is in, at least, and the first votes that it got.
    Height height{};
    Round round{};
    std::map<Offence, chain::Vote> first{};
    std::set<Offence> seen{};

    /// How many conflicts its engine has told of since the last block, of each validator.
    std::map<chain::Address, std::size_t> told{};

    /// What peers told it of at its height.
    std::set<Offence> heard{};

    /// Of heights that it has committed since, so that it must not forget.
    std::set<Offence> proven{};
};

class Justice final : public Oracle {
public:
    std::string_view name() const override { return "justice"; }

    /// A crash may take what was not yet proven.
    Finding on_started(const Cluster&, NodeIndex node) override {
        known_[node].first.clear();
        known_[node].seen.clear();
        return {};
    }

    Finding on_sent(const Cluster& cluster, const Sent& sent) override {
        const auto* vote = std::get_if<chain::Vote>(&sent.message);
        const crypto::PublicKey& key = cluster.node(sent.from).public_key();
        if (vote && vote->validator_address == key.address()) {
            Knowledge& known = knowledge_at(sent.from, vote->height);
            known.round = std::max(known.round, vote->round);
        }
        return {};
    }

    Finding on_delivered(const Cluster& cluster, const Delivered& delivered) override {
        const auto* vote = std::get_if<chain::Vote>(&delivered.message);
        const bool is_of_now = vote && cluster.is_correct(delivered.to) &&
                               vote->height == cluster.node(delivered.to).height().next();
        if (is_of_now) {
            learn(cluster, knowledge_at(delivered.to, vote->height), *vote);
        }
        return {};
    }

    Finding on_conflict(const Cluster& cluster, const Conflict& conflict) override {
        ++known_[conflict.by].told[conflict.first.validator_address];
        for (NodeIndex node = 0; node < cluster.size(); ++node) {
            const auto address = cluster.node(node).public_key().address();
            if (cluster.is_correct(node) && conflict.first.validator_address == address) {
                return fmt::format(
                    "node {} accuses node {}, which is correct, of two votes at height {}, round "
                    "{}",
                    conflict.by,
                    node,
                    conflict.first.height,
                    conflict.first.round
                );
            }
        }
        return {};
    }

    /// It has been judged, and waits for this node's block of the next height.
    Finding on_evidence_heard(const Cluster&, NodeIndex node, const chain::Evidence& evidence)
        override {
        const auto* votes = std::get_if<chain::DuplicateVoteEvidence>(&evidence);
        if (!votes) {
            return {};
        }
        known_[node].heard.insert(offence_of(votes->vote_a));
        return {};
    }

    Finding on_committed(const Cluster& cluster, const Committed& committed) override {
        if (!cluster.is_correct(committed.node)) {
            return {};
        }
        const chain::Block& block = committed.block;
        Finding finding;
        if (!record_.find(block.header.height)) {
            finding = on_new_block(cluster, block);
            record_.note(committed);
        }
        const Node& node = cluster.node(committed.node);
        if (node.is_running() && node.engine() == nullptr) {
            return finding;  // told while it recovers: what it saw before the crash is lost
        }
        const std::size_t waiting = node.is_running() ? node.evidence().pending_count() : 0;
        remember(known_[committed.node], block.header.height, waiting);
        return finding;
    }

private:
    /// Fewer than the evidence pool is ready to keep of one validator: 16.
    static constexpr std::int64_t proven_max = 6;

    /// Rounds for which a node keeps all votes.
    static constexpr std::int32_t rounds_behind_max = 200;

    Knowledge& knowledge_at(NodeIndex node, Height height) {
        Knowledge& known = known_[node];
        if (known.height != height) {
            known = {
                .height = height,
                .told = std::move(known.told),
                .heard = std::move(known.heard),
                .proven = std::move(known.proven),
            };
        }
        return known;
    }

    static std::int64_t count(const std::set<Offence>& offences, const chain::Address& voter) {
        return std::ranges::count(offences, voter, &Offence::voter);
    }

    void learn(const Cluster& cluster, Knowledge& known, const chain::Vote& vote) {
        const bool is_near = vote.round.value() <= known.round.value() + 1 &&
                             vote.round.value() >= known.round.value() - rounds_behind_max;
        const Roster roster = roster_of(cluster, vote.height);
        const bool has_place =
            vote.validator_index < roster.members.size() &&
            roster.members[vote.validator_index].address == vote.validator_address;
        if (!is_near || !has_place) {
            return;
        }
        const crypto::PublicKey& key = roster.members[vote.validator_index].key;
        const Offence offence = offence_of(vote);
        const auto first = known.first.find(offence);
        const bool is_new = first == known.first.end();
        if ((!is_new && first->second.block_id == vote.block_id) ||
            !is_signed(cluster, vote, key)) {
            return;
        }
        if (is_new) {
            known.first.emplace(offence, vote);
        } else if (count(known.seen, offence.voter) < proven_max) {
            known.seen.insert(offence);
        }
    }

    /// A validator that contradicts itself more often than the pool has room for, be it in rounds
    /// far ahead, is punished for some of it only.
    void remember(Knowledge& known, Height committed, std::size_t waiting) {
        for (const Offence& offence : known.seen) {
            const bool is_over = offence.height <= committed;
            const bool has_room =
                known.told[offence.voter] + waiting <= evidence::pending_per_validator_max;
            if (is_over && has_room && !punished_.contains(offence) &&
                count(known.proven, offence.voter) < proven_max) {
                known.proven.insert(offence);
            }
        }
        for (const Offence& offence : known.heard) {
            if (!punished_.contains(offence) && count(known.proven, offence.voter) < proven_max) {
                known.proven.insert(offence);
            }
        }
        known.heard.clear();
        known.seen.clear();
        known.first.clear();
        known.told.clear();
    }

    Finding on_new_block(const Cluster& cluster, const chain::Block& block) {
        const std::optional<NodeIndex> proposer = correct_proposer(cluster, block);
        std::set<chain::Address> named;
        for (const chain::Evidence& evidence : block.evidence) {
            const auto* votes = std::get_if<chain::DuplicateVoteEvidence>(&evidence);
            if (!votes) {
                continue;
            }
            const Offence offence = offence_of(votes->vote_a);
            if (!carried_.insert(chain::encode_evidence(evidence)).second) {
                return about(offence, block, "carries the same piece again, about two votes of");
            }
            if (!punish(offence) && proposer) {
                return about(offence, block, "of a correct node punishes again for two votes of");
            }
            if (!named.insert(offence.voter).second && proposer) {
                return about(offence, block, "of a correct node accuses twice, also for votes of");
            }
        }
        return proposer ? check_duty(cluster, *proposer, block.header.height, named) : Finding();
    }

    static std::optional<NodeIndex> correct_proposer(
        const Cluster& cluster, const chain::Block& block
    ) {
        for (NodeIndex node = 0; node < cluster.size(); ++node) {
            const auto address = cluster.node(node).public_key().address();
            if (cluster.is_correct(node) && block.header.proposer_address == address) {
                return node;
            }
        }
        return std::nullopt;
    }

    static Finding about(const Offence& offence, const chain::Block& block, std::string_view what) {
        return fmt::format(
            "block {} {} height {}, round {}",
            block.header.height,
            what,
            offence.height,
            offence.round
        );
    }

    /// False if it was punished before: with another piece, which a node that is not correct may
    /// propose.
    bool punish(const Offence& offence) {
        for (auto& [node, known] : known_) {
            known.proven.erase(offence);
        }
        return punished_.insert(offence).second;
    }

    /// Whom a block names it names once: the rest is for later blocks.
    Finding check_duty(
        const Cluster& cluster, NodeIndex node, Height height, const std::set<chain::Address>& named
    ) {
        const Judge judge(cluster, record_);
        for (const Offence& offence : known_[node].proven) {
            const bool is_due = record_.find(offence.height) && record_.find(height.previous()) &&
                                !judge.is_expired(offence.height, height) &&
                                !named.contains(offence.voter);
            if (is_due) {
                return fmt::format(
                    "node {} knows of two votes of height {}, round {}, but its block {} does not "
                    "tell",
                    node,
                    offence.height,
                    offence.round,
                    height
                );
            }
        }
        return {};
    }

    Record record_;
    std::map<NodeIndex, Knowledge> known_;
    std::set<Offence> punished_;
    std::set<Bytes> carried_;
};

}  // namespace

std::unique_ptr<Oracle> make_justice() {
    return std::make_unique<Justice>();
}

}  // namespace steelyard::sim
