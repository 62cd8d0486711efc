#include "storage/state_tree.h"

#include "base/random.h"
#include "crypto/sha256.h"
#include "storage/memory_store.h"
#include "tests/support/reference_tree.h"

#include <gtest/gtest.h>

namespace steelyard::storage {
namespace {

using chain::Height;
using crypto::Hash256;
using crypto::ProofSpec;

constexpr StoreId bank = 0;
constexpr StoreId market = 1;
constexpr StoreId staking = 2;

StateTreeOptions three_stores() {
    StateTreeOptions options;
    options.stores = {"bank", "market", "staking"};
    return options;
}

std::unique_ptr<StateTree> open_state(KvStore& disk, StateTreeOptions options = three_stores()) {
    Result<std::unique_ptr<StateTree>> state = StateTree::open(disk, std::move(options));
    EXPECT_TRUE(state) << (state ? "" : state.error().message());
    return state ? *std::move(state) : nullptr;
}

ByteView text(std::string_view value) {
    return as_bytes(value);
}

Hash256 commit(StateTree& state, std::int64_t height, const StateWrites& writes) {
    const Result<Hash256> app_hash = state.prepare(writes);
    CHECK(app_hash);
    CHECK(state.commit(Height(height), text("block")));
    return *app_hash;
}

void commit_one(StateTree& state, std::int64_t height, std::string_view key, std::string_view v) {
    StateWrites writes;
    writes.put(bank, text(key), text(v));
    commit(state, height, writes);
}

std::string get(const StateTree& state, StoreId store, std::string_view key) {
    const auto value = state.get(store, text(key));
    CHECK(value);
    return *value ? std::string(as_text(**value)) : "(absent)";
}

std::string get_at(
    const StateTree& state, StoreId store, std::string_view key, std::int64_t height
) {
    const auto value = state.get(store, text(key), Height(height));
    if (!value) {
        return std::string(to_string(value.error().code()));
    }
    return *value ? std::string(as_text(**value)) : "(absent)";
}

/// A state as plain maps, and random blocks for it.
class Model {
public:
    explicit Model(std::uint64_t seed) : random_(seed) {}

    StateWrites next_block() {
        StateWrites writes;
        for (std::size_t i = random_.below(40); i > 0; --i) {
            const StoreId store = random_.below(2);  // the third stays empty
            const Bytes key = {static_cast<std::uint8_t>(random_.below(60))};
            if (random_.below(3) == 0) {
                writes.erase(store, key);
                stores_[store].erase(key);
            } else {
                Bytes value(1 + random_.below(100));
                random_.fill(value);
                writes.put(store, key, value);
                stores_[store][key] = value;
            }
        }
        return writes;
    }

