// A log of records that are known from their numbers, and what a crash may make of it.
#pragma once

#include "consensus/engine/wal.h"
#include "tests/support/chain_builders.h"
#include "tests/support/sim_files.h"

#include <gtest/gtest.h>

namespace steelyard::engine {

/// The same bytes for the same number, of sizes from none to some sectors.
inline Bytes wal_record(std::uint64_t number) {
    SeededRandom random(number);
    Bytes record(random.below(number % 5 == 0 ? 2000 : 150));
    random.fill(record);
    return record;
}

inline WalOptions wal_options(std::uint64_t segment_size = 1500) {
    return {.chain_id = test::chain_id("steelyard-1"), .segment_size = segment_size};
}

inline Result<std::unique_ptr<Wal>> open_wal(
    Directory& directory, std::uint64_t seed = 7, const WalOptions& options = wal_options()
) {
    SeededRandom random(seed);
    return Wal::open(directory, random, options);
}

inline std::vector<Bytes> replayed(const Wal& wal) {
    std::vector<Bytes> records;
    const auto result = wal.replay([&](ByteView record) -> Result<void> {
        records.push_back(to_bytes(record));
        return {};
    });
    EXPECT_TRUE(result) << result.error().message();
    EXPECT_EQ(records.size(), wal.recovery().records);
    return records;
}

/// What a log must and may hold, whatever has happened to it.
class WalModel {
public:
    void expect_recovered(const Wal& wal) {
        const std::vector<Bytes> records = replayed(wal);
        if (ending_ && wal.last_finished() == *ending_) {
            finished_ = *ending_;
            records_.clear();
            durable_ = 0;
        }
        ending_.reset();
        ASSERT_EQ(wal.last_finished(), finished_);
        ASSERT_GE(records.size(), durable_);
        ASSERT_LE(records.size(), records_.size());
        records_.resize(records.size());
        ASSERT_EQ(records, records_);
        durable_ = records.size();
    }

    /// One step of a node's life: a record, and sometimes a sync or the end of a height. False if
    /// the log failed.
    bool step(Wal& wal) {
        ++steps_;
        const Bytes record = wal_record(steps_);
        records_.push_back(record);
        if (!wal.append(record)) {
            return false;
        }
        if (steps_ % 10 == 0) {
            ending_ = finished_.next();
            if (!wal.end_height(*ending_)) {
                return false;
            }
            finished_ = *ending_;
            ending_.reset();
            records_.clear();
            durable_ = 0;
        } else if (steps_ % 3 == 0) {
            if (!wal.sync()) {
                return false;
            }
            durable_ = records_.size();
        }
        return true;
    }

    std::size_t records() const { return records_.size(); }
    chain::Height finished() const { return finished_; }

private:
    std::uint64_t steps_ = 0;
    chain::Height finished_{};
    std::optional<chain::Height> ending_;  ///< perhaps finished
    std::vector<Bytes> records_;           ///< appended since, perhaps without success
    std::size_t durable_ = 0;              ///< the first so many of them must be there
};

}  // namespace steelyard::engine
