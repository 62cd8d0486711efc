#include "bin/steelyard-worker/home.h"

#include "base/hex.h"
#include "files/posix_calls.h"
#include "files/private_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace steelyard::worker_program {
namespace {

constexpr std::size_t key_size = 32;
constexpr std::size_t key_file_size_max = 2 * key_size + 1;

std::string processor_name() {
    constexpr std::size_t lines_max = 100;
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    for (std::size_t i = 0; i < lines_max && std::getline(file, line); ++i) {
        if (line.starts_with("model name")) {
            const std::size_t at = line.find(": ");
            return at == std::string::npos ? "unknown" : line.substr(at + 2);
        }
    }
    return "unknown";
}

std::uint64_t share(std::int64_t setting, std::uint64_t whole) {
    return setting > 0 ? static_cast<std::uint64_t>(setting) : whole;
}

}  // namespace

Result<crypto::PrivateKey> read_account_key(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto text, files::read_private_file(path, key_file_size_max));
    std::string_view digits = as_text(text.view());
    if (digits.ends_with('\n')) {
        digits.remove_suffix(1);
    }
    crypto::Secret<key_size> secret;
    if (!from_hex(digits, secret.mutable_view())) {
        return invalid("{}: is no key of {} hex digits", path.native(), 2 * key_size);
    }
    return crypto::PrivateKey::parse(crypto::KeyType::secp256k1, secret.view());
}

Result<void> write_account_key(const std::filesystem::path& path, const crypto::PrivateKey& key) {
    crypto::SecretBytes text(key_file_size_max);
    const std::string_view digits = "0123456789abcdef";
    const auto out = text.mutable_view();
    std::size_t at = 0;
    for (const std::uint8_t byte : key.secret().view()) {
        out[at++] = static_cast<std::uint8_t>(digits[byte >> 4]);
        out[at++] = static_cast<std::uint8_t>(digits[byte & 15]);
    }
    out[at] = '\n';
    return files::write_private_file(path, text.view());
}

MachineFacts read_machine(const std::filesystem::path& home) {
    const long pages = ::sysconf(_SC_PHYS_PAGES);
    const long size = ::sysconf(_SC_PAGESIZE);
    struct statvfs disk{};
    const bool has_disk = ::statvfs(home.c_str(), &disk) == 0;
    return {
        .processor = processor_name(),
        .cores = std::max(1U, std::thread::hardware_concurrency()),
        .memory_bytes = pages > 0 && size > 0
                            ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size)
                            : 0,
        .disk_free_bytes = has_disk ? std::uint64_t{disk.f_bavail} * disk.f_frsize : 0,
    };
}

worker::WorkerOptions worker_options(
    const std::filesystem::path& home, const Settings& settings, const MachineFacts& machine
) {
    const auto slots = static_cast<std::uint32_t>(settings.slots);
    worker::WorkerOptions out{.folder = home / settings.jobs_dir, .slots = slots};
    out.can = {
        .memory_max = share(settings.memory_max, machine.memory_bytes / 4 * 3 / slots),
        .disk_max = static_cast<std::uint64_t>(settings.disk_max),
        .work_units_per_second = static_cast<std::uint64_t>(settings.work_units_per_second),
        .settings =
            {.threads = static_cast<std::uint32_t>(
                 share(settings.threads, std::max(1U, machine.cores / slots))
             ),
             .backend = settings.backend},
    };
    return out;
}

Result<HomeLock> HomeLock::take(const std::filesystem::path& home) {
    const std::string path = (home / lock_file_name).native();
    files::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (file.number() < 0) {
        return files::system_error(path, "open");
    }
    if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::denied, "{}: a worker runs on this home already", home.native());
    }
    return HomeLock(file.release());
}

HomeLock::~HomeLock() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

}  // namespace steelyard::worker_program
