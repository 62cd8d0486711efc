#include "vm/trace/hash_tree.h"

#include "base/random.h"

#include <gtest/gtest.h>
#include <bit>

namespace steelyard::vm {
namespace {

using crypto::Blake3Mode;
using Indices = std::vector<std::uint64_t>;

const Blake3Mode& mode() {
    static const Blake3Mode mode = Blake3Mode::derive_key("steelyard test tree");
    return mode;
}

std::vector<Hash256> random_leaves(std::uint64_t count) {
    SeededRandom random(count);
    std::vector<Hash256> out(count);
    for (Hash256& leaf : out) {
        random.fill(leaf);
    }
    return out;
}

std::vector<Hash256> picked(const std::vector<Hash256>& leaves, const Indices& indices) {
    std::vector<Hash256> out;
    for (const std::uint64_t index : indices) {
        out.push_back(leaves[index]);
    }
    return out;
}

Indices indices_of_mask(std::uint64_t mask, std::uint64_t count) {
    Indices out;
    for (std::uint64_t index = 0; index < count; ++index) {
        if ((mask >> index & 1) != 0) {
            out.push_back(index);
        }
    }
    return out;
}

/// The tree from its definition.
Hash256 slow_node(std::span<const Hash256> leaves, bool is_root) {
    if (leaves.size() == 1) {
        return leaves[0];
    }
    const std::size_t half = std::bit_floor(leaves.size() - 1);
    const std::array<Hash256, 2> children{
        slow_node(leaves.first(half), false), slow_node(leaves.subspan(half), false)
    };
    if (is_root) {
        return crypto::blake3_root(mode(), children[0], children[1]);
    }
    std::array<Hash256, 1> parent{};
    crypto::blake3_parents(mode(), children, parent);
    return parent[0];
}

/// Calls `body` with all subsets of small trees, and random ones of others.
template <typename Body>
void for_openings(const Body& body) {
    SeededRandom random(7);
    for (std::uint64_t count = 1; count <= 40; ++count) {
        const std::vector<Hash256> leaves = random_leaves(count);
        const HashTree tree(mode(), leaves);
        const std::uint64_t subsets = count <= 8 ? (std::uint64_t{1} << count) - 1 : 60;
        for (std::uint64_t subset = 1; subset <= subsets; ++subset) {
            std::uint64_t mask = subset;
            if (count > 8) {
                mask = random.next_u64() & (subset % 2 == 0 ? ~0ULL : random.next_u64());
                mask |= std::uint64_t{1} << random.below(count);
            }
            body(leaves, tree, indices_of_mask(mask, count));
        }
    }
}

TEST(HashTree, has_the_root_of_its_definition) {
    for (std::uint64_t count = 1; count <= 70; ++count) {
        const std::vector<Hash256> leaves = random_leaves(count);

        EXPECT_EQ(HashTree(mode(), leaves).root(), slow_node(leaves, true)) << count;
    }
}

TEST(HashTree, root_of_pieces_is_that_of_the_whole) {
    for (const std::uint64_t count : {1, 2, 3, 1023, 1024, 1025, 2048, 2049, 3073, 5000}) {
        const std::vector<Hash256> leaves = random_leaves(count);
        const auto source = [&](std::uint64_t first, std::span<Hash256> out) {
            std::ranges::copy(std::span(leaves).subspan(first, out.size()), out.begin());
        };

        EXPECT_EQ(tree_root(mode(), count, source), HashTree(mode(), leaves).root()) << count;
    }
}

TEST(HashTree, every_opening_gives_the_root) {
    for_openings([](const auto& leaves, const HashTree& tree, const Indices& indices) {
        const std::vector<Hash256> siblings = tree.opening(indices);

        EXPECT_EQ(siblings.size(), opening_size(leaves.size(), indices));
        EXPECT_EQ(
            root_of_opening(mode(), leaves.size(), indices, picked(leaves, indices), siblings),
            tree.root()
        );
    });
}

TEST(HashTree, no_changed_opening_gives_the_root) {
    for_openings([](const auto& all, const HashTree& tree, const Indices& indices) {
        const std::vector<Hash256> leaves = picked(all, indices);
        const std::vector<Hash256> siblings = tree.opening(indices);
        const auto expect_refused = [&](const Indices& which,
                                        const std::vector<Hash256>& opened,
                                        const std::vector<Hash256>& beside) {
            const auto root = root_of_opening(mode(), all.size(), which, opened, beside);
            EXPECT_NE(root, tree.root()) << all.size();
        };
        for (std::size_t at = 0; at < leaves.size(); ++at) {
            auto changed = leaves;
            changed[at][at % 32] ^= 1;
            expect_refused(indices, changed, siblings);
            auto moved = indices;
            moved[at] += 1;
            expect_refused(moved, leaves, siblings);
            if (at > 0) {
                auto swapped = leaves;
                std::swap(swapped[at], swapped[at - 1]);
                expect_refused(indices, swapped, siblings);
            }
        }
        for (std::size_t at = 0; at < siblings.size(); ++at) {
            auto changed = siblings;
            changed[at][31 - at % 32] ^= 0x80;
            expect_refused(indices, leaves, changed);
            auto missing = siblings;
            missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(at));
            expect_refused(indices, leaves, missing);
            auto doubled = siblings;
            doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(at), doubled[at]);
            expect_refused(indices, leaves, doubled);
        }
    });
}

