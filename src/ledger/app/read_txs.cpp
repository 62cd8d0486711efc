#include "ledger/app/read_txs.h"

#include "base/endian.h"
#include "base/lru_set.h"
#include "crypto/sha256.h"

#include <google/protobuf/message.h>

namespace steelyard::ledger {
namespace {

/// What a remembered transaction takes beside itself: the name twice, the table's and list's links.
constexpr std::size_t entry_size = 256;

}  // namespace

ReadTxs::Known::Known(pipeline::ReadTx read) : tx(std::move(read)) {
}

ReadTxs::Known::~Known() = default;

std::size_t ReadTxs::NameHash::operator()(const Name& name) const {
    return load_le<std::uint64_t>(name.data()) * process_secret() >> 32;
}

ReadTxs::ReadTxs(std::size_t bytes_max)
    : bytes_max_(bytes_max), reader_(reader_that(false)), last_reader_(reader_that(true)) {
}

pipeline::TxReader ReadTxs::reader_that(bool forgets) {
    return [this, forgets](ByteView tx, const Params& params) -> Outcome<pipeline::ReadTxPtr> {
        TRY_ASSIGN(KnownPtr known, get(tx, params, forgets));
        const pipeline::ReadTx* const read = &known->tx;
        return pipeline::ReadTxPtr(std::move(known), read);
    };
}

Outcome<ReadTxs::KnownPtr> ReadTxs::read(ByteView tx, const Params& params) {
    return get(tx, params, false);
}

std::size_t ReadTxs::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

std::size_t ReadTxs::size_bytes() const {
    const std::lock_guard lock(mutex_);
    return size_bytes_;
}

Outcome<ReadTxs::KnownPtr> ReadTxs::get(ByteView tx, const Params& params, bool forget) {
    const Name name = crypto::sha256(tx);
    if (KnownPtr known = find(name, forget)) {
        TRY(pipeline::check_limits(known->tx, params));
        return known;
    }
    TRY_ASSIGN(pipeline::ReadTx fresh, pipeline::read_tx(tx, params));
    auto known = std::make_shared<Known>(std::move(fresh));
    if (!forget) {
        keep(name, known);
    }
    return known;
}

ReadTxs::KnownPtr ReadTxs::find(const Name& name, bool forget) {
    const std::lock_guard lock(mutex_);
    const auto place = entries_.find(name);
    if (place == entries_.end()) {
        return nullptr;
    }
    return forget ? remove(place) : place->second.known;
}

/// Those that have to go are destroyed when the lock is free.
void ReadTxs::keep(const Name& name, KnownPtr known) {
    const std::size_t size = pipeline::memory_of(known->tx) + entry_size;
    if (size > bytes_max_) {
        return;
    }
    std::vector<KnownPtr> gone;
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = entries_.try_emplace(name);
    if (!is_new) {
        return;
    }
    place->second = {std::move(known), size, ages_.insert(ages_.end(), name)};
    size_bytes_ += size;
    while (size_bytes_ > bytes_max_) {
        gone.push_back(remove(entries_.find(ages_.front())));
    }
}

ReadTxs::KnownPtr ReadTxs::remove(std::unordered_map<Name, Entry, NameHash>::iterator place) {
    KnownPtr known = std::move(place->second.known);
    size_bytes_ -= place->second.size;
    ages_.erase(place->second.age);
    entries_.erase(place);
    return known;
}

}  // namespace steelyard::ledger
