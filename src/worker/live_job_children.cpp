// The children of a job: how they are started, and what their ends come to (W9).
#include "base/log.h"
#include "worker/bad_programs.h"
#include "worker/bell.h"
#include "worker/child.h"
#include "worker/job_folder.h"
#include "worker/journal.h"
#include "worker/live_job.h"
#include "worker/needs.h"

namespace steelyard::worker {
namespace {

/// A child's wall clock beyond what the chain gives the job at its nominal pace.
constexpr auto wall_time_more = std::chrono::minutes(1);

const log::Logger& worker_log() {
    static const log::Logger log("worker");
    return log;
}

}  // namespace

void LiveJob::start_child_or_wait(Busy what, const Moment& now) {
    if (const auto started = start_child(what, now); !started) {
        take_trouble({.reason = Decline::other, .why = started.error().message()});
    }
}

Result<void> LiveJob::start_child(Busy what, const Moment& now) {
    const auto folder = shop_.journal.folder_of(chain_.name);
    if (what == Busy::proving) {
        const ProofTask task{.seed = chain_.challenge->seed, .probes = chain_.challenge->probes};
        if (record_->proof != task) {
            record_->proof = task;
            record_->is_proven = false;
            record_->failed_proofs = 0;
            TRY(save());
        }
    }
    TRY_ASSIGN(const MappedFile file, MappedFile::open(folder / program_file_name));
    TRY_ASSIGN(const auto program, read_program(file.bytes(), record_->program));
    const RunNeeds needs = needs_of(program, chain_.probes);
    const std::uint32_t threads = record_->settings.threads;
    const std::chrono::milliseconds pace(chain_.nominal_block_ms);
    const auto given = chain_.due ? time_left(*chain_.due, now, pace)
                                  : static_cast<std::int64_t>(chain_.commit_blocks) * pace;
    const std::chrono::milliseconds wall = 2 * given + wall_time_more;
    const bool is_proof = what == Busy::proving;
    TRY_ASSIGN(
        child_,
        Child::start(
            shop_.options.child,
            {.verb = is_proof ? "prove" : "job",
             .folder = folder,
             .limits =
                 {.memory_bytes =
                      address_space(is_proof ? needs.proof_bytes : needs.run_bytes, threads),
                  .processor_time =
                      std::chrono::duration_cast<std::chrono::seconds>(wall) * threads,
                  .wall_time = wall},
             .on_end = [bell = shop_.bell] { bell->ring(); }}
        )
    );
    busy_ = what;
    worker_log().info(
        "a child runs",
        {{"job", chain_.name.text()},
         {"verb", is_proof ? "prove" : "job"},
         {"process", child_->process()}}
    );
    return {};
}

Result<void> LiveJob::take_child_end(const ChildEnd& end, bool was_proof) {
    if (end.is(ChildExit::ok) && was_proof) {
        record_->is_proven = true;
        trouble_.reset();
        return save();
    }
    if (end.is(ChildExit::ok)) {
        if (const auto adopted = adopt_report(); adopted || record_->outcome) {
            return adopted;
        }
    }
    record_->last_failure = end.text();
    if (end.is(ChildExit::no_disk)) {
        take_trouble({.reason = Decline::other, .why = end.text()});
        return save();
    }
    if (end.is(ChildExit::bad_inputs) || end.is(ChildExit::bad_folder)) {
        forget_files(was_proof);
    }
    std::uint32_t& failures = was_proof ? record_->failed_proofs : record_->failed_runs;
    failures += 1;
    remember_program(end, failures);
    worker_log().warn(
        "a child failed",
        {{"job", chain_.name.text()},
         {"verb", was_proof ? "prove" : "job"},
         {"why", record_->last_failure},
         {"log", (shop_.journal.folder_of(chain_.name) / child_log_name).native()}}
    );
    return save();
}

/// Another job of the program would end as this one does (W2).
void LiveJob::remember_program(const ChildEnd& end, std::uint32_t failures) {
    if (!end.may_be_of_program() || failures != runs_max) {
        return;
    }
    const Refusal refusal{
        .reason = end.is(ChildExit::no_memory) ? Decline::no_memory : Decline::other,
        .why =
            fmt::format("its program ended children of job {}: {}", chain_.name.text(), end.text())
    };
    const auto kept = shop_.bad_programs.add(record_->program, refusal, chain_.matched_height);
    worker_log().warn(
        "a program is not taken any more",
        {{"program", ByteView(record_->program)},
         {"why", refusal.why},
         {"blocks", bad_program_blocks}}
    );
    if (!kept) {
        worker_log().error("it will be forgotten", {{"error", kept.error()}});
    }
}

/// Files that a child cannot use are fetched anew; after a proof the run's are made anew too.
void LiveJob::forget_files(bool was_proof) {
    record_->is_ready = false;
    if (was_proof) {
        std::error_code ignored;
        std::filesystem::remove(shop_.journal.folder_of(chain_.name) / report_file_name, ignored);
        record_->outcome.reset();
    }
}

/// The outcome that a child has left. Errors: there is none.
Result<void> LiveJob::adopt_report() {
    TRY_ASSIGN(record_->outcome, read_report_file(shop_.journal.folder_of(chain_.name)));
    record_->failed_runs = 0;
    trouble_.reset();
    worker_log().info(
        "the run is over",
        {{"job", chain_.name.text()},
         {"output_root", ByteView(record_->outcome->outcome.output_root)},
         {"fault", record_->outcome->outcome.fault.has_value()},
         {"ms", record_->outcome->milliseconds}}
    );
    return save();
}

}  // namespace steelyard::worker
