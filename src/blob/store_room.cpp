// Locks, uses, holds, and who gives way when room is wanted.
#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"

namespace steelyard::blob {

namespace {

constexpr std::chrono::seconds touch_every = std::chrono::hours(1);

}  // namespace

BlobStore::Impl::Locked::~Locked() {
    if (entry_ && entry_->state == EntryState::absent && !entry_->is_gone) {
        store_->forget(*entry_);
    }
}

BlobStore::Impl::Locked BlobStore::Impl::lock_entry(const Hash256& id) {
    for (;;) {
        std::shared_ptr<Entry> entry;
        {
            const std::lock_guard lock(mutex_);
            std::shared_ptr<Entry>& slot = entries_[id];
            if (!slot) {
                slot = std::make_shared<Entry>(id);
                slot->place = by_use_.insert(by_use_.end(), slot.get());
            }
            entry = slot;
        }
        std::unique_lock files(entry->files);
        if (!entry->is_gone) {
            return {*this, std::move(entry), std::move(files)};
        }
    }
}

std::optional<BlobStore::Impl::Locked> BlobStore::Impl::lock_existing(const Hash256& id) {
    std::shared_ptr<Entry> entry;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end()) {
            return std::nullopt;
        }
        entry = found->second;
    }
    std::unique_lock files(entry->files);
    if (entry->is_gone || entry->state == EntryState::absent) {
        return std::nullopt;
    }
    return Locked(*this, std::move(entry), std::move(files));
}

/// `files` of the entry is held.
void BlobStore::Impl::forget(Entry& entry) {
    const std::lock_guard lock(mutex_);
    entry.state = EntryState::absent;
    entry.is_gone = true;
    reserved_ -= entry.reserved;
    by_use_.erase(entry.place);
    uploads_.erase(&entry);
    guests_.erase(&entry);
    entries_.erase(entry.id);
}

Entry* BlobStore::Impl::find_locked(const Hash256& id) const {
    const auto found = entries_.find(id);
    return found == entries_.end() || found->second->state == EntryState::absent
               ? nullptr
               : found->second.get();
}

/// Returns whether the file's time is to be set, too.
bool BlobStore::Impl::use_locked(Entry& entry) {
    if (entry.is_gone) {
        return false;
    }
    entry.last_use = clock_.monotonic_now();
    by_use_.splice(by_use_.end(), by_use_, entry.place);
    if (entry.state != EntryState::whole || entry.last_use - entry.touched < touch_every) {
        return false;
    }
    entry.touched = entry.last_use;
    return true;
}

void BlobStore::Impl::use(Entry& entry) {
    bool is_to_touch = false;
    {
        const std::lock_guard lock(mutex_);
        is_to_touch = use_locked(entry);
    }
    if (is_to_touch) {
        touch(entry);
    }
}

/// That a use is forgotten by a restart harms nobody.
void BlobStore::Impl::touch(const Entry& entry) {
    (void)disk_->touch(file_name(entry.id, whole_ending), clock_.wall_now());
}

/// Somebody here wants it: it is no guest any more.
void BlobStore::Impl::welcome(Entry& entry) {
    const std::lock_guard lock(mutex_);
    entry.is_guest = false;
    guests_.erase(&entry);
}

void BlobStore::Impl::keep(const Hash256& id) {
    std::shared_ptr<Entry> entry;
    {
        const std::lock_guard lock(mutex_);
        if (find_locked(id) == nullptr) {
            return;
        }
        entry = entries_.at(id);
    }
    welcome(*entry);
    use(*entry);
}

Result<void> BlobStore::Impl::make_room(Entry& entry, std::uint64_t bytes) {
    if (bytes > options_.max_bytes) {
        return fail(
            ErrorCode::too_large, "a blob of {} bytes, all may have {}", bytes, options_.max_bytes
        );
    }
    drop_idle_uploads(entry.id);
    std::unique_lock lock(mutex_);
    while (reserved_ - entry.reserved + bytes > options_.max_bytes ||
           entries_.size() > blob_count_max) {
        const std::vector<Locked> victims = choose_victims(entry, bytes);
        if (victims.empty()) {
            return fail(
                ErrorCode::no_space,
                "no room for {} bytes: {} blobs take {} of {}",
                bytes,
                entries_.size(),
                reserved_,
                options_.max_bytes
            );
        }
        lock.unlock();
        for (const Locked& victim : victims) {
            drop(*victim);
        }
        lock.lock();
    }
    reserved_ += bytes - entry.reserved;
    entry.reserved = bytes;
    return {};
}

