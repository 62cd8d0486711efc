// Files of a POSIX system behind the ports of log_file.h.
#pragma once

#include "consensus/engine/log_file.h"
#include "files/private_file.h"

#include <filesystem>

namespace steelyard::engine {

/// A folder that this object holds locked (flock) as long as it lives, so that no second process
/// writes the same log or signs from the same state. Files are made with mode 0600.
class PosixDirectory final : public Directory {
public:
    /// Opens and locks the folder, or makes it first, with mode 0700 in a parent that exists.
    /// Denied if someone else holds it.
    static Result<std::unique_ptr<PosixDirectory>> lock(const std::filesystem::path& folder);

    ~PosixDirectory() override;
    PosixDirectory(const PosixDirectory&) = delete;
    PosixDirectory& operator=(const PosixDirectory&) = delete;

    Result<std::vector<std::string>> list() const override;
    Result<std::unique_ptr<LogFile>> open(std::string_view name) override;
    Result<std::unique_ptr<LogFile>> create(std::string_view name) override;
    Result<void> rename(std::string_view from, std::string_view to) override;
    Result<void> remove(std::string_view name) override;
    Result<void> sync() override;

private:
    PosixDirectory(std::string path, int descriptor)
        : path_(std::move(path)), descriptor_(descriptor) {}

    Result<std::unique_ptr<LogFile>> open_file(std::string_view name, int flags);
    Result<void> check_usable() const;

    std::string path_;
    int descriptor_;
    bool failed_ = false;
};

// Of files/private_file.h.
using files::read_private_file;
using files::write_private_file;

}  // namespace steelyard::engine
