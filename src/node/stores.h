// Stores: everything that a node keeps in its data folder, opened.
#pragma once

#include "consensus/engine/posix_files.h"
#include "consensus/engine/state_store.h"
#include "consensus/engine/stored_history.h"
#include "storage/block_store.h"
#include "storage/leveldb_store.h"

#include <filesystem>

namespace steelyard::node {

struct StoreOptions {
    std::filesystem::path folder{};  ///< `data` of the node's home; made if its parent exists
    std::size_t write_buffer_bytes = std::size_t{8} << 20;  ///< of the busy stores
    std::size_t block_cache_bytes = std::size_t{8} << 20;
};

/// As long as it lives, no other process opens the same folder.
///
///   data/priv_validator_state.json   what the signer signed last
///   data/cs.wal/                     the log of consensus
///   data/{blockstore,state,evidence,application,tx_index}.db/
class Stores {
public:
    /// Errors name the folder, and what to do: denied where another process holds it; corrupt; io.
    static Result<std::unique_ptr<Stores>> open(const StoreOptions& options);

    engine::Directory& signer_folder() { return *folder_; }
    engine::Directory& wal() { return *wal_; }
    storage::KvStore& evidence() { return *evidence_kv_; }
    storage::KvStore& application() { return *application_kv_; }
    storage::KvStore& index() { return *index_kv_; }

    storage::BlockStore& blocks() { return *blocks_; }
    engine::StateStore& states() { return states_; }
    const engine::StoredHistory& history() const { return history_; }

private:
    struct Databases {
        std::unique_ptr<storage::LevelDbStore> blocks;
        std::unique_ptr<storage::LevelDbStore> states;
        std::unique_ptr<storage::LevelDbStore> evidence;
        std::unique_ptr<storage::LevelDbStore> application;
        std::unique_ptr<storage::LevelDbStore> index;
    };

    Stores(
        std::unique_ptr<engine::PosixDirectory> folder,
        std::unique_ptr<engine::PosixDirectory> wal,
        Databases databases,
        std::unique_ptr<storage::BlockStore> blocks
    );

    std::unique_ptr<engine::PosixDirectory> folder_;
    std::unique_ptr<engine::PosixDirectory> wal_;
    std::unique_ptr<storage::LevelDbStore> blocks_kv_;
    std::unique_ptr<storage::LevelDbStore> states_kv_;
    std::unique_ptr<storage::LevelDbStore> evidence_kv_;
    std::unique_ptr<storage::LevelDbStore> application_kv_;
    std::unique_ptr<storage::LevelDbStore> index_kv_;
    std::unique_ptr<storage::BlockStore> blocks_;
    engine::StateStore states_;
    engine::StoredHistory history_;
};

}  // namespace steelyard::node
