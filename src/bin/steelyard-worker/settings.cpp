#include "bin/steelyard-worker/settings.h"

#include "base/log.h"
#include "base/quoted.h"
#include "vm/backend/cpu/cpu_backend.h"
#include "worker/mapped_file.h"
#include "worker/options.h"

#include <toml++/toml.h>

#include <array>
#include <variant>

namespace steelyard::worker_program {
namespace {

using Text = std::string Settings::*;
using Number = std::int64_t Settings::*;

struct Setting {
    std::string_view name;
    std::string_view doc;
    std::variant<Text, Number> member;
    std::int64_t minimum = 0;
    std::int64_t maximum = 0;
};

constexpr std::int64_t bytes_max = std::int64_t{1} << 50;

constexpr std::array settings_table = {
    Setting{"node", "The node's end of the link: its worker.laddr.", &Settings::node},
    Setting{
        "node_key",
        "The node's public key on the link: what `steelyardd worker-key` prints.",
        &Settings::node_key
    },
    Setting{
        "key_file",
        "The worker's account: a secp256k1 key in 64 hex digits. Paths begin at home.",
        &Settings::key_file
    },
    Setting{"link_key_file", "The worker's own key on the link.", &Settings::link_key_file},
    Setting{"jobs_dir", "Folders of jobs: inputs, results, records.", &Settings::jobs_dir},
    Setting{
        "class", "The class that the worker was registered for; for people.", &Settings::class_name
    },
    Setting{
        "slots",
        "Jobs that are computed at a time; no more than the chain knows of.",
        &Settings::slots,
        1,
        worker::slots_max
    },
    Setting{
        "threads",
        "Threads of a job. 0: the machine's, shared by the slots.",
        &Settings::threads,
        0,
        worker::threads_max
    },
    Setting{
        "memory_max",
        "Bytes that a job may take. 0: three quarters of the machine's memory, shared by the "
        "slots.",
        &Settings::memory_max,
        0,
        bytes_max
    },
    Setting{
        "disk_max",
        "Bytes that all jobs' folders may take. 0: what is free on the disk.",
        &Settings::disk_max,
        0,
        bytes_max
    },
    Setting{
        "work_units_per_second",
        "What a job computes (`steelyard-worker bench`); longer ones are declined. 0: none is.",
        &Settings::work_units_per_second,
        0,
        1'000'000'000
    },
    Setting{
        "backend",
        "scalar, scalar-soft-fma, avx2, avx512-no-vnni or avx512. Empty: the best.",
        &Settings::backend
    },
    Setting{"log_level", "info, or such as \"worker:debug,*:info\".", &Settings::log_level},
    Setting{"log_format", "plain or json.", &Settings::log_format},
};

Result<void> assign(Settings& settings, const Setting& setting, const toml::node& value) {
    if (const auto* text = std::get_if<Text>(&setting.member)) {
        const auto given = value.value_exact<std::string>();
        if (!given) {
            return invalid("{} is no text", setting.name);
        }
        settings.*(*text) = *given;
        return {};
    }
    const auto given = value.value_exact<std::int64_t>();
    if (!given || *given < setting.minimum || *given > setting.maximum) {
        return invalid(
            "{} is no number from {} to {}", setting.name, setting.minimum, setting.maximum
        );
    }
    settings.*std::get<Number>(setting.member) = *given;
    return {};
}

Result<void> check(const Settings& settings) {
    if (auto filter = log::parse_filter(settings.log_level); !filter) {
        return std::unexpected(std::move(filter).error().in("log_level"));
    }
    if (auto format = log::parse_format(settings.log_format); !format) {
        return std::unexpected(std::move(format).error().in("log_format"));
    }
    if (!settings.backend.empty()) {
        if (auto isa = vm::cpu::isa_from_name(settings.backend); !isa) {
            return std::unexpected(std::move(isa).error().in("backend"));
        }
    }
    return {};
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, std::string_view file_name) {
    Settings out;
    try {
        const toml::table table = toml::parse(text, file_name);
        for (const auto& [key, value] : table) {
            const auto known = std::ranges::find(settings_table, key.str(), &Setting::name);
            const auto line = value.source().begin.line;
            if (known == settings_table.end()) {
                return invalid(
                    "{}:{}: there is no setting {}", file_name, line, in_quotes(key.str())
                );
            }
            if (auto assigned = assign(out, *known, value); !assigned) {
                return std::unexpected(
                    std::move(assigned).error().in(fmt::format("{}:{}", file_name, line))
                );
            }
        }
    } catch (const toml::parse_error& error) {
        return invalid("{}:{}: {}", file_name, error.source().begin.line, error.description());
    }
    if (auto checked = check(out); !checked) {
        return std::unexpected(std::move(checked).error().in(file_name));
    }
    return out;
}

Result<Settings> load_settings(const std::filesystem::path& home) {
    const auto path = home / settings_file_name;
    const auto file = worker::MappedFile::open(path);
    if (!file) {
        return fail(
            ErrorCode::not_found,
            "{} is no worker's home ({}); `steelyard-worker init` makes one",
            home.native(),
            file.error().message()
        );
    }
    if (file->bytes().size() > settings_size_max) {
        return fail(ErrorCode::too_large, "{}: {} bytes", path.native(), file->bytes().size());
    }
    return parse_settings(as_text(file->bytes()), path.native());
}

std::string print_settings(const Settings& settings) {
    std::string out = "# A worker's settings: doc/reference/worker.md.\n";
    for (const Setting& setting : settings_table) {
        out += fmt::format("\n# {}\n", setting.doc);
        if (const auto* text = std::get_if<Text>(&setting.member)) {
            out += fmt::format("{} = {}\n", setting.name, in_quotes(settings.*(*text)));
        } else {
            out +=
                fmt::format("{} = {}\n", setting.name, settings.*std::get<Number>(setting.member));
        }
    }
    return out;
}

}  // namespace steelyard::worker_program
