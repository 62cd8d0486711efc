// LiveJob: a job that this worker has, with what is under way for it.
#pragma once

#include "worker/options.h"
#include "worker/wish.h"

#include <memory>

namespace steelyard::worker {

class BadPrograms;
class Bell;
class Child;
class Journal;
class NodePort;
struct ChildEnd;

/// What all jobs of a worker share; it outlives them.
struct Workshop {
    NodePort& node;
    Journal& journal;
    BadPrograms& bad_programs;
    const WorkerOptions& options;
    std::string address{};         ///< the worker's
    std::shared_ptr<Bell> bell{};  ///< makes the worker look
};

/// One thread calls it. Its end ends its child and its transfer.
class LiveJob {
public:
    /// With the record that the journal had, if it had one.
    LiveJob(Workshop& shop, ChainJob job, std::optional<JobRecord> record);
    ~LiveJob();

    const ChainJob& chain() const { return chain_; }
    const std::optional<JobRecord>& record() const { return record_; }

    /// What the chain says now. Another match than before is another job: all that was is gone.
    Result<void> update(ChainJob job);

    /// Takes over what children and transfers have come to. Errors: the journal's, which is tried
    /// again by the next call; nothing is done before it has the record (W8).
    Result<void> reap();

    Standing standing() const;

    /// Carries a decision out; what the chain is to be told. Errors: io.
    Result<std::optional<Wish>> act(const Action& action, const Moment& now);

    /// Ends what is under way.
    void stop();

    /// Tells the node which blobs the job needs, and how far it is; each now and then.
    void tell_node();

    bool is_busy() const { return child_ != nullptr || transfer_ != nullptr; }
    std::string_view stage() const;
    ChildProgress progress() const;

private:
    /// A thread that fetches or uploads.
    class Transfer;

    Result<void> begin_record();
    Result<void> save();
    void start_transfer(Busy what);
    Result<void> start_child(Busy what, const Moment& now);
    void start_child_or_wait(Busy what, const Moment& now);
    Result<void> adopt_report();
    void forget_files(bool was_proof);
    Result<void> take_child_end(const ChildEnd& end, bool was_proof);
    void remember_program(const ChildEnd& end, std::uint32_t failures);
    Result<void> take_transfer();
    void take_trouble(Refusal trouble);
    bool is_held_up(Step step) const;
    Result<Wish> commit() const;
    Result<Wish> submit_proof() const;
    Wish wish(Step step, tx::PackedMessage message) const;
    void note(const Action& action);

    Workshop& shop_;
    ChainJob chain_;
    std::optional<JobRecord> record_;
    std::optional<Refusal> refusal_{};
    std::optional<Refusal> trouble_{};  ///< of the last try, which is made again
    bool is_unsaved_ = false;           ///< the journal has not taken the record
    std::int64_t next_try_ms_ = 0;      ///< of the steady clock: after trouble
    std::unique_ptr<Child> child_{};
    std::unique_ptr<Transfer> transfer_{};
    Busy busy_ = Busy::nothing;
    std::string noted_{};
    std::vector<Hash256> kept_{};
    std::int64_t next_keep_ms_ = 0;  ///< of the steady clock
    std::int64_t next_report_ms_ = 0;
};

}  // namespace steelyard::worker
