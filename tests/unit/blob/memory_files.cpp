#include "tests/unit/blob/memory_files.h"

#include "base/random.h"

namespace steelyard::blob::test {

TestBlob make_blob(std::uint32_t number, std::uint32_t groups) {
    constexpr std::uint64_t row_bytes = 600;  // a chunk each
    constexpr std::uint64_t last_rows = 3;
    SeededRandom random(number * 1'000'003ULL + groups);
    TestBlob blob;
    const std::uint64_t rows = std::uint64_t{groups - 1} * group_chunks + last_rows;
    blob.tree.header.type = {.dtype = vm::DType::u8, .shape = {rows, row_bytes}};
    random.fill(blob.tree.header.root);
    blob.id = blob.tree.header.id();
    for (std::uint32_t group = 0; group < groups; ++group) {
        random.fill(blob.tree.groups.emplace_back());
        const std::size_t size = group_range(blob.tree.header.type, group).size;
        blob.groups.emplace_back(size, static_cast<std::uint8_t>(number));
        const std::size_t stamped = std::min<std::size_t>(size, 64);
        random.fill(std::span(blob.groups.back()).first(stamped));
    }
    return blob;
}

void MemoryFiles::find(PeerId asker, std::vector<Hash256> ids) {
    std::erase_if(ids, [&](const Hash256& id) { return !whole.contains(id); });
    post([asker, ids = std::move(ids)](Exchange& exchange, Exchange::Time now) {
        exchange.found(asker, ids, now);
    });
}

void MemoryFiles::load_tree(PeerId asker, const Hash256& id) {
    post([this, asker, id](Exchange& exchange, Exchange::Time) {
        if (whole.contains(id)) {
            exchange.tree_loaded(asker, id, TreeMessage{id, library_.at(id).tree});
        } else {
            exchange.tree_loaded(asker, id, fail(ErrorCode::not_found, "no such blob"));
        }
    });
}

void MemoryFiles::load_group(PeerId asker, const Hash256& id, std::uint32_t index) {
    post([this, asker, id, index](Exchange& exchange, Exchange::Time) {
        const GetGroup asked{id, index};
        if (whole.contains(id) && index < library_.at(id).groups.size()) {
            const Bytes& content = library_.at(id).groups[index];
            exchange.group_loaded(asker, asked, GroupMessage{id, index, content});
        } else {
            exchange.group_loaded(asker, asked, fail(ErrorCode::not_found, "no such group"));
        }
    });
}

void MemoryFiles::open_part(FetchTicket ticket, const Hash256& id) {
    post([this, ticket, id](Exchange& exchange, Exchange::Time now) {
        exchange.part_opened(ticket, state(id), now);
    });
}

void MemoryFiles::begin_part(FetchTicket ticket, PeerId from, TreeMessage tree, bool is_for_peers) {
    if (is_for_peers) {
        guests.insert(tree.id);
    }
    post([this, ticket, from, tree = std::move(tree)](Exchange& exchange, Exchange::Time now) {
        exchange.part_begun(ticket, from, begin(tree), now);
    });
}

void MemoryFiles::add_group(FetchTicket ticket, PeerId from, GroupMessage group) {
    post([this, ticket, from, group = std::move(group)](Exchange& exchange, Exchange::Time now) {
        exchange.group_added(ticket, from, group.index, add(group), now);
    });
}

PartState MemoryFiles::state(const Hash256& id) const {
    PartState state{.is_whole = whole.contains(id)};
    if (const auto part = parts.find(id); part != parts.end()) {
        state.header = part->second.tree.header;
        for (std::uint32_t group = 0; group < state.header->group_count(); ++group) {
            if (!part->second.there.contains(group)) {
                state.missing.push_back(group);
            }
        }
    }
    return state;
}

Result<PartState> MemoryFiles::begin(const TreeMessage& tree) {
    if (failure) {
        return std::unexpected(*failure);
    }
    if (tree.tree != library_.at(tree.id).tree) {
        return fail(ErrorCode::corrupt, "not this blob's tree");
    }
    parts.try_emplace(tree.id, Part{.tree = tree.tree});
    return state(tree.id);
}

Result<bool> MemoryFiles::add(const GroupMessage& group) {
    if (failure) {
        return std::unexpected(*failure);
    }
    const auto part = parts.find(group.id);
    if (part == parts.end()) {
        return fail(ErrorCode::not_found, "no such part");
    }
    if (group.content != library_.at(group.id).groups.at(group.index)) {
        return fail(ErrorCode::corrupt, "not this blob's group {}", group.index);
    }
    part->second.there.insert(group.index);
    if (part->second.there.size() < part->second.tree.groups.size()) {
        return false;
    }
    parts.erase(part);
    whole.insert(group.id);
    return true;
}

}  // namespace steelyard::blob::test
