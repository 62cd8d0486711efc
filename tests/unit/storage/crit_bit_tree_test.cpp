#include "storage/crit_bit_tree.h"

#include "base/random.h"
#include "tests/support/reference_tree.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using crypto::ProofSpec;
using test::Records;
using test::reference_root;

using Writes = std::map<Bytes, std::optional<Bytes>>;

Bytes text(std::string_view value) {
    return to_bytes(as_bytes(value));
}

Result<void> update(CritBitTree& tree, const Writes& writes) {
    std::vector<TreeUpdate> updates;
    for (const auto& [key, value] : writes) {
        updates.push_back({key, value ? std::optional<ByteView>(*value) : std::nullopt});
    }
    return tree.update(updates);
}

void absorb(Records& records, const Writes& writes) {
    for (const auto& [key, value] : writes) {
        if (value) {
            records[key] = *value;
        } else {
            records.erase(key);
        }
    }
}

void load(CritBitTree& tree, const Records& records) {
    for (const auto& [key, value] : records) {
        ASSERT_TRUE(tree.append(key, value));
    }
    ASSERT_TRUE(tree.finish_load());
}

Bytes random_bytes(RandomSource& random, std::size_t size) {
    Bytes bytes(size);
    random.fill(bytes);
    return bytes;
}

/// Keys of one length, so that none is a prefix of another, from so few that they meet again.
Bytes random_key(RandomSource& random) {
    Bytes key(3);
    key[0] = static_cast<std::uint8_t>(random.below(3) * 100);
    key[1] = static_cast<std::uint8_t>(random.below(2) * 255);
    key[2] = static_cast<std::uint8_t>(random.next_u64());
    return key;
}

Writes random_writes(RandomSource& random, std::size_t count) {
    Writes writes;
    for (std::size_t i = 0; i < count; ++i) {
        std::optional<Bytes>& value = writes[random_key(random)];
        if (random.below(3) != 0) {
            value = random_bytes(random, 1 + random.below(700));
        }
    }
    return writes;
}

/// That the tree, at a version, is exactly `records` and proves it.
void expect_proofs(const CritBitTree& tree, CritBitTree::Version version, const Records& records) {
    const crypto::Hash256 root = tree.root(version);
    ASSERT_EQ(root, reference_root(records));
    for (int first = 0; first <= 200; first += 100) {
        for (int i = 0; i < 512; i += 7) {
            const Bytes key = {
                static_cast<std::uint8_t>(first),
                static_cast<std::uint8_t>(i / 256 * 255),
                static_cast<std::uint8_t>(i),
            };
            const auto proof = tree.prove(key, version);
            if (records.empty()) {
                ASSERT_EQ(proof.error().code(), ErrorCode::not_found);
                continue;
            }
            ASSERT_TRUE(proof);
            const auto record = records.find(key);
            const std::optional<ByteView> value = tree.get(key, version);
            if (record == records.end()) {
                ASSERT_FALSE(value);
                ASSERT_TRUE(verify_non_membership(ProofSpec::iavl, root, *proof, key));
            } else {
                ASSERT_TRUE(value && equal(*value, record->second));
                ASSERT_TRUE(verify_membership(ProofSpec::iavl, root, *proof, key, record->second));
            }
        }
    }
}

TEST(CritBitTree, of_nothing_has_the_hash_of_nothing) {
    const CritBitTree tree;

    EXPECT_EQ(tree.root(), crypto::sha256(ByteView{}));
    EXPECT_EQ(tree.size(), 0U);
    EXPECT_FALSE(tree.get(text("a")));
    EXPECT_FALSE(tree.lower_bound(text("a")).valid());
}

