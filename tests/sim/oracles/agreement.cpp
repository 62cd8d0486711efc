#include "tests/sim/cluster.h"
#include "tests/sim/describe.h"
#include "tests/sim/oracles/oracles.h"

#include <set>

namespace steelyard::sim {
namespace {

using chain::Height;

class Agreement final : public Oracle {
public:
    std::string_view name() const override { return "agreement"; }

    Finding on_committed(const Cluster& cluster, const Committed& committed) override {
        if (!cluster.is_correct(committed.node)) {
            return {};
        }
        const Height height = committed.block.header.height;
        told_.insert({committed.node, height});
        if (auto finding = compare(committed.node, height, committed.commit.block_id())) {
            return finding;
        }
        const chain::AppHash& ours = committed.results.app_hash;
        const auto& [theirs, by] =
            app_hashes_.try_emplace(height, ours, committed.node).first->second;
        if (theirs != ours) {
            return fmt::format(
                "nodes {} and {} have other states after height {}", by, committed.node, height
            );
        }
        return {};
    }

    /// Blocks that a node applied while it recovered were told to nobody.
    Finding at_end(const Cluster& cluster) override {
        for (NodeIndex index = 0; index < cluster.size(); ++index) {
            const Node& node = cluster.node(index);
            if (node.is_correct() && node.is_running()) {
                if (auto finding = compare_store(index, node.blocks())) {
                    return finding;
                }
            }
        }
        return {};
    }

private:
    Finding compare(NodeIndex node, Height height, const chain::BlockId& block) {
        const auto& [first, by] = blocks_.try_emplace(height, block, node).first->second;
        if (first != block) {
            return fmt::format(
                "at height {} node {} committed {}, node {} committed {}",
                height,
                by,
                describe(first.hash),
                node,
                describe(block.hash)
            );
        }
        return {};
    }

    Finding compare_store(NodeIndex node, const storage::BlockStore& blocks) {
        const storage::BlockRange range = blocks.range();
        for (Height height = range.base; range.contains(height); height = height.next()) {
            if (told_.contains({node, height})) {
                continue;
            }
            const auto meta = blocks.load_meta(height);
            if (!meta) {
                return fmt::format(
                    "node {} cannot load block {}: {}", node, height, meta.error().message()
                );
            }
            if (auto finding = compare(node, height, meta->block_id)) {
                return finding;
            }
        }
        return {};
    }

    std::set<std::pair<NodeIndex, Height>> told_;
    std::map<Height, std::pair<chain::BlockId, NodeIndex>> blocks_;
    std::map<Height, std::pair<chain::AppHash, NodeIndex>> app_hashes_;
};

}  // namespace

std::unique_ptr<Oracle> make_agreement() {
    return std::make_unique<Agreement>();
}

}  // namespace steelyard::sim
