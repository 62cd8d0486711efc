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
    void note(const chain::Proposal& proposal, const Cluster& cluster) {
        if (proposal.height.value() > cluster.highest().value() + 2) {
            return;
        }
        auto& blocks = by_height_[proposal.height];
        if (auto parts = chain::PartSet::expect(proposal.block_id.parts);
            parts && blocks.size() < blocks_max) {
            blocks.try_emplace(proposal.block_id, Gathered{*std::move(parts)});
        }
        const auto found = blocks.find(proposal.block_id);
        if (found != blocks.end() && !proposal.pol_round) {
            found->second.note_signer(proposal, cluster);
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
        for (auto& [id, gathered] : found->second) {
            chain::PartSet& parts = gathered.parts;
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
        const auto block = found->second.find(id);
        const bool is_there = block != found->second.end() && block->second.parts.is_complete();
        return is_there ? std::optional(block->second.parts.join()) : std::nullopt;
    }

    /// Whether the validator was seen to propose the block for the first time.
    bool has_proposed(const chain::Address& validator, Height height, const BlockId& id) const {
        const auto found = by_height_.find(height);
        return found != by_height_.end() && found->second.contains(id) &&
               found->second.at(id).signers.contains(validator);
    }

private:
    struct Gathered {
        chain::PartSet parts;
        std::set<chain::Address> signers{};  ///< of proposals that give it no earlier polka

        void note_signer(const chain::Proposal& proposal, const Cluster& cluster) {
            for (const Member& member : roster_of(cluster, proposal.height).members) {
                const chain::SignatureCheck check{
                    member.key,
                    chain::sign_bytes(proposal, cluster.genesis().chain_id),
                    proposal.signature
                };
                if (!signers.contains(member.address) &&
                    !cluster.verifier()(std::span(&check, 1))) {
                    signers.insert(member.address);
                }
            }
        }
    };

    std::map<Height, std::map<BlockId, Gathered>> by_height_;
};

class Validity final : public Oracle {
public:
    std::string_view name() const override { return "validity"; }

    Finding on_sent(const Cluster& cluster, const Sent& sent) override {
        if (const auto* proposal = std::get_if<chain::Proposal>(&sent.message)) {
            proposals_.note(*proposal, cluster);
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
        const bool has_name = block && cluster.is_safe() && !finding;
        if (has_name &&
            !proposals_.has_proposed(block->header.proposer_address, vote.height, *vote.block_id)) {
            finding = "it names a proposer who has not proposed it";
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
