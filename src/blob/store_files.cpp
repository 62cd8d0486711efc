// A blob's files: checking, finishing, dropping them.
#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"
#include "blob/tree_file.h"
#include "vm/files/npy.h"

namespace steelyard::blob {

std::string file_name(const Hash256& id, std::string_view ending) {
    const std::string hex = to_hex(id);
    return fmt::format("{}/{}{}", hex.substr(0, 2), hex, ending);
}

Result<void> BlobStore::Impl::read_exactly(
    const std::string& name, std::uint64_t offset, std::span<std::uint8_t> out
) const {
    TRY_ASSIGN(const std::size_t read, disk_->read(name, offset, out));
    if (read != out.size()) {
        return fail(
            ErrorCode::corrupt, "{}: ends at {}, not {}", name, offset + read, offset + out.size()
        );
    }
    return {};
}

/// Hashes the groups that an upload has whole by now. `piece`, from `offset` on, is its end, which
/// need not be read again.
Result<void> BlobStore::Impl::hash_upload(Entry& entry, std::uint64_t offset, ByteView piece) {
    const BlobHeader shape{.type = entry.type};
    const std::uint64_t end = offset + piece.size();
    Bytes buffer;
    for (std::size_t group = entry.hashes.size(); group < shape.group_count(); ++group) {
        const auto index = static_cast<std::uint32_t>(group);
        const ByteRange range = group_range(entry.type, index);
        const std::uint64_t first = entry.head_bytes + range.first;
        if (first + range.size > end) {
            break;
        }
        ByteView content;
        if (first >= offset) {
            content = piece.subspan(first - offset, range.size);
        } else {
            buffer.resize(range.size);
            TRY(read_exactly(file_name(entry.id, part_ending), first, buffer));
            content = buffer;
        }
        entry.hashes.push_back(group_hash(entry.type, index, content));
    }
    return {};
}

/// The tree of what a whole file holds; nothing if that is not the blob of that id.
Result<std::optional<BlobTree>> BlobStore::Impl::tree_of_file(
    const Hash256& id, std::uint64_t file_bytes
) const {
    const std::string name = file_name(id, whole_ending);
    Bytes buffer(vm::npy_head_bytes_max);
    TRY_ASSIGN(const std::size_t read, disk_->read(name, 0, buffer));
    const auto head = vm::read_npy_head(ByteView(buffer).first(read));
    BlobTree tree;
    if (!head || !check_size(head->type)) {
        return std::nullopt;
    }
    tree.header.type = head->type;
    const Bytes canonical = tree.header.head();
    if (!as_text(buffer).starts_with(as_text(canonical)) ||
        tree.header.file_bytes() != file_bytes) {
        return std::nullopt;
    }
    for (std::uint32_t group = 0; group < tree.header.group_count(); ++group) {
        const ByteRange range = group_range(head->type, group);
        buffer.resize(range.size);
        TRY(read_exactly(name, canonical.size() + range.first, buffer));
        tree.groups.push_back(group_hash(head->type, group, buffer));
    }
    tree.header.root = root_of_groups(head->type, tree.groups);
    return tree.header.id() == id ? std::optional(std::move(tree)) : std::nullopt;
}

/// Computes the tree of a whole blob anew and keeps it. What is not right is gone.
Result<BlobTree> BlobStore::Impl::check_whole(const Hash256& id) {
    const auto entry = lock_existing(id);
    if (!entry || (*entry)->state != EntryState::whole) {
        return fail(ErrorCode::not_found, "no blob {}", to_hex(id));
    }
    TRY_ASSIGN(const auto tree, tree_of_file(id, (*entry)->file_bytes));
    if (!tree) {
        drop(**entry);
        return fail(ErrorCode::corrupt, "blob {} was not what it is called", to_hex(id));
    }
    write_tree(id, *tree);
    const std::lock_guard lock(mutex_);
    (*entry)->header = tree->header;
    return *tree;
}

/// Beside a blob. Whoever reads it checks it, and can do without, so that no error counts.
void BlobStore::Impl::write_tree(const Hash256& id, const BlobTree& tree) {
    const Bytes file = encode_tree(tree);
    const std::string name = file_name(id, tree_ending);
    if (!disk_->write(name, 0, file) || !disk_->resize(name, file.size())) {
        (void)disk_->remove(name);
    }
}

/// The entry becomes a part with that tree and no group yet.
void BlobStore::Impl::adopt_tree(Entry& entry, const BlobTree& tree) {
    const std::lock_guard lock(mutex_);
    uploads_.erase(&entry);
    entry.hashes.clear();
    entry.state = EntryState::part;
    entry.type = tree.header.type;
    entry.head_bytes = tree.header.head().size();
    entry.file_bytes = tree.header.file_bytes();
    entry.groups_there = 0;
    entry.has_group.assign(tree.groups.size(), false);
    entry.tree = std::make_shared<const BlobTree>(tree);
    entry.header = tree.header;
}

/// Looks whether the file of a part holds a group.
Result<void> BlobStore::Impl::check_group(Entry& part, std::uint32_t group, Bytes& buffer) {
    const ByteRange range = group_range(part.type, group);
    buffer.resize(range.size);
    TRY_ASSIGN(
        const std::size_t read,
        disk_->read(file_name(part.id, part_ending), part.head_bytes + range.first, buffer)
    );
    const bool is_right =
        read == range.size && group_hash(part.type, group, buffer) == part.tree->groups[group];
    if (is_right) {
        const std::lock_guard lock(mutex_);
        part.has_group[group] = true;
        ++part.groups_there;
    }
    return {};
}

Result<void> BlobStore::Impl::check_groups(Entry& part) {
    Bytes buffer;
    for (std::uint32_t group = 0; group < part.has_group.size(); ++group) {
        TRY(check_group(part, group, buffer));
    }
    return {};
}

/// A part whose content is right becomes the blob. After an error it is gone: nothing is known of
/// bytes whose sync has failed.
Result<void> BlobStore::Impl::finish(Entry& entry, const BlobHeader& header) {
    const std::string part = file_name(entry.id, part_ending);
    Result<void> done = disk_->sync(part);
    if (done) {
        done = disk_->rename(part, file_name(entry.id, whole_ending));
    }
    if (!done) {
        drop(entry);
        return done;
    }
    const std::lock_guard lock(mutex_);
    uploads_.erase(&entry);
    entry.hashes = {};
    entry.state = EntryState::whole;
    entry.file_bytes = header.file_bytes();
    entry.bytes_there = entry.file_bytes;
    entry.groups_there = 0;
    entry.has_group = {};
    entry.tree = nullptr;
    entry.header = header;
    (void)use_locked(entry);
    entry.touched = entry.last_use;
    return {};
}

/// Removes what there is of a blob. A file that cannot be removed is looked at again by the next
/// start.
void BlobStore::Impl::drop(Entry& entry) {
    for (const std::string_view ending : {whole_ending, part_ending, tree_ending}) {
        (void)disk_->remove(file_name(entry.id, ending));
    }
    forget(entry);
}

}  // namespace steelyard::blob