    const test::Records& store(StoreId store) const { return stores_[store]; }

private:
    SeededRandom random_;
    std::array<test::Records, 3> stores_;
};

void expect_state(const StateTree& state, const Model& model) {
    for (const StoreId store : {bank, market, staking}) {
        EXPECT_EQ(state.head()->stores[store].root, test::reference_root(model.store(store)));
        for (std::uint8_t i = 0; i < 60; ++i) {
            const Bytes key = {i};
            const auto found = state.get(store, key);
            ASSERT_TRUE(found);
            const auto expected = model.store(store).find(key);
            ASSERT_EQ(found->has_value(), expected != model.store(store).end());
            ASSERT_TRUE(!*found || equal(**found, expected->second));
        }
    }
}

/// That every key of every store is proven, from its value or absence to the app hash.
void expect_proofs(
    const StateTree& state, Height height, const Hash256& app_hash, const Model& model
) {
    for (const StoreId store : {bank, market, staking}) {
        const test::Records& records = model.store(store);
        const Hash256 root = test::reference_root(records);
        const Bytes name = to_bytes(text(three_stores().stores[store]));
        const auto of_store = state.prove_store(store, height);
        ASSERT_TRUE(of_store);
        ASSERT_TRUE(verify_membership(ProofSpec::tendermint, app_hash, *of_store, name, root));
        for (std::uint8_t i = 0; i < 60; ++i) {
            const Bytes key = {i};
            const auto proof = state.prove(store, key, height);
            if (records.empty()) {
                ASSERT_EQ(proof.error().code(), ErrorCode::not_found);
                continue;
            }
            ASSERT_TRUE(proof);
            ASSERT_EQ(proof->of_store, *of_store);
            const auto& in_store = proof->in_store;
            const auto record = records.find(key);
            if (record == records.end()) {
                ASSERT_TRUE(verify_non_membership(ProofSpec::iavl, root, in_store, key));
            } else {
                ASSERT_TRUE(verify_membership(ProofSpec::iavl, root, in_store, key, record->second)
                );
            }
        }
    }
}

TEST(StateTree, starts_with_no_height_and_empty_stores) {
    MemoryStore disk;
    const auto state = open_state(disk);

    EXPECT_FALSE(state->head());
    EXPECT_EQ(get(*state, bank, "a"), "(absent)");
    EXPECT_EQ(state->find_store("market"), market);
    EXPECT_FALSE(state->find_store("mark"));
    EXPECT_EQ(state->prove(bank, text("a"), Height(0)).error().code(), ErrorCode::not_found);
}

TEST(StateTree, gives_the_app_hash_of_the_simple_map_of_its_roots) {
    MemoryStore disk;
    const auto state = open_state(disk);
    StateWrites writes;
    writes.put(market, text("key"), text("value"));

    const Hash256 app_hash = commit(*state, 1, writes);

    const auto leaf = [](std::string_view name, const Hash256& root) {
        return crypto::merkle_leaf_hash(crypto::simple_map_leaf(text(name), root));
    };
    const Hash256 market_root =
        test::reference_root({{to_bytes(text("key")), to_bytes(text("value"))}});
    EXPECT_EQ(
        app_hash,
        crypto::merkle_inner_hash(
            crypto::merkle_inner_hash(leaf("bank", empty_tree_root), leaf("market", market_root)),
            leaf("staking", empty_tree_root)
        )
    );
}

TEST(StateTree, agrees_with_its_model_and_proves_it_after_every_block_and_start) {
    MemoryStore disk;
    StateTreeOptions options = three_stores();
    options.history_heights_max = 4;
    auto state = open_state(disk, options);
    Model model(1);
    std::map<std::int64_t, std::pair<Hash256, Model>> kept;
    for (std::int64_t height = 5; height < 45; ++height) {
        const Hash256 app_hash = commit(*state, height, model.next_block());
        ASSERT_EQ(state->head()->height, Height(height));
        expect_state(*state, model);
        kept.insert_or_assign(height, std::pair(app_hash, model));
        if (height % 13 == 0) {
            const StateHead before = *state->head();
            state = open_state(disk, options);
            ASSERT_EQ(state->head(), before);
            expect_state(*state, model);
        }
        const Height oldest = state->oldest_provable();
        if (height % 13 == 0) {
            EXPECT_EQ(oldest, Height(height - 1));
            expect_proofs(*state, oldest, kept.at(height - 1).first, kept.at(height - 1).second);
        }
        if (height == 35) {
            EXPECT_EQ(oldest, Height(31));
        }
        EXPECT_EQ(
            state->prove_store(bank, Height(oldest.value() - 1)).error().code(),
            ErrorCode::not_found
        );
        for (Height h = oldest; height % 5 == 0 && h <= state->head()->height; h = h.next()) {
            expect_proofs(*state, h, kept.at(h.value()).first, kept.at(h.value()).second);
        }
    }
}

TEST(StateTree, proves_the_two_heights_before_the_head_whatever_they_take) {
    MemoryStore disk;
    StateTreeOptions options = three_stores();
    options.history_bytes_max = 0;
    options.history_heights_max = 0;
    const auto state = open_state(disk, options);
    for (std::int64_t height = 1; height <= 6; ++height) {
        commit_one(*state, height, "a", std::to_string(height));
        EXPECT_EQ(state->oldest_provable(), Height(std::max<std::int64_t>(1, height - 2)));
    }
    EXPECT_TRUE(state->prove(bank, text("a"), Height(4)));
}

TEST(StateTree, takes_back_what_was_prepared) {
    MemoryStore disk;
    const auto state = open_state(disk);
    commit_one(*state, 1, "a", "1");
    StateWrites writes;
    writes.put(bank, text("a"), text("2"));
    writes.put(market, text("b"), text("3"));

    const Result<Hash256> prepared = state->prepare(writes);
    ASSERT_TRUE(prepared);
    EXPECT_EQ(get(*state, bank, "a"), "2");
    EXPECT_EQ(get_at(*state, bank, "a", 1), "1");
    state->abort();

    EXPECT_EQ(get(*state, bank, "a"), "1");
    EXPECT_EQ(get(*state, market, "b"), "(absent)");
    EXPECT_EQ(*state->prepare(StateWrites()), state->head()->app_hash);
    state->abort();
    EXPECT_EQ(*state->prepare(writes), *prepared);
}

TEST(StateTree, changes_no_store_when_one_refuses_its_writes) {
    MemoryStore disk;
    const auto state = open_state(disk);
    commit_one(*state, 1, "a", "1");
    StateWrites writes;
    writes.put(bank, text("b"), text("2"));
    writes.put(market, text("x"), text("3"));
    writes.put(market, text("xy"), text("4"));

    EXPECT_EQ(state->prepare(writes).error().code(), ErrorCode::invalid);

    EXPECT_EQ(get(*state, bank, "b"), "(absent)");
    EXPECT_EQ(*state->prepare(StateWrites()), state->head()->app_hash);
}

TEST(StateTree, takes_the_last_word_on_a_key) {
    MemoryStore disk;
    const auto state = open_state(disk);
    StateWrites writes;
    writes.put(bank, text("a"), text("1"));
    writes.put(bank, text("b"), text("1"));
    writes.erase(bank, text("a"));
    writes.put(bank, text("b"), text("2"));

    commit(*state, 1, writes);

    EXPECT_EQ(get(*state, bank, "a"), "(absent)");
    EXPECT_EQ(get(*state, bank, "b"), "2");
}

TEST(StateTree, reads_earlier_heights_as_far_as_undo_records_reach) {
    MemoryStore disk;
    StateTreeOptions options = three_stores();
    options.history_heights_max = 2;
    options.undo_heights = 10;
    const auto state = open_state(disk, options);
    for (std::int64_t height = 1; height <= 30; ++height) {
        commit_one(*state, height, height % 2 == 0 ? "even" : "odd", std::to_string(height));
    }

    EXPECT_EQ(get_at(*state, bank, "even", 30), "30");
    EXPECT_EQ(get_at(*state, bank, "even", 29), "28");
    EXPECT_EQ(get_at(*state, bank, "odd", 22), "21");
    EXPECT_EQ(get_at(*state, bank, "never", 22), "(absent)");
    EXPECT_EQ(get_at(*state, bank, "even", 20), "20");
    EXPECT_EQ(get_at(*state, bank, "even", 19), "not_found");
    EXPECT_EQ(get_at(*state, bank, "even", 31), "not_found");
}

TEST(StateTree, has_nothing_to_read_before_its_first_height) {
    MemoryStore disk;
    const auto state = open_state(disk);
    commit_one(*state, 5, "a", "1");

    EXPECT_EQ(get_at(*state, bank, "a", 5), "1");
    EXPECT_EQ(get_at(*state, bank, "a", 4), "not_found");
    EXPECT_EQ(get_at(*state, bank, "a", 3), "not_found");
    EXPECT_EQ(get_at(*open_state(disk), bank, "a", 4), "not_found");
}

TEST(StateTree, refuses_an_undo_record_of_another_height) {
    MemoryStore disk;
    {
        const auto state = open_state(disk);
        for (std::int64_t height = 1; height <= 3; ++height) {
            commit_one(*state, height, "a", std::to_string(height));
        }
    }
    WriteBatch batch;
    batch.put(state_undo_key(Height(3)), **disk.get(state_undo_key(Height(2))));
    ASSERT_TRUE(disk.write(batch, Durability::synced));

    EXPECT_EQ(roll_back_state(disk, Height(2)).error().code(), ErrorCode::corrupt);
    EXPECT_EQ(open_state(disk)->head()->height, Height(3));
    EXPECT_EQ(open_state(disk)->oldest_provable(), Height(3));
}

TEST(StateTree, proves_the_height_before_after_a_start_and_goes_on) {
    MemoryStore disk;
    Hash256 before;
    {
        const auto state = open_state(disk);
        commit_one(*state, 1, "a", "1");
        StateWrites writes;
        writes.put(bank, text("a"), text("2"));
        writes.put(market, text("b"), text("3"));
        before = commit(*state, 2, writes);
        writes.clear();
        writes.erase(bank, text("a"));
        writes.put(market, text("b"), text("4"));
        writes.put(staking, text("c"), text("5"));
        commit(*state, 3, writes);
    }

    const auto state = open_state(disk);

    EXPECT_EQ(state->oldest_provable(), Height(2));
    EXPECT_EQ(get(*state, bank, "a"), "(absent)");
    EXPECT_EQ(get(*state, staking, "c"), "5");
    EXPECT_EQ(get_at(*state, bank, "a", 2), "2");
    EXPECT_EQ(get_at(*state, market, "b", 2), "3");
    EXPECT_EQ(get_at(*state, bank, "a", 1), "1");
    const auto proof = state->prove(bank, text("a"), Height(2));
    ASSERT_TRUE(proof);
    const Hash256 root = test::reference_root({{to_bytes(text("a")), to_bytes(text("2"))}});
    EXPECT_TRUE(verify_membership(
        ProofSpec::iavl, root, proof->in_store, to_bytes(text("a")), to_bytes(text("2"))
    ));
    EXPECT_TRUE(verify_membership(
        ProofSpec::tendermint, before, proof->of_store, to_bytes(text("bank")), root
    ));
    commit_one(*state, 4, "a", "6");
    EXPECT_EQ(state->oldest_provable(), Height(2));
    EXPECT_EQ(get_at(*state, bank, "a", 3), "(absent)");
    EXPECT_EQ(get_at(*state, bank, "a", 2), "2");
}

TEST(StateTree, opens_without_the_height_before_if_its_undo_record_leads_elsewhere) {
    MemoryStore disk;
    {
        const auto state = open_state(disk);
        commit_one(*state, 1, "a", "1");
        commit_one(*state, 2, "a", "2");
    }
    const Bytes original = **disk.get(state_undo_key(Height(2)));
    const auto with_undo = [&](const auto& change) {
        StateUndo undo = *decode_state_undo(original);
        change(undo);
        StateUndoWriter writer(undo.head);
        for (const StoreUndo& store : undo.stores) {
            for (const UndoEntry& entry : store.entries) {
                writer.entry(entry.key, entry.before);
            }
            writer.close_store(store.name);
        }
        WriteBatch batch;
        batch.put(state_undo_key(Height(2)), std::move(writer).take());
        CHECK(disk.write(batch, Durability::synced));
        const auto state = open_state(disk);
        EXPECT_EQ(get(*state, bank, "a"), "2");
        return state->oldest_provable();
    };

    EXPECT_EQ(with_undo([](StateUndo&) {}), Height(1));
    EXPECT_EQ(with_undo([](StateUndo& undo) { undo.stores[0].name = "other"; }), Height(2));
    EXPECT_EQ(
        with_undo([](StateUndo& undo) { undo.stores[0].entries[0].before = to_bytes(text("3")); }),
        Height(2)
    );
    EXPECT_EQ(
        with_undo([](StateUndo& undo) { undo.stores[0].entries[0].key = to_bytes(text("ab")); }),
        Height(2)
    );
}

TEST(StateTree, walks_a_store_in_key_order) {
    MemoryStore disk;
    const auto state = open_state(disk);
    StateWrites writes;
    for (const char* key : {"02|b", "01|a", "03|c", "02|a"}) {
        writes.put(market, text(key), text("v"));
    }
    commit(*state, 1, writes);

    std::vector<std::string> walked;
    for (auto at = state->lower_bound(market, text("02")); at.valid(); at.next()) {
        walked.emplace_back(as_text(at.key()));
    }

    EXPECT_EQ(walked, (std::vector<std::string>{"02|a", "02|b", "03|c"}));
}

TEST(StateTree, rolls_back_on_disk_to_any_height_that_can_be_undone) {
    StateTreeOptions options = three_stores();
    options.undo_heights = 12;
    Model model(2);
    std::map<std::int64_t, std::pair<StateHead, Model>> passed;
    const auto run = [&](KvStore& disk) {
        const auto state = open_state(disk, options);
        model = Model(2);
        for (std::int64_t height = 1; height <= 20; ++height) {
            commit(*state, height, model.next_block());
            passed.insert_or_assign(height, std::pair(*state->head(), model));
        }
    };
    for (const std::int64_t target : {20, 19, 13, 8}) {
        MemoryStore disk;
        run(disk);

        ASSERT_TRUE(roll_back_state(disk, Height(target)));
        EXPECT_EQ(disk.get(state_undo_key(Height(target + 1))), std::nullopt);

        const auto state = open_state(disk, options);
        EXPECT_EQ(*state->head(), passed.at(target).first);
        expect_state(*state, passed.at(target).second);
        Model again = passed.at(target).second;
        if (target < 20) {
            EXPECT_EQ(
                commit(*state, target + 1, again.next_block()), passed.at(target + 1).first.app_hash
            );
        }
    }
    MemoryStore disk;
    run(disk);
    EXPECT_EQ(roll_back_state(disk, Height(21)).error().code(), ErrorCode::not_found);
    EXPECT_EQ(roll_back_state(disk, Height(7)).error().code(), ErrorCode::not_found);
}

TEST(StateTree, names_the_store_whose_records_are_damaged) {
    const auto damage = [](const auto& change) {
        MemoryStore disk;
        const auto state = open_state(disk);
        StateWrites writes;
        writes.put(bank, text("a"), text("1"));
        writes.put(market, text("b"), text("2"));
        commit(*state, 1, writes);
        WriteBatch batch;
        change(batch);
        CHECK(disk.write(batch, Durability::synced));
        const auto opened = StateTree::open(disk, three_stores());
        return opened ? Error(ErrorCode::io, "opened") : opened.error();
    };

    const Error changed = damage([](WriteBatch& batch) {
        batch.put(state_record_key("market", text("b")), text("3"));
    });
    EXPECT_EQ(changed.code(), ErrorCode::corrupt);
    EXPECT_EQ(changed.message(), "the records do not give the root of: market");
    const Error lost =
        damage([](WriteBatch& batch) { batch.erase(state_record_key("bank", text("a"))); });
    EXPECT_EQ(lost.message(), "the records do not give the root of: bank");
    const Error added = damage([](WriteBatch& batch) {
        batch.put(state_record_key("staking", text("c")), text("1"));
        batch.put(state_record_key("bank", text("c")), text("1"));
    });
    EXPECT_EQ(added.message(), "the records do not give the root of: bank, staking");
    const Error unknown = damage([](WriteBatch& batch) {
        batch.put(state_record_key("other", text("c")), text("1"));
    });
    EXPECT_EQ(unknown.code(), ErrorCode::corrupt);
    const Error headless = damage([](WriteBatch& batch) { batch.erase(state_head_key()); });
    EXPECT_EQ(headless.code(), ErrorCode::corrupt);
    const Error garbled =
        damage([](WriteBatch& batch) { batch.put(state_head_key(), text("garbage")); });
    EXPECT_EQ(garbled.code(), ErrorCode::corrupt);
    const Error misled = damage([](WriteBatch& batch) {
        MemoryStore other;
        const auto state = open_state(other);
        StateWrites writes;
        writes.put(bank, text("a"), text("1"));
        writes.put(market, text("b"), text("2"));
        commit(*state, 1, writes);
        StateHead head = *state->head();
        head.app_hash[0] ^= 1;
        batch.put(state_head_key(), encode_state_head(head));
    });
    EXPECT_EQ(misled.message(), "the roots do not give the app hash");
    const Error prefix = damage([](WriteBatch& batch) {
        batch.put(state_record_key("bank", text("ab")), text("1"));
    });
    EXPECT_EQ(prefix.code(), ErrorCode::corrupt);
}

TEST(StateTree, keeps_to_the_stores_it_began_with) {
    MemoryStore disk;
    commit(*open_state(disk), 1, StateWrites());
    StateTreeOptions other;
    other.stores = {"bank", "market"};

    EXPECT_EQ(StateTree::open(disk, other).error().code(), ErrorCode::invalid);
    MemoryStore fresh;
    for (const std::vector<std::string>& names :
         {std::vector<std::string>{}, {"b", "a"}, {"a", "a"}, {"A"}, {""}, {std::string(33, 'a')}
         }) {
        other.stores = names;
        EXPECT_EQ(StateTree::open(fresh, other).error().code(), ErrorCode::invalid);
    }
}

/// A MemoryStore whose writes fail on command.
class FailingStore final : public KvStore {
public:
    Result<std::optional<Bytes>> get(ByteView key) const override { return store_.get(key); }
    Result<void> write(const WriteBatch& batch, Durability durability) override {
        if (fails_) {
            return fail(ErrorCode::no_space, "the disk is full");
        }
        return store_.write(batch, durability);
    }
    std::unique_ptr<KvIterator> iterate() const override { return store_.iterate(); }

    void set_fails(bool fails) { fails_ = fails; }

private:
    MemoryStore store_;
    bool fails_ = false;
};

TEST(StateTree, refuses_everything_after_a_commit_that_failed) {
    FailingStore disk;
    const auto state = open_state(disk);
    commit_one(*state, 1, "a", "1");
    StateWrites writes;
    writes.put(bank, text("a"), text("2"));
    ASSERT_TRUE(state->prepare(writes));
    disk.set_fails(true);

    EXPECT_EQ(state->commit(Height(2), {}).error().code(), ErrorCode::no_space);

    disk.set_fails(false);
    EXPECT_EQ(state->commit(Height(2), {}).error().code(), ErrorCode::no_space);
    EXPECT_EQ(state->prepare(writes).error().code(), ErrorCode::no_space);
    EXPECT_EQ(state->get(bank, text("a")).error().code(), ErrorCode::no_space);
    EXPECT_EQ(state->prove(bank, text("a"), Height(1)).error().code(), ErrorCode::no_space);
    EXPECT_EQ(get(*open_state(disk), bank, "a"), "1");
}

}  // namespace
}  // namespace steelyard::storage