/// Those that have to go so that the entry gets its room, guests first; none if all that may go are
/// too few. One whose files somebody is changing is in use. The store's mutex is held, and to
/// whoever takes it next they are gone: what is held from then on was not there.
std::vector<BlobStore::Impl::Locked> BlobStore::Impl::choose_victims(
    const Entry& entry, std::uint64_t bytes
) {
    const std::chrono::nanoseconds now = clock_.monotonic_now();
    std::vector<Locked> victims;
    std::uint64_t wanted = reserved_ - entry.reserved + bytes;
    std::size_t count = entries_.size();
    const auto is_enough = [&] { return wanted <= options_.max_bytes && count <= blob_count_max; };
    const auto take = [&](Entry& one) {
        if (&one == &entry || held_.contains(one.id)) {
            return;
        }
        std::unique_lock files(one.files, std::try_to_lock);
        if (!files || one.state == EntryState::absent) {
            return;
        }
        wanted -= one.reserved;
        --count;
        victims.emplace_back(*this, entries_.at(one.id), std::move(files));
    };
    for (auto guest = guests_.begin(); guest != guests_.end() && !is_enough(); ++guest) {
        take(**guest);
    }
    for (Entry* const oldest : by_use_) {
        if (is_enough() || oldest->last_use + options_.keep > now) {
            break;
        }
        if (!oldest->is_guest) {
            take(*oldest);
        }
    }
    if (!is_enough()) {
        return {};
    }
    for (const Locked& victim : victims) {
        victim->state = EntryState::absent;
    }
    return victims;
}

void BlobStore::Impl::drop_idle_uploads(const Hash256& but) {
    std::vector<Locked> idle;
    {
        const std::lock_guard lock(mutex_);
        const std::chrono::nanoseconds now = clock_.monotonic_now();
        for (Entry* const upload : uploads_) {
            if (upload->last_use + upload_idle_max > now || upload->id == but ||
                held_.contains(upload->id)) {
                continue;
            }
            std::unique_lock files(upload->files, std::try_to_lock);
            if (files) {
                idle.emplace_back(*this, entries_.at(upload->id), std::move(files));
            }
        }
        for (const Locked& upload : idle) {
            upload->state = EntryState::absent;
        }
    }
    for (const Locked& upload : idle) {
        drop(*upload);
    }
}

void BlobStore::Impl::hold(std::string_view holder, std::span<const Hash256> ids) {
    std::vector<std::shared_ptr<Entry>> to_touch;
    {
        const std::lock_guard lock(mutex_);
        const auto note_use = [&](const Hash256& id) {
            if (Entry* const entry = find_locked(id); entry != nullptr && use_locked(*entry)) {
                to_touch.push_back(entries_.at(id));
            }
        };
        for (const Hash256& id : ids) {
            ++held_[id];
            note_use(id);
        }
        const auto before = holders_.find(holder);
        if (before != holders_.end()) {
            for (const Hash256& id : before->second) {
                const auto held = held_.find(id);
                if (--held->second == 0) {
                    held_.erase(held);
                    note_use(id);
                }
            }
            holders_.erase(before);
        }
        if (!ids.empty()) {
            holders_.emplace(holder, std::vector<Hash256>(ids.begin(), ids.end()));
        }
    }
    // After a restart holds come again later than others may want the room.
    for (const auto& entry : to_touch) {
        touch(*entry);
    }
}

Result<void> BlobStore::Impl::remove(const Hash256& id) {
    const auto entry = lock_existing(id);
    if (!entry) {
        return fail(ErrorCode::not_found, "no blob {}", to_hex(id));
    }
    {
        const std::lock_guard lock(mutex_);
        if (held_.contains(id)) {
            return fail(ErrorCode::denied, "blob {} is held", to_hex(id));
        }
        (*entry)->state = EntryState::absent;
    }
    drop(**entry);
    return {};
}

BlobStore::Stats BlobStore::Impl::stats() {
    const std::lock_guard lock(mutex_);
    Stats out{.bytes = reserved_};
    for (const auto& [id, entry] : entries_) {
        out.blobs += entry->state == EntryState::whole ? 1 : 0;
        out.guests += entry->is_guest ? 1 : 0;
        out.parts += entry->state == EntryState::upload || entry->state == EntryState::part ? 1 : 0;
    }
    for (const auto& [id, count] : held_) {
        const Entry* const entry = find_locked(id);
        out.held_bytes += entry == nullptr ? 0 : entry->reserved;
    }
    return out;
}

}  // namespace steelyard::blob