TEST(CritBitTree, agrees_with_the_reference_after_every_random_update) {
    SeededRandom random(1);
    CritBitTree tree;
    Records records;
    for (int round = 0; round < 60; ++round) {
        const Writes writes = random_writes(random, 1 + random.below(120));

        ASSERT_TRUE(update(tree, writes));

        absorb(records, writes);
        ASSERT_EQ(tree.root(), reference_root(records)) << "round " << round;
        ASSERT_EQ(tree.size(), records.size());
        for (const auto& [key, value] : writes) {
            const auto found = tree.get(key);
            ASSERT_EQ(found.has_value(), value.has_value());
            ASSERT_TRUE(!found || equal(*found, *value));
        }
    }
}

TEST(CritBitTree, has_the_same_root_whatever_the_history) {
    SeededRandom random(2);
    Records records;
    while (records.size() < 300) {
        records[random_key(random)] = random_bytes(random, 40);
    }
    std::vector<Bytes> order;
    for (const auto& [key, value] : records) {
        order.push_back(key);
    }
    CritBitTree loaded;
    load(loaded, records);
    EXPECT_EQ(loaded.root(), reference_root(records));

    for (int run = 0; run < 4; ++run) {
        for (std::size_t i = order.size(); i > 1; --i) {
            std::swap(order[i - 1], order[random.below(i)]);
        }
        CritBitTree tree;
        for (std::size_t i = 0; i < order.size(); i += 50) {
            Writes inserts;
            for (std::size_t j = i; j < i + 50; ++j) {
                inserts[order[j]] = records[order[j]];
            }
            const Writes passing = {{text("~passing"), text("x")}, {text("!passing"), text("y")}};
            ASSERT_TRUE(update(tree, passing));
            ASSERT_TRUE(update(tree, inserts));
            ASSERT_TRUE(
                update(tree, {{text("~passing"), std::nullopt}, {text("!passing"), std::nullopt}})
            );
        }
        EXPECT_EQ(tree.root(), loaded.root());
    }
}

TEST(CritBitTree, proves_presence_and_absence_at_every_version_it_keeps) {
    SeededRandom random(3);
    CritBitTree tree;
    std::vector<Records> versions(1);
    for (int round = 0; round < 12; ++round) {
        // Now and then everything goes, so that versions with no and with one record occur.
        Writes writes = random_writes(random, round % 4 == 3 ? 1 : 90);
        if (round % 4 == 3) {
            for (const auto& [key, value] : versions.back()) {
                writes.try_emplace(key, std::nullopt);
            }
        }
        ASSERT_TRUE(update(tree, writes));
        versions.push_back(versions.back());
        absorb(versions.back(), writes);
        if (tree.head() - tree.oldest() > 5) {
            tree.forget_oldest();
        }
    }

    ASSERT_EQ(tree.oldest(), 7U);
    for (CritBitTree::Version version = tree.oldest(); version <= tree.head(); ++version) {
        expect_proofs(tree, version, versions[version]);
    }
}

TEST(CritBitTree, rolls_back_to_what_it_was) {
    SeededRandom random(4);
    CritBitTree tree;
    Records records;
    for (int round = 0; round < 40; ++round) {
        const Writes kept = random_writes(random, 40);
        ASSERT_TRUE(update(tree, kept));
        absorb(records, kept);
        const crypto::Hash256 root = tree.root();

        ASSERT_TRUE(update(tree, random_writes(random, 80)));
        ASSERT_TRUE(update(tree, random_writes(random, 80)));
        tree.roll_back();
        tree.roll_back();

        ASSERT_EQ(tree.root(), root);
        ASSERT_EQ(tree.size(), records.size());
        if (round % 10 == 0) {
            expect_proofs(tree, tree.head(), records);
        }
    }
    EXPECT_EQ(tree.root(), reference_root(records));
}

TEST(CritBitTree, gives_memory_back_when_it_forgets_or_rolls_back) {
    SeededRandom random(5);
    CritBitTree tree;
    Records records;
    while (records.size() < 400) {
        records[random_key(random)] = random_bytes(random, 300);
    }
    load(tree, records);
    std::size_t settled = 0;
    // Enough rounds that to lose even the smallest records of one kind would fill a chunk.
    for (int round = 0; round < 1400; ++round) {
        ASSERT_TRUE(update(tree, random_writes(random, 200)));
        if (round % 3 == 0) {
            tree.roll_back();
        } else {
            tree.forget_oldest();
        }
        EXPECT_EQ(tree.history_size(), 0U);
        settled = round == 100 ? tree.memory_size() : settled;
    }
    EXPECT_EQ(tree.memory_size(), settled);
}

