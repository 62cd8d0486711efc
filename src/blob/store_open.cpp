// What a start makes of the files that are there (S2).
#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"
#include "blob/tree_file.h"
#include "vm/files/npy.h"

namespace steelyard::blob {

namespace {

/// The id that a file is named by, if it stands in the right folder.
std::optional<Hash256> id_of(std::string_view name, std::string_view ending) {
    constexpr std::size_t folder_characters = 3;  // with the slash
    Hash256 id;
    if (!name.ends_with(ending) || name.size() < folder_characters) {
        return std::nullopt;
    }
    const std::string_view hex =
        name.substr(folder_characters, name.size() - folder_characters - ending.size());
    if (!from_hex(hex, id) || file_name(id, ending) != name) {
        return std::nullopt;
    }
    return id;
}

}  // namespace

/// A blob's files.
struct BlobStore::Impl::Found {
    std::optional<Disk::File> whole{};
    std::optional<Disk::File> part{};
    std::optional<Disk::File> tree{};

    Clock::Wall changed() const {
        return whole ? whole->changed : part ? part->changed : Clock::Wall{};
    }
};

Result<std::map<Hash256, BlobStore::Impl::Found>> BlobStore::Impl::scan() {
    TRY_ASSIGN(std::vector<Disk::File> files, disk_->list());
    std::map<Hash256, Found> found;
    for (Disk::File& file : files) {
        const std::string_view name = file.name;
        if (const auto whole = id_of(name, whole_ending)) {
            found[*whole].whole = std::move(file);
        } else if (const auto part = id_of(name, part_ending)) {
            found[*part].part = std::move(file);
        } else if (const auto tree = id_of(name, tree_ending)) {
            found[*tree].tree = std::move(file);
        }
    }
    return found;
}

Result<void> BlobStore::Impl::open() {
    TRY_ASSIGN(const auto found, scan());
    std::vector<std::pair<Clock::Wall, Hash256>> by_age;
    for (const auto& [id, files] : found) {
        by_age.emplace_back(files.changed(), id);
    }
    std::ranges::sort(by_age);
    for (const auto& [changed, id] : by_age) {
        TRY(adopt(id, found.at(id)));
    }
    return {};
}

/// Called for the oldest first.
Result<void> BlobStore::Impl::adopt(const Hash256& id, const Found& found) {
    const Locked entry = lock_entry(id);
    const Clock::Wall wall = clock_.wall_now();
    const auto age = std::max(wall - found.changed(), std::chrono::nanoseconds(0));
    const std::chrono::nanoseconds last_use = clock_.monotonic_now() - age;
    entry->last_use = last_use;
    entry->touched = last_use;
    if (found.whole) {
        if (found.part) {
            TRY(disk_->remove(found.part->name));
        }
        const std::lock_guard lock(mutex_);
        entry->state = EntryState::whole;
        entry->file_bytes = found.whole->size;
        entry->bytes_there = found.whole->size;
        entry->reserved = found.whole->size;
        reserved_ += entry->reserved;
        return {};
    }
    if (found.part && found.tree) {
        TRY(adopt_part(*entry, found));
    } else if (found.part && age < upload_idle_max) {
        TRY(adopt_upload(*entry, found));
    }
    if (entry->state == EntryState::absent && !entry->is_gone) {
        drop(*entry);
    }
    // To check is not to use: the order is that of the files' times.
    entry->last_use = last_use;
    return {};
}

/// The entry stays absent if nothing is right.
Result<void> BlobStore::Impl::adopt_part(Entry& entry, const Found& found) {
    if (found.tree->size > tree_file_bytes_max) {
        return {};
    }
    Bytes file(found.tree->size);
    TRY(read_exactly(found.tree->name, 0, file));
    const auto tree = decode_tree(file);
    if (!tree || !check_tree(entry.id, tree->header, tree->groups)) {
        return {};
    }
    adopt_tree(entry, *tree);
    {
        const std::lock_guard lock(mutex_);
        entry.reserved = entry.file_bytes;
        reserved_ += entry.reserved;
    }
    TRY(check_groups(entry));
    TRY(disk_->write(found.part->name, 0, tree->header.head()));
    TRY(disk_->resize(found.part->name, entry.file_bytes));
    TRY(disk_->touch(found.part->name, found.part->changed));
    if (entry.groups_there == tree->groups.size()) {
        TRY(finish(entry, tree->header));
    }
    return {};
}

/// The entry stays absent if its beginning is not a blob's.
Result<void> BlobStore::Impl::adopt_upload(Entry& entry, const Found& found) {
    Bytes beginning(std::min<std::uint64_t>(found.part->size, vm::npy_head_bytes_max));
    TRY(read_exactly(found.part->name, 0, beginning));
    const auto head = vm::read_npy_head(beginning);
    if (!head || !check_size(head->type)) {
        return {};
    }
    const BlobHeader shape{.type = head->type};
    const Bytes canonical = shape.head();
    if (!as_text(beginning).starts_with(as_text(canonical)) ||
        found.part->size > shape.file_bytes()) {
        return {};
    }
    {
        const std::lock_guard lock(mutex_);
        entry.state = EntryState::upload;
        entry.type = head->type;
        entry.head_bytes = canonical.size();
        entry.file_bytes = shape.file_bytes();
        entry.bytes_there = found.part->size;
        entry.reserved = entry.file_bytes;
        reserved_ += entry.reserved;
        uploads_.insert(&entry);
    }
    if (entry.bytes_there == entry.file_bytes) {
        TRY(hash_upload(entry, entry.bytes_there, {}));
        if (const auto done = finish_upload(entry);
            !done && done.error().code() != ErrorCode::corrupt) {
            return std::unexpected(done.error());
        }
    }
    return {};
}

}  // namespace steelyard::blob
