// How blobs come from memory and in groups.
#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"
#include "blob/tree_file.h"

namespace steelyard::blob {

Result<void> BlobStore::Impl::put(const BlobTree& tree, ByteView data) {
    const Locked entry = lock_entry(tree.header.id());
    welcome(*entry);
    if (entry->state == EntryState::whole) {
        use(*entry);
        return {};
    }
    const Bytes head = tree.header.head();
    TRY(make_room(*entry, tree.header.file_bytes()));
    const std::string name = file_name(entry->id, part_ending);
    Result<void> written = disk_->write(name, 0, head);
    if (written) {
        written = disk_->write(name, head.size(), data);
    }
    if (written) {
        written = disk_->resize(name, tree.header.file_bytes());
    }
    if (!written) {
        drop(*entry);
        return written;
    }
    write_tree(entry->id, tree);
    return finish(*entry, tree.header);
}

Result<void> BlobStore::Impl::begin_part(
    const Hash256& id, const BlobHeader& header, std::span<const Hash256> groups, bool is_guest
) {
    TRY(check_tree(id, header, groups));
    const Locked entry = lock_entry(id);
    if (entry->state == EntryState::whole || entry->state == EntryState::part) {
        use(*entry);
        return {};
    }
    const bool has_upload = entry->state == EntryState::upload;
    const bool is_new_guest = is_guest && !has_upload;
    const BlobTree tree{.header = header, .groups = {groups.begin(), groups.end()}};
    TRY(make_room(*entry, header.file_bytes()));
    // The tree goes first: without it a part looks like an upload.
    const std::string part = file_name(id, part_ending);
    const std::string beside = file_name(id, tree_ending);
    const Bytes encoded = encode_tree(tree);
    Result<void> done = disk_->write(beside, 0, encoded);
    if (done) {
        done = disk_->resize(beside, encoded.size());
    }
    if (done) {
        done = disk_->sync(beside);
    }
    if (done) {
        done = disk_->write(part, 0, header.head());
    }
    if (done) {
        done = disk_->resize(part, header.file_bytes());
    }
    if (done) {
        adopt_tree(*entry, tree);
        use(*entry);
        if (is_new_guest) {
            const std::lock_guard lock(mutex_);
            entry->is_guest = true;
            guests_.insert(&*entry);
        }
        done = has_upload ? check_groups(*entry) : Result<void>();
    }
    if (!done) {
        drop(*entry);
        return done;
    }
    return entry->groups_there == groups.size() ? finish(*entry, header) : Result<void>();
}

Result<bool> BlobStore::Impl::add_group(const Hash256& id, std::uint32_t group, ByteView content) {
    std::shared_ptr<const BlobTree> tree;
    {
        const std::lock_guard lock(mutex_);
        const Entry* const entry = find_locked(id);
        if (entry != nullptr && entry->state == EntryState::whole) {
            return true;
        }
        tree = entry == nullptr ? nullptr : entry->tree;
    }
    if (!tree) {
        return fail(ErrorCode::not_found, "no part of blob {}", to_hex(id));
    }
    if (group >= tree->groups.size()) {
        return invalid("group {} of blob {}, which has {}", group, to_hex(id), tree->groups.size());
    }
    const ByteRange range = group_range(tree->header.type, group);
    if (content.size() != range.size ||
        group_hash(tree->header.type, group, content) != tree->groups[group]) {
        return fail(
            ErrorCode::corrupt, "{} bytes are not group {} of {}", content.size(), group, to_hex(id)
        );
    }
    const auto entry = lock_existing(id);
    if (!entry || (*entry)->tree != tree) {
        const bool is_whole = entry && (*entry)->state == EntryState::whole;
        return is_whole ? Result<bool>(true)
                        : fail(ErrorCode::not_found, "no part of blob {}", to_hex(id));
    }
    Entry& part = **entry;
    if (part.has_group[group]) {
        return false;
    }
    TRY(disk_->write(file_name(id, part_ending), part.head_bytes + range.first, content));
    {
        const std::lock_guard lock(mutex_);
        part.has_group[group] = true;
        ++part.groups_there;
        (void)use_locked(part);
    }
    if (part.groups_there < tree->groups.size()) {
        return false;
    }
    TRY(finish(part, tree->header));
    return true;
}

}  // namespace steelyard::blob