TEST(HashTree, refuses_openings_that_are_none) {
    const std::vector<Hash256> leaves = random_leaves(5);
    const HashTree tree(mode(), leaves);
    const auto refusal = [&](const Indices& indices, std::size_t opened, std::size_t beside) {
        const auto root = root_of_opening(
            mode(),
            5,
            indices,
            std::vector<Hash256>(opened, leaves[0]),
            std::vector<Hash256>(beside, leaves[0])
        );
        return root ? "" : root.error().message();
    };

    EXPECT_EQ(refusal({}, 0, 1), "0 leaves for 0 indices");
    EXPECT_EQ(refusal({0, 1}, 1, 1), "1 leaves for 2 indices");
    EXPECT_EQ(refusal({1, 1}, 2, 3), "leaves that do not ascend, or not below 5");
    EXPECT_EQ(refusal({2, 1}, 2, 3), "leaves that do not ascend, or not below 5");
    EXPECT_EQ(refusal({5}, 1, 3), "leaves that do not ascend, or not below 5");
    EXPECT_EQ(refusal({4}, 1, 3), "3 siblings, not 1");
    EXPECT_TRUE(tree.opening({}).empty());
    EXPECT_EQ(opening_size(5, {}), 0U);
}

/// What an attacker would show who takes an inner node for a leaf, or the other way round.
TEST(HashTree, nodes_and_leaves_do_not_stand_for_each_other) {
    for (std::uint64_t count = 2; count <= 33; ++count) {
        const std::vector<Hash256> leaves = random_leaves(count);
        const HashTree tree(mode(), leaves);
        std::vector<Hash256> parents((count + 1) / 2);
        crypto::blake3_parents(
            mode(), std::span(leaves).first(count / 2 * 2), std::span(parents).first(count / 2)
        );
        if (count % 2 != 0) {
            parents.back() = leaves.back();
        }
        for (std::uint64_t index = 0; index < count / 2; ++index) {
            const Indices which{index};
            const std::vector<Hash256> siblings = tree.opening(which);

            // A node where the tree has a leaf, with the siblings of its place or of the leaf's.
            EXPECT_NE(
                root_of_opening(mode(), count, which, std::vector{parents[index]}, siblings),
                tree.root()
            );
            if (siblings.size() > 1) {
                const std::span<const Hash256> above = std::span(siblings).subspan(1);
                EXPECT_FALSE(
                    root_of_opening(mode(), count, which, std::vector{parents[index]}, above)
                );
            }
        }
        // The root is finalised: it is the value of no inner node.
        EXPECT_EQ(std::ranges::find(parents, tree.root()), parents.end());
    }
}

}  // namespace
}  // namespace steelyard::vm
