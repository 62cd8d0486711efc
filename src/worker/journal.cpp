#include "worker/journal.h"

#include "base/decimal.h"
#include "files/private_file.h"

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view broken_prefix = "broken-";
constexpr int broken_names_max = 1'000;

Error failure(const fs::path& path, std::string_view action, const std::error_code& error) {
    return {
        ErrorCode::io, fmt::format("{}: cannot {}: {}", path.native(), action, error.message())
    };
}

/// The job of a folder's name, "ORDER-TASK"; nothing: it is none.
std::optional<JobName> job_of(std::string_view text) {
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        return std::nullopt;
    }
    const auto order = parse_decimal(text.substr(0, dash));
    const auto task = parse_decimal(text.substr(dash + 1));
    if (!order || !task || *order > std::numeric_limits<std::uint64_t>::max() ||
        *task > std::numeric_limits<std::uint32_t>::max()) {
        return std::nullopt;
    }
    return JobName{
        .order = static_cast<std::uint64_t>(*order), .task = static_cast<std::uint32_t>(*task)
    };
}

}  // namespace

Result<Journal::Opened> Journal::open() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) {
        return std::unexpected(failure(folder_, "make", error));
    }
    std::vector<std::pair<JobName, fs::path>> found;
    for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
        if (const auto name = job_of(at->path().filename().native())) {
            found.emplace_back(*name, at->path());
        }
    }
    if (error) {
        return std::unexpected(failure(folder_, "list", error));
    }
    Opened out;
    for (const auto& [name, path] : found) {
        if (!fs::exists(path / record_file_name, error) && !error) {
            TRY(remove(name));
            continue;
        }
        auto record = read(path, name);
        if (record && out.records.size() >= journal_jobs_max) {
            record = fail(ErrorCode::too_large, "more than {} jobs", journal_jobs_max);
        }
        if (record) {
            out.records.emplace(name, *std::move(record));
            continue;
        }
        out.broken.push_back(std::move(record).error().in(path.native()));
        TRY(set_aside(path));
    }
    return out;
}

std::filesystem::path Journal::folder_of(const JobName& name) const {
    return folder_ / fmt::format("{}-{}", name.order, name.task);
}

Result<void> Journal::write(const JobRecord& record) {
    const fs::path folder = folder_of(record.name);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        return std::unexpected(failure(folder, "make", error));
    }
    return files::replace_private_file(folder / record_file_name, encode_record(record));
}

Result<void> Journal::remove(const JobName& name) {
    const fs::path folder = folder_of(name);
    std::error_code error;
    // Without its record a folder is nothing: whatever happens next, the job is not taken up again.
    fs::remove(folder / record_file_name, error);
    fs::remove_all(folder, error);
    if (error) {
        return std::unexpected(failure(folder, "remove", error));
    }
    return {};
}

Result<JobRecord> Journal::read(const fs::path& folder, const JobName& name) const {
    TRY_ASSIGN(
        const auto bytes, files::read_private_file(folder / record_file_name, record_size_max)
    );
    TRY_ASSIGN(JobRecord record, decode_record(bytes.view()));
    if (record.name != name) {
        return fail(ErrorCode::corrupt, "the record is of job {}", record.name.text());
    }
    return record;
}

Result<void> Journal::set_aside(const fs::path& folder) {
    std::error_code error;
    for (int number = 0; number < broken_names_max; ++number) {
        const fs::path name =
            folder_ / fmt::format("{}{}-{}", broken_prefix, folder.filename().native(), number);
        if (!fs::exists(name, error)) {
            fs::rename(folder, name, error);
            if (!error) {
                return {};
            }
        }
    }
    return std::unexpected(failure(folder, "set aside", error));
}

}  // namespace steelyard::worker
