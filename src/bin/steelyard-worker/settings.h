// Settings: config.toml of a worker's home.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <string>

namespace steelyard::worker_program {

inline constexpr std::size_t settings_size_max = 64 * 1024;
inline constexpr std::string_view settings_file_name = "config.toml";

struct Settings {
    std::string node = "tcp://127.0.0.1:26670";  ///< `[worker] laddr` of the node
    std::string node_key{};                      ///< its public key, in Z85
    std::string key_file = "account_key";
    std::string link_key_file = "link_key";
    std::string jobs_dir = "jobs";
    std::string class_name{};  ///< that the worker is registered for; for people
    std::int64_t slots = 1;
    std::int64_t threads = 0;     ///< of a job; 0: the machine's, shared by the slots
    std::int64_t memory_max = 0;  ///< bytes of a job; 0: three quarters of the machine's, shared
    std::int64_t disk_max = 0;    ///< bytes of all jobs; 0: what is free
    std::int64_t work_units_per_second = 0;  ///< 0: not known
    std::string backend{};                   ///< empty: the best
    std::string log_level = "info";
    std::string log_format = "plain";

    bool operator==(const Settings&) const = default;
};

/// Errors name file and line, or the setting, its value and what is asked for.
Result<Settings> parse_settings(std::string_view text, std::string_view file_name);

/// Of HOME/config.toml. Errors: not_found, and what to do.
Result<Settings> load_settings(const std::filesystem::path& home);

/// A whole config.toml with what each setting does.
std::string print_settings(const Settings& settings);

}  // namespace steelyard::worker_program
