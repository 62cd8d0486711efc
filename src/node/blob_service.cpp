#include "node/blob_service.h"

#include "node/files.h"
#include "vm/files/npy.h"

#include <algorithm>

namespace steelyard::node {
namespace {

constexpr std::size_t token_size_min = 16;
constexpr std::size_t token_size_max = 256;

/// Empty if there is none.
Result<std::string> read_token(const Config& config) {
    if (config.blobs.token_file.empty()) {
        return std::string();
    }
    const auto path = config.path(config.blobs.token_file);
    TRY_ASSIGN(std::string token, read_secret_file(path, token_size_max + 1));
    if (token.ends_with('\n')) {
        token.pop_back();
    }
    const auto is_printable = [](char c) { return c > ' ' && c <= '~'; };
    if (token.size() < token_size_min || token.size() > token_size_max ||
        !std::ranges::all_of(token, is_printable)) {
        return invalid(
            "{}: a token has {} to {} printable characters and no spaces",
            path.native(),
            token_size_min,
            token_size_max
        );
    }
    return token;
}

rpc::BlobInfo info_of(const blob::BlobStatus& status) {
    return {
        .is_whole = status.is_whole,
        .file_bytes = status.file_bytes,
        .bytes_there = status.is_whole ? 0 : status.bytes_there,
        .type = status.header ? status.header->type.text() : "",
    };
}

}  // namespace

Result<std::unique_ptr<BlobService>> BlobService::open(const Config& config, const Clock& clock) {
    const BlobsConfig& given = config.blobs;
    auto token = read_token(config);
    if (!token) {
        return std::unexpected(std::move(token).error().in("blobs.token_file"));
    }
    const blob::StoreOptions options{
        .max_bytes = static_cast<std::uint64_t>(given.max_bytes),
        .keep = std::chrono::duration_cast<std::chrono::seconds>(given.keep),
    };
    auto store = blob::BlobStore::open(config.path(given.dir), options, clock);
    if (!store) {
        return std::unexpected(std::move(store).error().in("blobs.dir"));
    }
    return std::unique_ptr<BlobService>(new BlobService(*std::move(store), *std::move(token)));
}

std::optional<rpc::BlobInfo> BlobService::find(const rpc::BlobId& id) {
    const auto status = store_->find(id);
    return status ? std::optional(info_of(*status)) : std::nullopt;
}

Result<Bytes> BlobService::read(const rpc::BlobId& id, std::uint64_t offset, std::size_t count) {
    return store_->read(id, offset, count);
}

Result<void> BlobService::put(const rpc::BlobId& id, ByteView file) {
    TRY_ASSIGN(const vm::FileTensor tensor, vm::read_npy(file));
    TRY(store_->put(id, tensor.type, tensor.data));
    if (listener_) {
        listener_(id);
    }
    return {};
}

Result<rpc::BlobAppended> BlobService::append(
    const rpc::BlobId& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
) {
    using From = blob::Appended::Outcome;
    using To = rpc::BlobAppended::Outcome;
    TRY_ASSIGN(const auto appended, store_->append(id, offset, file_bytes, piece));
    switch (appended.outcome) {
        case From::taken:
            return rpc::BlobAppended{To::taken, appended.offset};
        case From::whole:
            if (listener_) {
                listener_(id);
            }
            return rpc::BlobAppended{To::whole, appended.offset};
        case From::misplaced:
            break;
    }
    return rpc::BlobAppended{To::misplaced, appended.offset};
}

std::vector<std::pair<rpc::BlobId, rpc::BlobInfo>> BlobService::list(
    const std::optional<rpc::BlobId>& after, std::size_t limit
) {
    std::vector<std::pair<rpc::BlobId, rpc::BlobInfo>> out;
    for (const auto& [id, status] : store_->list(after, limit)) {
        out.emplace_back(id, info_of(status));
    }
    return out;
}

void BlobService::fetch(
    const rpc::BlobId& id, std::chrono::seconds patience, std::move_only_function<void()> done
) {
    if (fetcher_) {
        fetcher_(id, patience, std::move(done));
    } else {
        done();
    }
}

}  // namespace steelyard::node