TEST(CritBitTree, keeps_no_memory_of_a_large_version_in_the_logs_of_small_ones) {
    CritBitTree tree;
    Writes large;
    for (int i = 0; i < 2000; ++i) {
        large[{static_cast<std::uint8_t>(i / 256), static_cast<std::uint8_t>(i)}] = text("1");
    }
    ASSERT_TRUE(update(tree, large));
    for (auto& [key, value] : large) {
        value = text("2");
    }
    ASSERT_TRUE(update(tree, large));
    for (const char* value : {"3", "4", "5", "6"}) {
        ASSERT_TRUE(update(tree, {{large.begin()->first, text(value)}}));
        while (tree.oldest() + 1 < tree.head()) {
            tree.forget_oldest();
        }
        EXPECT_LT(tree.history_size(), 10'000U);
    }
}

TEST(CritBitTree, refuses_keys_of_which_one_is_a_prefix_of_another) {
    CritBitTree tree;
    ASSERT_TRUE(update(tree, {{text("order/1"), text("a")}, {text("order/2"), text("b")}}));
    const crypto::Hash256 root = tree.root();

    for (const char* key : {"order", "order/", "order/1/x", "o"}) {
        const Result<void> refused = update(tree, {{text(key), text("c")}, {text("z"), text("d")}});
        ASSERT_FALSE(refused) << key;
        EXPECT_EQ(refused.error().code(), ErrorCode::invalid);
        EXPECT_EQ(tree.root(), root);
        EXPECT_EQ(tree.head(), 1U);
    }
    EXPECT_FALSE(update(tree, {{text("x"), text("a")}, {text("xy"), text("b")}}));

    // Zero bytes do not hide a prefix.
    EXPECT_FALSE(update(tree, {{Bytes{'q'}, text("a")}, {Bytes{'q', 0}, text("b")}}));

    // Only the outcome counts, whichever key goes.
    EXPECT_TRUE(update(tree, {{text("order/1"), std::nullopt}, {text("order/1/x"), text("c")}}));
    EXPECT_TRUE(update(tree, {{text("order/1"), text("a")}, {text("order/1/x"), std::nullopt}}));
    EXPECT_EQ(tree.root(), root);
}

TEST(CritBitTree, refuses_what_its_limits_exclude) {
    CritBitTree tree;
    const Bytes long_key(state_key_size_max + 1, 7);
    const Bytes long_value(state_value_size_max + 1, 7);

    EXPECT_EQ(update(tree, {{Bytes{}, text("a")}}).error().code(), ErrorCode::invalid);
    EXPECT_EQ(update(tree, {{text("a"), Bytes{}}}).error().code(), ErrorCode::invalid);
    EXPECT_EQ(update(tree, {{long_key, text("a")}}).error().code(), ErrorCode::too_large);
    EXPECT_EQ(update(tree, {{text("a"), long_value}}).error().code(), ErrorCode::too_large);
    EXPECT_EQ(tree.head(), 0U);

    const Bytes key(state_key_size_max, 7);
    const Bytes value(state_value_size_max, 7);
    ASSERT_TRUE(update(tree, {{key, value}}));
    EXPECT_EQ(tree.root(), reference_root({{key, value}}));
}

/// Key i has its only 1 bit at place i, so the keys make a tree that is one long chain.
Writes chain(std::size_t count) {
    Writes writes;
    for (std::size_t i = 0; i < count; ++i) {
        Bytes key(32);
        key[i / 8] = static_cast<std::uint8_t>(0x80U >> (i % 8));
        writes[key] = text("v");
    }
    return writes;
}

TEST(CritBitTree, refuses_to_grow_deeper_than_verifiers_follow) {
    CritBitTree tree;
    ASSERT_TRUE(update(tree, chain(state_tree_depth_max + 1)));
    const crypto::Hash256 root = tree.root();

    const Result<void> refused = update(tree, chain(200));

    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::too_large);
    EXPECT_EQ(tree.root(), root);
    const Bytes deepest = chain(state_tree_depth_max + 1).begin()->first;
    const auto proof = tree.prove(deepest, tree.head());
    ASSERT_TRUE(proof);
    EXPECT_EQ(std::get<crypto::ExistenceProof>(*proof).path.size(), state_tree_depth_max);
    EXPECT_TRUE(verify_membership(ProofSpec::iavl, root, *proof, deepest, text("v")));

    CritBitTree loaded;
    Result<void> appended;
    for (const auto& [key, value] : chain(state_tree_depth_max + 2)) {
        appended = loaded.append(key, *value);
        ASSERT_TRUE(appended);
    }
    EXPECT_EQ(loaded.finish_load().error().code(), ErrorCode::too_large);
}

