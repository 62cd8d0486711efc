// The layer between LevelDB and the files that closes the gaps in LevelDB's promises.
#pragma once

#include <memory>

namespace leveldb {
class Env;
}

namespace steelyard::storage {

/// Passes everything on to `base` (which outlives it), and:
///
/// - syncs a write-ahead log before it is closed. LevelDB starts a new log without syncing the
///   old one, so a later synced batch could survive a crash that an earlier batch does not;
/// - refuses to open a table whose footer, the one part of it without a checksum, points outside
///   of the file: LevelDB would allocate whatever size stands there;
/// - reports a missing table as corruption. LevelDB would report its keys as not found;
/// - removes nothing after a rename has failed, which may have happened all the same. LevelDB would
///   remove the MANIFEST that CURRENT now names;
/// - refuses a MANIFEST or a log before the last whose end was lost. The lengths in them have no
///   checksum, so LevelDB would take a damaged one for the end, and leave a hole in the history.
std::unique_ptr<leveldb::Env> make_careful_env(leveldb::Env& base);

}  // namespace steelyard::storage
