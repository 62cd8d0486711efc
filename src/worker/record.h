// JobRecord: what a worker knows of a job that the chain does not (doc/spec/worker-link.md, W8).
#pragma once

#include "base/bytes.h"
#include "worker/job.h"

#include "vm/trace/outcome.h"

namespace steelyard::worker {

inline constexpr std::size_t record_size_max = 64 * 1024;
inline constexpr std::size_t backend_name_size_max = 32;
inline constexpr std::size_t failure_size_max = 1024;
inline constexpr std::uint32_t threads_max = 1024;

/// What a run gave: its claim, and the blobs of its outputs.
struct RunReport {
    vm::RunOutcome outcome{};
    std::vector<Hash256> outputs{};  ///< ids; none after a fault
    std::uint64_t milliseconds = 0;

    Roots roots() const { return {.output = outcome.output_root, .trace = outcome.trace_root}; }

    bool operator==(const RunReport&) const = default;
};

struct ChildSettings {
    std::uint32_t threads = 1;
    std::string backend{};  ///< as `vm::cpu::isa_from_name` takes it; empty: the best
    std::uint64_t memory_max = 0;

    bool operator==(const ChildSettings&) const = default;
};

struct ProofTask {
    Hash256 seed{};
    std::uint32_t probes = 0;

    bool operator==(const ProofTask&) const = default;
};

struct JobRecord {
    JobName name{};
    std::int64_t matched_height = 0;
    Hash256 program{};
    std::vector<Hash256> inputs{};
    ChildSettings settings{};
    bool is_ready = false;  ///< program and inputs are in the folder, and were checked
    std::uint32_t failed_runs = 0;
    std::uint32_t failed_proofs = 0;  ///< for `proof`
    std::string last_failure{};
    std::optional<RunReport> outcome{};
    bool is_uploaded = false;
    std::optional<ProofTask> proof{};
    bool is_proven = false;  ///< the proof of `proof` is in the folder

    bool operator==(const JobRecord&) const = default;
};

// Readers take nothing that is over a limit or that a writer never writes, and name the field.
Bytes encode_record(const JobRecord& record);
Result<JobRecord> decode_record(ByteView bytes);

Bytes encode_report(const RunReport& report);
Result<RunReport> decode_report(ByteView bytes);

}  // namespace steelyard::worker
