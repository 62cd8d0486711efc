// What is asked of a store, and what it answers from files.
#include "blob/store.h"

#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"
#include "blob/tree_file.h"

namespace steelyard::blob {

namespace {

std::unexpected<Error> no_blob(const Hash256& id) {
    return fail(ErrorCode::not_found, "no blob {}", to_hex(id));
}

BlobStatus status_of(const Entry& entry) {
    return {
        .is_whole = entry.state == EntryState::whole,
        .file_bytes = entry.file_bytes,
        .bytes_there = entry.bytes_there,
        .header = entry.header,
        .groups_there = entry.groups_there,
    };
}

/// CHECKed: as many bytes as the type has.
BlobTree tree_of(const vm::TensorType& type, ByteView data) {
    CHECK(data.size() == type.bytes());
    BlobTree tree{.header = {.type = type}};
    for (std::uint32_t group = 0; group < tree.header.group_count(); ++group) {
        const ByteRange range = group_range(type, group);
        tree.groups.push_back(group_hash(type, group, data.subspan(range.first, range.size)));
    }
    tree.header.root = root_of_groups(type, tree.groups);
    return tree;
}

}  // namespace

std::optional<BlobStatus> BlobStore::Impl::find(const Hash256& id) {
    {
        const std::lock_guard lock(mutex_);
        Entry* const entry = find_locked(id);
        if (entry == nullptr) {
            return std::nullopt;
        }
        if (entry->state != EntryState::whole || entry->header || entry->is_header_sought) {
            return status_of(*entry);
        }
    }
    Bytes beginning(tree_head_bytes);
    const auto read = disk_->read(file_name(id, tree_ending), 0, beginning);
    const auto header = read ? decode_tree_head(ByteView(beginning).first(*read))
                             : Result<BlobHeader>(std::unexpected(read.error()));
    const std::lock_guard lock(mutex_);
    Entry* const entry = find_locked(id);
    if (entry == nullptr) {
        return std::nullopt;
    }
    entry->is_header_sought = true;
    if (header && header->id() == id) {
        entry->header = *header;
    }
    return status_of(*entry);
}

bool BlobStore::Impl::has(const Hash256& id) {
    const std::lock_guard lock(mutex_);
    const Entry* const entry = find_locked(id);
    return entry != nullptr && entry->state == EntryState::whole;
}

Result<Bytes> BlobStore::Impl::read(const Hash256& id, std::uint64_t offset, std::size_t size) {
    std::shared_ptr<Entry> entry;
    std::uint64_t file_bytes = 0;
    {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end() || found->second->state != EntryState::whole) {
            return no_blob(id);
        }
        entry = found->second;
        file_bytes = entry->file_bytes;
    }
    if (offset > file_bytes || size > file_bytes - offset) {
        return invalid("{} bytes from {} on of {}", size, offset, file_bytes);
    }
    Bytes out(size);
    TRY(read_exactly(file_name(id, whole_ending), offset, out));
    use(*entry);
    return out;
}

Result<BlobTree> BlobStore::Impl::tree(const Hash256& id) {
    const auto status = find(id);
    if (!status || !status->is_whole) {
        return no_blob(id);
    }
    if (status->header) {
        Bytes file(tree_head_bytes + status->header->group_count() * sizeof(Hash256));
        const auto read = disk_->read(file_name(id, tree_ending), 0, file);
        auto tree = read ? decode_tree(ByteView(file).first(*read))
                         : Result<BlobTree>(std::unexpected(read.error()));
        if (tree && check_tree(id, tree->header, tree->groups)) {
            return tree;
        }
    }
    return check_whole(id);
}

Result<Bytes> BlobStore::Impl::group(const Hash256& id, std::uint32_t group) {
    std::shared_ptr<const BlobTree> tree;
    {
        const std::lock_guard lock(mutex_);
        const Entry* const entry = find_locked(id);
        if (entry != nullptr && entry->state == EntryState::part) {
            if (group >= entry->has_group.size() || !entry->has_group[group]) {
                return fail(ErrorCode::not_found, "no group {} of {} yet", group, to_hex(id));
            }
            tree = entry->tree;
        }
    }
    if (tree) {
        auto content = group_of_part(*tree, id, group);
        if (content || content.error().code() != ErrorCode::not_found) {
            return content;
        }
        // It became whole just now.
    }
    return group_of_whole(id, group);
}

/// One that is not right any more is missing again.
Result<Bytes> BlobStore::Impl::group_of_part(
    const BlobTree& tree, const Hash256& id, std::uint32_t group
) {
    const ByteRange range = group_range(tree.header.type, group);
    Bytes content(range.size);
    TRY(read_exactly(file_name(id, part_ending), tree.header.head().size() + range.first, content));
    if (group_hash(tree.header.type, group, content) == tree.groups[group]) {
        return content;
    }
    const auto entry = lock_existing(id);
    if (entry && (*entry)->state == EntryState::part && (*entry)->has_group[group]) {
        const std::lock_guard lock(mutex_);
        (*entry)->has_group[group] = false;
        --(*entry)->groups_there;
    }
    return fail(ErrorCode::corrupt, "group {} of {} is not right any more", group, to_hex(id));
}

