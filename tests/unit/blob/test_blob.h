// Tensors to try a store with, and a clock that stands still.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "blob/blob.h"
#include "vm/files/npy.h"

namespace steelyard::test {

/// Moves when it is told to.
class StillClock final : public Clock {
public:
    Wall wall_now() const override { return Wall(std::chrono::hours(400'000) + passed_); }
    std::chrono::nanoseconds monotonic_now() const override { return passed_; }
    void pass(std::chrono::nanoseconds time) { passed_ += time; }

private:
    std::chrono::nanoseconds passed_{};
};

/// A tensor with all that is known of it.
struct TestBlob {
    vm::TensorType type{};
    Bytes data{};
    Bytes file{};
    blob::BlobTree tree{};
    crypto::Hash256 id{};

    std::uint32_t groups() const { return tree.header.group_count(); }
    ByteView content(std::uint32_t group) const {
        const blob::ByteRange range = blob::group_range(type, group);
        return ByteView(data).subspan(range.first, range.size);
    }
    ByteView piece(std::uint64_t offset, std::uint64_t size) const {
        return ByteView(file).subspan(offset, std::min(size, file.size() - offset));
    }
};

inline TestBlob make_blob(const vm::TensorType& type, std::uint64_t seed) {
    TestBlob out{.type = type, .data = Bytes(type.bytes())};
    SeededRandom(seed).fill(out.data);
    out.file = vm::write_npy(type, out.data);
    out.tree.header.type = type;
    for (std::uint32_t group = 0; group < out.groups(); ++group) {
        out.tree.groups.push_back(blob::group_hash(type, group, out.content(group)));
    }
    out.tree.header.root = blob::root_of_groups(type, out.tree.groups);
    out.id = out.tree.header.id();
    return out;
}

/// Of about that many bytes.
inline TestBlob make_blob(std::uint64_t bytes, std::uint64_t seed) {
    return make_blob({.dtype = vm::DType::u8, .shape = {bytes}}, seed);
}

}  // namespace steelyard::test