TEST(CritBitTree, loads_only_ascending_keys_without_prefixes) {
    CritBitTree tree;
    ASSERT_TRUE(tree.append(text("b"), text("1")));

    EXPECT_FALSE(tree.append(text("a"), text("1")));
    EXPECT_FALSE(tree.append(text("b"), text("1")));
    EXPECT_FALSE(tree.append(text("bc"), text("1")));
}

TEST(CritBitTree, walks_its_keys_in_order_from_any_place) {
    SeededRandom random(6);
    CritBitTree tree;
    Records records;
    const Writes writes = random_writes(random, 400);
    ASSERT_TRUE(update(tree, writes));
    absorb(records, writes);

    for (int i = 0; i < 300; ++i) {
        Bytes from = random_key(random);
        from.resize(1 + random.below(4));
        auto expected = records.lower_bound(from);
        auto cursor = tree.lower_bound(from);
        for (int steps = 0; steps < 5; ++steps) {
            ASSERT_EQ(cursor.valid(), expected != records.end());
            if (!cursor.valid()) {
                break;
            }
            ASSERT_TRUE(equal(cursor.key(), expected->first));
            ASSERT_TRUE(equal(cursor.value(), expected->second));
            cursor.next();
            ++expected;
        }
    }
    std::size_t count = 0;
    for (auto cursor = tree.lower_bound({}); cursor.valid(); cursor.next()) {
        ++count;
    }
    EXPECT_EQ(count, records.size());
}

TEST(CritBitTree, tells_what_the_last_update_changed_and_nothing_else) {
    CritBitTree tree;
    ASSERT_TRUE(update(tree, {{text("a"), text("1")}, {text("b"), text("2")}}));

    ASSERT_TRUE(update(
        tree,
        {{text("a"), text("1")},
         {text("b"), text("3")},
         {text("c"), text("4")},
         {text("d"), std::nullopt}}
    ));

    std::map<Bytes, std::pair<Bytes, Bytes>> changes;
    tree.visit_changes([&](const TreeChange& change) {
        changes[to_bytes(change.key)] = {
            to_bytes(change.before.value_or(ByteView{})),
            to_bytes(change.after.value_or(ByteView{}))
        };
    });
    const std::map<Bytes, std::pair<Bytes, Bytes>> expected = {
        {text("b"), {text("2"), text("3")}},
        {text("c"), {Bytes{}, text("4")}},
    };
    EXPECT_EQ(changes, expected);
}

TEST(CritBitTree, hashes_as_iavl_does) {
    // Height 0, size 1, version 1, the key and the hash of the value with their lengths.
    CritBitTree tree;
    ASSERT_TRUE(update(tree, {{text("key"), text("value")}}));
    Bytes leaf = {0, 2, 2, 3, 'k', 'e', 'y', 32};
    append(leaf, crypto::sha256(text("value")));

    EXPECT_EQ(tree.root(), crypto::sha256(leaf));
}

}  // namespace
}  // namespace steelyard::storage
