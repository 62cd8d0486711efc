// Blobs in memory, for tests of their HTTP face.
#pragma once

#include "rpc/blob_view.h"

#include <atomic>
#include <map>
#include <mutex>

namespace steelyard::rpc {

/// Takes any bytes under any id, but those that begin with '!': they are another blob's.
class FakeBlobs final : public BlobView {
public:
    struct Entry {
        Bytes bytes{};
        std::uint64_t whole = 0;

        bool is_whole() const { return bytes.size() == whole; }
    };

    std::optional<BlobInfo> find(const BlobId& id) override {
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(id);
        return found == entries_.end() ? std::nullopt : std::optional(info(found->second));
    }

    Result<Bytes> read(const BlobId& id, std::uint64_t offset, std::size_t count) override {
        reads++;
        const std::lock_guard lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end()) {
            return fail(ErrorCode::not_found, "it is gone");
        }
        const Bytes& all = found->second.bytes;
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(offset);
        return Bytes(first, first + static_cast<std::ptrdiff_t>(count));
    }

    Result<void> put(const BlobId& id, ByteView file) override {
        if (!file.empty() && file[0] == '!') {
            return fail(ErrorCode::corrupt, "it is another one");
        }
        const std::lock_guard lock(mutex_);
        entries_[id] = {to_bytes(file), file.size()};
        return {};
    }

    Result<BlobAppended> append(
        const BlobId& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    ) override {
        if (file_bytes > room) {
            return fail(ErrorCode::no_space, "{} bytes do not fit", file_bytes);
        }
        const std::lock_guard lock(mutex_);
        Entry& entry = entries_[id];
        if (entry.bytes.size() != offset) {
            return BlobAppended{BlobAppended::Outcome::misplaced, entry.bytes.size()};
        }
        entry.whole = file_bytes;
        steelyard::append(entry.bytes, piece);
        if (!entry.is_whole()) {
            return BlobAppended{BlobAppended::Outcome::taken, entry.bytes.size()};
        }
        if (entry.bytes[0] == '!') {
            entries_.erase(id);
            return fail(ErrorCode::corrupt, "it is another one");
        }
        return BlobAppended{BlobAppended::Outcome::whole, file_bytes};
    }

    std::vector<std::pair<BlobId, BlobInfo>> list(
        const std::optional<BlobId>& after, std::size_t limit
    ) override {
        const std::lock_guard lock(mutex_);
        std::vector<std::pair<BlobId, BlobInfo>> out;
        for (const auto& [id, entry] : entries_) {
            if ((!after || id > *after) && out.size() < limit) {
                out.emplace_back(id, info(entry));
            }
        }
        return out;
    }

    /// Keeps `done` until `answer_fetches`.
    void fetch(const BlobId&, std::chrono::seconds patience, std::move_only_function<void()> done)
        override {
        const std::lock_guard lock(mutex_);
        patience_ = patience;
        fetches_.push_back(std::move(done));
    }

    std::size_t fetches() {
        const std::lock_guard lock(mutex_);
        return fetches_.size();
    }

    std::chrono::seconds patience() {
        const std::lock_guard lock(mutex_);
        return patience_;
    }

    void answer_fetches() {
        std::vector<std::move_only_function<void()>> all;
        {
            const std::lock_guard lock(mutex_);
            all = std::exchange(fetches_, {});
        }
        for (auto& done : all) {
            done();
        }
    }

    void remove(const BlobId& id) {
        const std::lock_guard lock(mutex_);
        entries_.erase(id);
    }

    std::uint64_t room = std::uint64_t{1} << 40;
    std::atomic<std::size_t> reads = 0;

private:
    static BlobInfo info(const Entry& entry) {
        return {
            .is_whole = entry.is_whole(),
            .file_bytes = entry.whole,
            .bytes_there = entry.is_whole() ? 0 : entry.bytes.size(),
            .type = "u8[1]",
        };
    }

    std::mutex mutex_{};
    std::map<BlobId, Entry> entries_{};
    std::vector<std::move_only_function<void()>> fetches_{};
    std::chrono::seconds patience_{};
};

}  // namespace steelyard::rpc
