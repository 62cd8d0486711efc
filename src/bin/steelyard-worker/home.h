// A worker's home: its keys, and what its settings come to on this machine.
#pragma once

#include "bin/steelyard-worker/settings.h"
#include "crypto/public_key.h"
#include "worker/options.h"

namespace steelyard::worker_program {

inline constexpr std::string_view socket_file_name = "worker.sock";
inline constexpr std::string_view lock_file_name = "lock";

/// 64 hex digits in a file that its owner alone may read.
Result<crypto::PrivateKey> read_account_key(const std::filesystem::path& path);
Result<void> write_account_key(const std::filesystem::path& path, const crypto::PrivateKey& key);

/// What the machine has.
struct MachineFacts {
    std::string processor{};
    std::uint32_t cores = 1;
    std::uint64_t memory_bytes = 0;
    std::uint64_t disk_free_bytes = 0;  ///< of the home's disk
};

MachineFacts read_machine(const std::filesystem::path& home);

/// Settings of 0 become shares of the machine.
worker::WorkerOptions worker_options(
    const std::filesystem::path& home, const Settings& settings, const MachineFacts& machine
);

/// Keeps a second worker away from the home while it lives. Errors: denied, one runs.
class HomeLock {
public:
    static Result<HomeLock> take(const std::filesystem::path& home);
    HomeLock(HomeLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    HomeLock& operator=(HomeLock&&) = delete;
    ~HomeLock();

private:
    explicit HomeLock(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace steelyard::worker_program
