// ReadTxs: transactions that were read, so that none is read once for each step of its way.
#pragma once

#include "ledger/pipeline/pipeline.h"

#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

namespace steelyard::ledger {

/// Those that passed T1 to T5, by the SHA-256 of their bytes: from the check of a transaction to
/// its block. Only what depends on parameters is looked at again, so that the verdict is always
/// that of pipeline::read_tx. Who was read first is forgotten first. Thread-safe.
class ReadTxs {
public:
    /// One that is remembered.
    struct Known {
        explicit Known(pipeline::ReadTx read);
        ~Known();

        const pipeline::ReadTx tx;
        std::atomic<bool> is_prepared = false;  ///< its signatures were found good
    };
    using KnownPtr = std::shared_ptr<Known>;

    /// They take no more memory than that, by pipeline::memory_of.
    explicit ReadTxs(std::size_t bytes_max);

    /// Reads it, or knows it.
    Outcome<KnownPtr> read(ByteView tx, const Params& params);

    const pipeline::TxReader& reader() const { return reader_; }

    /// Forgets what it reads: for a block that is executed, after which nobody asks for it again.
    const pipeline::TxReader& last_reader() const { return last_reader_; }

    std::size_t size() const;        ///< transactions
    std::size_t size_bytes() const;  ///< of all of them

private:
    using Name = crypto::Hash256;

    /// Spreads names, which strangers choose, by a secret of the process.
    struct NameHash {
        std::size_t operator()(const Name& name) const;
    };

    struct Entry {
        KnownPtr known{};
        std::size_t size = 0;
        std::list<Name>::iterator age{};
    };

    KnownPtr find(const Name& name, bool forget);
    void keep(const Name& name, KnownPtr known);
    KnownPtr remove(std::unordered_map<Name, Entry, NameHash>::iterator place);
    Outcome<KnownPtr> get(ByteView tx, const Params& params, bool forget);
    pipeline::TxReader reader_that(bool forgets);

    const std::size_t bytes_max_;
    const pipeline::TxReader reader_;
    const pipeline::TxReader last_reader_;
    mutable std::mutex mutex_;  ///< over what follows
    std::unordered_map<Name, Entry, NameHash> entries_;
    std::list<Name> ages_;  ///< the oldest first
    std::size_t size_bytes_ = 0;
};

}  // namespace steelyard::ledger
