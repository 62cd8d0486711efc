#include "node/stores.h"

namespace steelyard::node {
namespace {

/// For stores that are written seldom or a few records at a time.
constexpr std::size_t small_buffer_bytes = std::size_t{1} << 20;

}  // namespace

Stores::Stores(
    std::unique_ptr<engine::PosixDirectory> folder,
    std::unique_ptr<engine::PosixDirectory> wal,
    Databases databases,
    std::unique_ptr<storage::BlockStore> blocks
)
    : folder_(std::move(folder)),
      wal_(std::move(wal)),
      blocks_kv_(std::move(databases.blocks)),
      states_kv_(std::move(databases.states)),
      evidence_kv_(std::move(databases.evidence)),
      application_kv_(std::move(databases.application)),
      index_kv_(std::move(databases.index)),
      blocks_(std::move(blocks)),
      states_(*states_kv_),
      history_(states_, *blocks_) {
}

Result<std::unique_ptr<Stores>> Stores::open(const StoreOptions& options) {
    TRY_ASSIGN(auto folder, engine::PosixDirectory::lock(options.folder));
    TRY_ASSIGN(auto wal, engine::PosixDirectory::lock(options.folder / "cs.wal"));
    const auto open_database = [&](std::string_view name, bool is_busy) {
        const storage::LevelDbOptions tuned{
            .block_cache_bytes = is_busy ? options.block_cache_bytes : small_buffer_bytes,
            .write_buffer_bytes = is_busy ? options.write_buffer_bytes : small_buffer_bytes,
        };
        return storage::LevelDbStore::open(options.folder / name, tuned);
    };
    Databases databases;
    TRY_ASSIGN(databases.blocks, open_database("blockstore.db", true));
    TRY_ASSIGN(databases.states, open_database("state.db", true));
    TRY_ASSIGN(databases.evidence, open_database("evidence.db", false));
    TRY_ASSIGN(databases.application, open_database("application.db", true));
    TRY_ASSIGN(databases.index, open_database("tx_index.db", true));
    TRY_ASSIGN(auto blocks, storage::BlockStore::open(*databases.blocks));
    return std::unique_ptr<Stores>(
        new Stores(std::move(folder), std::move(wal), std::move(databases), std::move(blocks))
    );
}

}  // namespace steelyard::node
