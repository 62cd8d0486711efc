// How blobs come in pieces.
#include "base/check.h"
#include "base/hex.h"
#include "blob/store_impl.h"
#include "vm/files/npy.h"

namespace steelyard::blob {

namespace {

std::unexpected<Error> other_blob(const Hash256& id) {
    return fail(ErrorCode::corrupt, "what was sent as blob {} is another", to_hex(id));
}

}  // namespace

Result<Appended> BlobStore::Impl::append(
    const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
) {
    using enum Appended::Outcome;
    const Locked entry = lock_entry(id);
    welcome(*entry);
    if (entry->state == EntryState::whole) {
        use(*entry);
        return Appended{.outcome = whole, .offset = entry->file_bytes};
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
    if (entry->state == EntryState::part) {
        return append_to_part(*entry, piece);
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
    Result<void> done = disk_->write(name, offset, piece);
    if (done && offset == 0) {
        done = disk_->resize(name, piece.size());
    }
    if (done) {
        done = hash_upload(entry, offset, piece);
    }
    if (!done) {
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
        return other_blob(entry.id);
    }
    write_tree(entry.id, tree);
    TRY(finish(entry, tree.header));
    return Appended{.outcome = Appended::Outcome::whole, .offset = tree.header.file_bytes()};
}

/// A piece of a blob whose tree is known: what it completes is checked at once, and what is right
/// already is left alone.
Result<Appended> BlobStore::Impl::append_to_part(Entry& part, ByteView piece) {
    const std::uint64_t offset = part.bytes_there;
    const std::uint64_t end = offset + piece.size();
    const Bytes head = part.tree->header.head();
    if (offset == 0 && !as_text(piece).starts_with(as_text(head))) {
        return invalid("the first piece does not begin with the head of {}", part.type.text());
    }
    Bytes buffer;
    bool is_right = true;
    for (std::uint32_t group = 0; group < part.has_group.size(); ++group) {
        const ByteRange range = group_range(part.type, group);
        const std::uint64_t first = std::max(offset, head.size() + range.first);
        const std::uint64_t last = std::min(end, head.size() + range.end());
        if (part.has_group[group] || first > last) {
            continue;
        }
        TRY(disk_->write(
            file_name(part.id, part_ending), first, piece.subspan(first - offset, last - first)
        ));
        if (last == head.size() + range.end()) {
            TRY(check_group(part, group, buffer));
            is_right = is_right && part.has_group[group];
        }
    }
    if (part.groups_there == part.has_group.size()) {
        const BlobHeader header = part.tree->header;
        TRY(finish(part, header));
        return Appended{.outcome = Appended::Outcome::whole, .offset = part.file_bytes};
    }
    is_right = is_right && end < part.file_bytes;
    const std::lock_guard lock(mutex_);
    part.bytes_there = is_right ? end : 0;
    (void)use_locked(part);
    if (!is_right) {
        return other_blob(part.id);
    }
    return Appended{.outcome = Appended::Outcome::taken, .offset = end};
}

}  // namespace steelyard::blob
