// How blobs come: from memory, in pieces, in groups.
#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"
#include "blob/tree_file.h"
#include "vm/files/npy.h"

namespace steelyard::blob {

Result<void> BlobStore::Impl::put(const BlobTree& tree, ByteView data) {
    const Locked entry = lock_entry(tree.header.id());
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

Result<Appended> BlobStore::Impl::append(
    const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
) {
    using enum Appended::Outcome;
    const Locked entry = lock_entry(id);
    if (entry->state == EntryState::whole) {
        use(*entry);
        return Appended{.outcome = whole, .offset = entry->file_bytes};
    }
    if (entry->state == EntryState::part) {
        return fail(ErrorCode::denied, "blob {} is being fetched from peers", to_hex(id));
    }
    if (offset != entry->bytes_there) {
        return Appended{.outcome = misplaced, .offset = entry->bytes_there};
    }
    if (entry->state == EntryState::absent) {
        TRY(begin_upload(*entry, file_bytes, piece));
    }
    if (file_bytes != entry->file_bytes || piece.size() > file_bytes - offset) {
        return invalid(
            "a piece of {} bytes from {} on, of {}: the file has {}",
            piece.size(),
            offset,
            file_bytes,
            entry->file_bytes
        );
    }
    TRY(write_piece(*entry, piece));
    if (entry->bytes_there == file_bytes) {
        return finish_upload(*entry);
    }
    return Appended{.outcome = taken, .offset = entry->bytes_there};
}

/// Takes the room for the whole before anything is written.
Result<void> BlobStore::Impl::begin_upload(Entry& entry, std::uint64_t file_bytes, ByteView piece) {
    const ByteView beginning = piece.first(std::min(piece.size(), vm::npy_head_bytes_max));
    TRY_ASSIGN(const vm::NpyHead head, vm::read_npy_head(beginning));
    TRY(check_size(head.type));
    const BlobHeader shape{.type = head.type};
    const Bytes canonical = shape.head();
    if (!as_text(piece).starts_with(as_text(canonical))) {
        return invalid(
            "the head of {} is not the one of version 1.0, without order and {} bytes long",
            head.type.text(),
            canonical.size()
        );
    }
    if (file_bytes != shape.file_bytes() || piece.size() > file_bytes) {
        return invalid(
            "{} bytes of a file of {}: that of {} has {}",
            piece.size(),
            file_bytes,
            head.type.text(),
            shape.file_bytes()
        );
    }
    TRY(make_room(entry, file_bytes));
    const std::lock_guard lock(mutex_);
    entry.state = EntryState::upload;
    entry.type = head.type;
    entry.head_bytes = canonical.size();
    entry.file_bytes = file_bytes;
    uploads_.insert(&entry);
    (void)use_locked(entry);
    return {};
}

/// The next piece, whole or not at all. The first one is forgotten with its upload.
Result<void> BlobStore::Impl::write_piece(Entry& entry, ByteView piece) {
    const std::string name = file_name(entry.id, part_ending);
    const std::uint64_t offset = entry.bytes_there;
    const std::size_t hashed = entry.hashes.size();
    Result<void> done = disk_->write(name, offset, piece);
    if (done && offset == 0) {
        done = disk_->resize(name, piece.size());
    }
    if (done) {
        done = hash_upload(entry, offset, piece);
    }
    if (!done) {
        // Another piece may come in place of this one.
        entry.hashes.resize(hashed);
        if (offset == 0 || !disk_->resize(name, offset)) {
            drop(entry);
        }
        return done;
    }
    const std::lock_guard lock(mutex_);
    entry.bytes_there = offset + piece.size();
    (void)use_locked(entry);
    return {};
}

Result<Appended> BlobStore::Impl::finish_upload(Entry& entry) {
    BlobTree tree{.header = {.type = entry.type}, .groups = entry.hashes};
    tree.header.root = root_of_groups(entry.type, tree.groups);
    if (tree.header.id() != entry.id) {
        drop(entry);
        return fail(
            ErrorCode::corrupt,
            "what was sent as blob {} is {}",
            to_hex(entry.id),
            to_hex(tree.header.id())
        );
    }
    write_tree(entry.id, tree);
    TRY(finish(entry, tree.header));
    return Appended{.outcome = Appended::Outcome::whole, .offset = tree.header.file_bytes()};
}

Result<void> BlobStore::Impl::begin_part(
    const Hash256& id, const BlobHeader& header, std::span<const Hash256> groups
) {
    TRY(check_tree(id, header, groups));
    const Locked entry = lock_entry(id);
    if (entry->state == EntryState::whole || entry->state == EntryState::part) {
        use(*entry);
        return {};
    }
    const bool has_upload = entry->state == EntryState::upload;
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
        part.bytes_there += range.size;
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
