// Journal: a folder for each job, with its record (doc/spec/worker-link.md, W8).
#pragma once

#include "worker/record.h"

#include <filesystem>
#include <map>

namespace steelyard::worker {

/// Jobs that a folder may have; each beyond is set aside.
inline constexpr std::size_t journal_jobs_max = 4'096;

class Journal {
public:
    /// What an opening found. Folders whose record cannot be read are renamed to `broken-...`, and
    /// told. Those without one are removed: a removal or a first write was cut short.
    struct Opened {
        std::map<JobName, JobRecord> records{};
        std::vector<Error> broken{};
    };

    /// Makes the folder where there is none.
    explicit Journal(std::filesystem::path folder) : folder_(std::move(folder)) {}
    Result<Opened> open();

    /// The job's folder: FOLDER/ORDER-TASK.
    std::filesystem::path folder_of(const JobName& name) const;

    /// Durable when it returns; after a crash the record is the old one or the new one. Makes the
    /// job's folder.
    Result<void> write(const JobRecord& record);

    /// The job's folder with all that is in it.
    Result<void> remove(const JobName& name);

private:
    Result<JobRecord> read(const std::filesystem::path& folder, const JobName& name) const;
    Result<void> set_aside(const std::filesystem::path& folder);

    std::filesystem::path folder_;
};

inline constexpr std::string_view record_file_name = "job.pb";

}  // namespace steelyard::worker
