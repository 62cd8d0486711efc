#include "tests/support/sim_store.h"

namespace steelyard::test {

using storage::Durability;
using storage::KvIterator;
using storage::WriteBatch;

namespace {

std::unexpected<Error> io_failure(std::string_view what) {
    return fail(ErrorCode::io, "simulated store: {}", what);
}

std::unexpected<Error> damaged_record() {
    return fail(ErrorCode::corrupt, "simulated store: checksum mismatch");
}

}  // namespace

/// Ends the walk at a damaged record, as at a block whose checksum does not match.
class SimStore::Iterator final : public KvIterator {
public:
    Iterator(std::unique_ptr<KvIterator> iterator, std::set<Bytes> damaged, bool powered)
        : iterator_(std::move(iterator)), damaged_(std::move(damaged)), powered_(powered) {}

    void seek_to_first() override { iterator_->seek_to_first(); }
    void seek_to_last() override { iterator_->seek_to_last(); }
    void seek(ByteView key) override { iterator_->seek(key); }

    void next() override {
        CHECK(valid());
        iterator_->next();
    }

    void prev() override {
        CHECK(valid());
        iterator_->prev();
    }

    bool valid() const override { return powered_ && iterator_->valid() && !at_damage(); }

    ByteView key() const override {
        CHECK(valid());
        return iterator_->key();
    }

    ByteView value() const override {
        CHECK(valid());
        return iterator_->value();
    }

    Result<void> status() const override {
        if (!powered_) {
            return io_failure("no power");
        }
        if (iterator_->valid() && at_damage()) {
            return damaged_record();
        }
        return {};
    }

private:
    bool at_damage() const { return damaged_.contains(to_bytes(iterator_->key())); }

    std::unique_ptr<KvIterator> iterator_;
    std::set<Bytes> damaged_;
    bool powered_;
};

void SimStore::fail_write_at(std::uint64_t write, Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_write_ = writes_ + write;
    fault_ = fault;
}

void SimStore::fail_read_at(std::uint64_t read) {
    const std::lock_guard lock(mutex_);
    fault_read_ = reads_ + read;
}

void SimStore::damage(ByteView key) {
    const std::lock_guard lock(mutex_);
    damaged_.insert(to_bytes(key));
}

void SimStore::cut_power() {
    const std::lock_guard lock(mutex_);
    powered_ = false;
}

void SimStore::restart(Loss loss) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t kept = kept_of(undo_.size(), loss, random_);
    const bool lost = kept < undo_.size();
    for (; undo_.size() > kept; undo_.pop_back()) {
        apply(undo_.back());
    }
    if (unsure_ && !lost && loss != Loss::all && random_.below(2) == 0) {
        apply(*unsure_);
    }
    undo_.clear();
    unsure_.reset();
    powered_ = true;
    write_failed_ = false;
    fault_write_ = 0;
    fault_read_ = 0;
}

std::uint64_t SimStore::writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
}

std::uint64_t SimStore::syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
}

Result<std::optional<Bytes>> SimStore::get(ByteView key) const {
    const std::lock_guard lock(mutex_);
    ++reads_;
    if (!powered_) {
        return io_failure("no power");
    }
    if (reads_ == fault_read_) {
        return io_failure("read failed");
    }
    if (damaged_.contains(to_bytes(key))) {
        return damaged_record();
    }
    return visible_.get(key);
}

Result<void> SimStore::write(const WriteBatch& batch, Durability durability) {
    const std::lock_guard lock(mutex_);
    if (!powered_) {
        return io_failure("no power");
    }
    if (write_failed_) {
        return io_failure("an earlier write failed; open it again");
    }
    ++writes_;
    if (writes_ == fault_write_) {
        return meet_fault(batch);
    }
    if (durability == Durability::synced) {
        undo_.clear();
        ++syncs_;
    } else {
        undo_.push_back(inverse_of(batch));
    }
    apply(batch);
    return {};
}

std::unique_ptr<KvIterator> SimStore::iterate() const {
    const std::lock_guard lock(mutex_);
    return std::make_unique<Iterator>(visible_.iterate(), damaged_, powered_);
}

Result<void> SimStore::meet_fault(const WriteBatch& batch) {
    write_failed_ = true;
    switch (fault_) {
        case Fault::io_error:
            unsure_ = batch;
            return io_failure("write failed");
        case Fault::no_space:
            return fail(ErrorCode::no_space, "simulated store: no space");
        case Fault::power_cut:
            unsure_ = batch;
            powered_ = false;
            return io_failure("no power");
    }
    CHECK(false);
}

/// What brings the visible state back from behind the batch.
WriteBatch SimStore::inverse_of(const WriteBatch& batch) const {
    WriteBatch inverse;
    for (const auto& operation : batch.operations()) {
        const auto before = visible_.get(operation.key);
        CHECK(before.has_value());
        if (const std::optional<Bytes>& value = *before) {
            inverse.put(operation.key, *value);
        } else {
            inverse.erase(operation.key);
        }
    }
    return inverse;
}

void SimStore::apply(const WriteBatch& batch) {
    for (const auto& operation : batch.operations()) {
        damaged_.erase(to_bytes(operation.key));
    }
    CHECK(visible_.write(batch, Durability::buffered));
}

}  // namespace steelyard::test
