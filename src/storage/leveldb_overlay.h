// Files that LevelDB may read and never changes.
#pragma once

#include <atomic>
#include <memory>

namespace leveldb {
class Env;
}

namespace steelyard::storage {

/// LevelDB has no way to open a store without writing: it replays the log into a table, and begins
/// a new MANIFEST. Here all that it writes, renames and removes takes place in memory, above the
/// files of `base`, which stay as they are. Once `is_open` is true no new file is made, so that
/// memory holds no more than what opening needs: LevelDB then gives up merging tables, and reads
/// on.
///
/// Takes no lock either: the caller keeps other processes away. Both arguments outlive it.
std::unique_ptr<leveldb::Env> make_overlay_env(
    leveldb::Env& base, const std::atomic<bool>& is_open
);

}  // namespace steelyard::storage
