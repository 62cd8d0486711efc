// PartFile: a file that is being downloaded, under another name until it is whole.
#pragma once

#include "client/blob_check.h"
#include "files/posix_calls.h"

namespace steelyard::client {

/// FILE.part. What is in it was checked as far as it can be; nobody else writes it meanwhile.
class PartFile {
public:
    /// Goes on with what is there, if it may be the beginning of that blob. Errors: denied if
    /// somebody else writes it; io, no_space.
    static Result<PartFile> open(const std::filesystem::path& file, const blob::Hash256& id);

    std::uint64_t size() const { return check_.size(); }
    const BlobCheck& check() const { return check_; }

    /// Errors: corrupt: they cannot be the next bytes, nothing is written.
    Result<void> append(ByteView bytes);

    /// Begins anew.
    Result<void> clear();

    /// It is not wanted any more.
    void remove();

    /// Gives it its name (CHECKed: check().is_whole()), in place of what had it.
    Result<void> finish();

private:
    PartFile(std::filesystem::path file, const blob::Hash256& id, files::Descriptor descriptor)
        : file_(std::move(file)), id_(id), descriptor_(std::move(descriptor)), check_(id) {}

    Result<void> check_what_is_there();
    std::filesystem::path part_path() const;

    std::filesystem::path file_;
    blob::Hash256 id_;
    files::Descriptor descriptor_;
    BlobCheck check_;
};

}  // namespace steelyard::client
