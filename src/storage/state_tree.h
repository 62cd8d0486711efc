// StateTree: the application's state as several named stores under one app hash, kept on disk.
//
// All of it is in memory; each commit writes one synced batch. doc/spec/storage.md has the formats.
//
//   TRY_ASSIGN(const crypto::Hash256 app_hash, state->prepare(writes));  // finalize_block
//   TRY(state->commit(height, block_id));                                // commit
#pragma once

#include "storage/crit_bit_tree.h"
#include "storage/state_records.h"

namespace steelyard::storage {

/// The place of a store in the list of names.
using StoreId = std::size_t;

/// What a block changes. The last word on a key counts.
class StateWrites {
public:
    void put(StoreId store, ByteView key, ByteView value);
    void erase(StoreId store, ByteView key);
    void clear() { writes_.clear(); }
    bool empty() const { return writes_.empty(); }

private:
    friend class StateTree;

    struct Write {
        StoreId store;
        Bytes key;
        std::optional<Bytes> value;
    };

    std::vector<const Write*> sorted() const;

    std::vector<Write> writes_;
};

struct StateTreeOptions {
    std::vector<std::string> stores;  ///< ascending; the state keeps to them for ever

    /// Memory for heights before the head, of which proofs can be given: the two before it always,
    /// and more while they fit both limits.
    std::size_t history_bytes_max = std::size_t{256} << 20;
    std::size_t history_heights_max = 100;

    /// How far back `roll_back_state` and `get` can go.
    std::int64_t undo_heights = 1000;
};

/// Two proofs that lead from a key to the app hash, as `ics23:iavl` and `ics23:simple` proof ops.
struct StateProof {
    crypto::CommitmentProof in_store;  ///< iavl spec: the key under its store's root
    crypto::CommitmentProof of_store;  ///< tendermint spec: the store's root under the app hash
};

/// For one thread. A commit that fails leaves the tree refusing everything with that error: what is
/// on disk must then be read anew.
class StateTree {
public:
    /// Reads the whole state and rebuilds the trees, which must give the recorded roots, and those
    /// of the height before from its undo record, if that is sound. The KvStore is the state's
    /// alone and outlives the tree. Errors: corrupt, naming the stores whose records do not give
    /// their root; invalid for a bad list of stores or another than before.
    static Result<std::unique_ptr<StateTree>> open(KvStore& disk, StateTreeOptions options);

    /// What was committed last; nothing before the first commit.
    const std::optional<StateHead>& head() const { return head_; }

    std::optional<StoreId> find_store(std::string_view name) const;

    /// Applies a block's writes in memory and returns the app hash that they lead to. Nothing may
    /// be prepared already (CHECKed). Errors leave the state as it was: those of
    /// CritBitTree::update.
    Result<crypto::Hash256> prepare(const StateWrites& writes);

    /// Makes durable what was prepared (CHECKed), as the state at `height`: the one after the head,
    /// or any if there is none (CHECKed). `extra` has at most state_extra_size_max bytes (CHECKed).
    Result<void> commit(chain::Height height, ByteView extra);

    /// Takes back what was prepared (CHECKed).
    void abort();

    /// The value of a key, with what is prepared. The view holds until the next change.
    Result<std::optional<ByteView>> get(StoreId store, ByteView key) const;

    /// The same at an earlier height. Heights that are not in memory are read from undo records,
    /// one for each height up to the head. Errors (not_found): the height is too old or to come.
    Result<std::optional<Bytes>> get(StoreId store, ByteView key, chain::Height height) const;

    /// Walks a store in key order, with what is prepared, from the first key that is not less. No
    /// commit may have failed (CHECKed).
    CritBitTree::Cursor lower_bound(StoreId store, ByteView key) const;

    /// The earliest height that proofs can be given for. There must be a head (CHECKed).
    chain::Height oldest_provable() const;

    /// Errors (not_found): the height is not in memory; the store is empty at that height, which
    /// `prove_store` shows.
    Result<StateProof> prove(StoreId store, ByteView key, chain::Height height) const;

    /// That the store has its root under the height's app hash.
    Result<crypto::CommitmentProof> prove_store(StoreId store, chain::Height height) const;

    std::size_t memory_size() const;

private:
    /// From the head to the height before, and from there to the head.
    struct BackAndForth {
        StateWrites back;
        StateWrites forth;
    };

    StateTree(KvStore& disk, StateTreeOptions options);

    Result<void> load();
    Result<void> load_records();
    Result<void> check_roots() const;
    Result<void> load_height_before();
    std::optional<BackAndForth> writes_of(const StateUndo& undo) const;
    bool go_to(const StateWrites& writes, const crypto::Hash256& app_hash);
    Result<void> check_usable() const;
    Result<CritBitTree::Version> version_at(chain::Height height) const;
    std::vector<Bytes> simple_map(CritBitTree::Version version) const;
    WriteBatch build_batch(const StateHead& next) const;
    void trim_history();

    KvStore& disk_;
    StateTreeOptions options_;
    std::vector<std::unique_ptr<CritBitTree>> trees_;
    std::optional<StateHead> head_;

    /// A tree's version 0 is the state at this height, which is -1 for one that was never committed
    /// and was followed by height 0.
    std::int64_t base_height_ = 0;
    std::optional<crypto::Hash256> prepared_;
    std::optional<Error> failure_;
};

/// Takes a state that no StateTree has open back to an earlier height, one synced batch a height.
/// Errors: not_found for a height to come or without undo records, corrupt, those of the KvStore.
Result<void> roll_back_state(KvStore& disk, chain::Height height);

}  // namespace steelyard::storage