Result<Bytes> BlobStore::Impl::group_of_whole(const Hash256& id, std::uint32_t group) {
    const auto status = find(id);
    if (!status || !status->is_whole) {
        return no_blob(id);
    }
    std::optional<BlobHeader> header = status->header;
    if (!header) {
        TRY_ASSIGN(const BlobTree tree, check_whole(id));
        header = tree.header;
    }
    if (group >= header->group_count()) {
        return invalid("group {} of {}, which has {}", group, to_hex(id), header->group_count());
    }
    const ByteRange range = group_range(header->type, group);
    TRY_ASSIGN(Bytes content, read(id, header->head().size() + range.first, range.size));
    const Hash256 hash = group_hash(header->type, group, content);
    Hash256 wanted{};
    const auto read =
        disk_->read(file_name(id, tree_ending), tree_head_bytes + group * sizeof(Hash256), wanted);
    if (!read || wanted != hash) {
        // Either the tree's file or the blob's has rotted.
        TRY_ASSIGN(const BlobTree tree, check_whole(id));
        if (tree.groups[group] != hash) {
            return fail(ErrorCode::corrupt, "group {} of {} was read wrong", group, to_hex(id));
        }
    }
    return content;
}

std::vector<std::uint32_t> BlobStore::Impl::missing_groups(const Hash256& id, std::size_t limit) {
    const std::lock_guard lock(mutex_);
    std::vector<std::uint32_t> out;
    const Entry* const entry = find_locked(id);
    if (entry == nullptr || entry->state != EntryState::part) {
        return out;
    }
    for (std::uint32_t group = 0; group < entry->has_group.size() && out.size() < limit; ++group) {
        if (!entry->has_group[group]) {
            out.push_back(group);
        }
    }
    return out;
}

std::vector<std::pair<Hash256, BlobStatus>> BlobStore::Impl::list(
    const std::optional<Hash256>& after, std::size_t limit
) {
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<Hash256, BlobStatus>> out;
    auto next = after ? entries_.upper_bound(*after) : entries_.begin();
    for (; next != entries_.end() && out.size() < limit; ++next) {
        if (next->second->state != EntryState::absent) {
            out.emplace_back(next->first, status_of(*next->second));
        }
    }
    return out;
}

Result<std::unique_ptr<BlobStore>> BlobStore::open(
    const std::filesystem::path& folder, const StoreOptions& options, const Clock& clock
) {
    TRY_ASSIGN(std::unique_ptr<Disk> disk, open_posix_disk(folder));
    return open(std::move(disk), options, clock);
}

Result<std::unique_ptr<BlobStore>> BlobStore::open(
    std::unique_ptr<Disk> disk, const StoreOptions& options, const Clock& clock
) {
    auto impl = std::make_unique<Impl>(std::move(disk), options, clock);
    TRY(impl->open());
    return std::unique_ptr<BlobStore>(new BlobStore(std::move(impl)));
}

BlobStore::BlobStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

BlobStore::~BlobStore() = default;

std::optional<BlobStatus> BlobStore::find(const Hash256& id) const {
    return impl_->find(id);
}

bool BlobStore::has(const Hash256& id) const {
    return impl_->has(id);
}

Result<Bytes> BlobStore::read(const Hash256& id, std::uint64_t offset, std::size_t size) const {
    return impl_->read(id, offset, size);
}

Result<Hash256> BlobStore::put(const vm::TensorType& type, ByteView data) {
    TRY(check_size(type));
    const BlobTree tree = tree_of(type, data);
    TRY(impl_->put(tree, data));
    return tree.header.id();
}

Result<void> BlobStore::put(const Hash256& id, const vm::TensorType& type, ByteView data) {
    TRY(check_size(type));
    const BlobTree tree = tree_of(type, data);
    if (tree.header.id() != id) {
        return fail(
            ErrorCode::corrupt,
            "what was sent as blob {} is {}",
            to_hex(id),
            to_hex(tree.header.id())
        );
    }
    return impl_->put(tree, data);
}

Result<Appended> BlobStore::append(
    const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
) {
    return impl_->append(id, offset, file_bytes, piece);
}

Result<void> BlobStore::begin_part(
    const Hash256& id, const BlobHeader& header, std::span<const Hash256> groups, bool is_guest
) {
    return impl_->begin_part(id, header, groups, is_guest);
}

void BlobStore::keep(const Hash256& id) {
    impl_->keep(id);
}

Result<bool> BlobStore::add_group(const Hash256& id, std::uint32_t group, ByteView content) {
    return impl_->add_group(id, group, content);
}

std::vector<std::uint32_t> BlobStore::missing_groups(const Hash256& id, std::size_t limit) const {
    return impl_->missing_groups(id, limit);
}

Result<BlobTree> BlobStore::tree(const Hash256& id) {
    return impl_->tree(id);
}

Result<Bytes> BlobStore::group(const Hash256& id, std::uint32_t group) const {
    return impl_->group(id, group);
}

void BlobStore::hold(std::string_view holder, std::span<const Hash256> ids) {
    impl_->hold(holder, ids);
}

Result<void> BlobStore::remove(const Hash256& id) {
    return impl_->remove(id);
}

std::vector<std::pair<Hash256, BlobStatus>> BlobStore::list(
    const std::optional<Hash256>& after, std::size_t limit
) const {
    return impl_->list(after, limit);
}

BlobStore::Stats BlobStore::stats() const {
    return impl_->stats();
}

}  // namespace steelyard::blob
