#include "tests/sim/cluster.h"
#include "tests/sim/oracles/judge.h"
#include "tests/sim/oracles/oracles.h"

namespace steelyard::sim {
namespace {

using chain::BlockId;
using chain::Height;

/// The blocks that somebody proposed, put together from the parts that somebody sent.
class Proposals {
public:
    /// Blocks of so many heights are remembered, and so many of one height.
    static constexpr std::size_t heights_max = 8;
    static constexpr std::size_t blocks_max = 256;

    /// Of heights that nobody can be at yet nothing is remembered.
    void note(const chain::Proposal& proposal, Height highest) {
        if (proposal.height.value() > highest.value() + 2) {
            return;
        }
        auto& blocks = by_height_[proposal.height];
        if (auto parts = chain::PartSet::expect(proposal.block_id.parts);
            parts && blocks.size() < blocks_max) {
            blocks.try_emplace(proposal.block_id, *std::move(parts));
        }
        while (by_height_.size() > heights_max) {
            by_height_.erase(by_height_.begin());
        }
    }

    void note(const consensus::BlockPart& part) {
        const auto found = by_height_.find(part.height);
        if (found == by_height_.end()) {
            return;
        }
        for (auto& [id, parts] : found->second) {
            const bool fits = part.part.proof.total == std::int64_t{parts.header().total};
            if (fits && !parts.present().test(part.part.index())) {
                static_cast<void>(parts.add(part.part).has_value());
            }
        }
    }

    /// The block's bytes, if all of them were sent.
    std::optional<Bytes> find(Height height, const BlockId& id) const {
        const auto found = by_height_.find(height);
        if (found == by_height_.end()) {
            return {};
        }
        const auto parts = found->second.find(id);
        const bool is_there = parts != found->second.end() && parts->second.is_complete();
        return is_there ? std::optional(parts->second.join()) : std::nullopt;
    }

private:
    std::map<Height, std::map<BlockId, chain::PartSet>> by_height_;
};

class Validity final : public Oracle {
public:
    std::string_view name() const override { return "validity"; }

    Finding on_sent(const Cluster& cluster, const Sent& sent) override {
        if (const auto* proposal = std::get_if<chain::Proposal>(&sent.message)) {
            proposals_.note(*proposal, cluster.highest());
        } else if (const auto* part = std::get_if<consensus::BlockPart>(&sent.message)) {
            proposals_.note(*part);
        } else if (const auto* vote = std::get_if<chain::Vote>(&sent.message)) {
            return on_vote(cluster, sent.from, *vote);
        }
        return {};
    }

    Finding on_committed(const Cluster& cluster, const Committed& committed) override {
        if (!cluster.is_correct(committed.node)) {
            return {};
        }
        const chain::Block& block = committed.block;
        const BlockId& id = committed.commit.block_id();
        const RecordedBlock* known = record_.find(block.header.height);
        if (!known || known->id != id) {
            const auto parts = chain::PartSet::cut(chain::encode_block(block));
            if (id != BlockId{chain::header_hash(block.header), parts.header()}) {
                return fmt::format("block {} is not what its commit names", block.header.height);
            }
            if (auto finding = judge(cluster).check_block(block)) {
                return finding;
            }
        }
        record_.note(committed);
        return judge(cluster).check_commit(committed.commit, id);
    }

private:
    Judge judge(const Cluster& cluster) const { return {cluster, record_}; }

    Finding on_vote(const Cluster& cluster, NodeIndex from, const chain::Vote& vote) {
        const bool is_own_prevote =
            cluster.is_correct(from) && vote.type == chain::SignedMsgType::prevote &&
            vote.validator_address == cluster.node(from).public_key().address() && vote.block_id;
        if (!is_own_prevote || judged_.contains(*vote.block_id)) {
            return {};
        }
        const auto bytes = proposals_.find(vote.height, *vote.block_id);
        if (!bytes) {
            return {};
        }
        judged_.insert(*vote.block_id);
        const auto block = chain::decode_block(*bytes);
        Finding finding = block ? judge(cluster).check_block(*block) : block.error().message();
        if (block && chain::header_hash(block->header) != vote.block_id->hash) {
            finding = "its hash is not its name's";
        }
        if (block && block->header.height != vote.height) {
            finding = "it is of another height";
        }
        if (finding) {
            return fmt::format(
                "node {} prevoted at height {}, round {} for a block that is not valid: {}",
                from,
                vote.height,
                vote.round,
                *finding
            );
        }
        return {};
    }

    Record record_;
    Proposals proposals_;
    std::set<BlockId> judged_;
};

}  // namespace

std::unique_ptr<Oracle> make_validity() {
    return std::make_unique<Validity>();
}

}  // namespace steelyard::sim
