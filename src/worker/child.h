// Child: a process that runs or proves a job, and what became of it (doc/spec/worker-link.md, W9).
#pragma once

#include "base/result.h"
#include "worker/child_program.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>

namespace steelyard::worker {

struct ChildLimits {
    std::uint64_t memory_bytes = 0;          ///< of its address space; 0: no limit
    std::chrono::seconds processor_time{0};  ///< of all its threads; 0: no limit
    std::chrono::milliseconds wall_time{0};  ///< 0: no limit
};

/// How it ended.
struct ChildEnd {
    enum class Kind : std::uint8_t { exited, signalled, out_of_time, stopped };

    Kind kind = Kind::exited;
    int code = 0;        ///< the exit code, or the signal
    std::string said{};  ///< its last line "error TEXT", without the first word

    bool is(ChildExit exit) const { return kind == Kind::exited && code == static_cast<int>(exit); }

    /// Whether what it ran may have ended it: time, memory, a signal but those by which people and
    /// services end processes.
    bool may_be_of_program() const;

    /// "ended with code 11: memory", "killed by signal 9"
    std::string text() const;
};

/// What a child does, and where.
struct ChildTask {
    std::string verb{};              ///< "job" or "prove"
    std::filesystem::path folder{};  ///< its standard error goes to child.log there
    ChildLimits limits{};
    std::function<void()> on_end{};  ///< called by another thread; must not block
};

/// In a process group of its own, which is killed whole. It ends when the thread that started it
/// does, so that no crash of a worker leaves one behind.
class Child {
public:
    static Result<std::unique_ptr<Child>> start(const ChildProgram& program, ChildTask task);

    /// Kills it if it still runs, and waits for it.
    ~Child();

    /// Nothing while it runs. Thread-safe.
    std::optional<ChildEnd> end() const;
    ChildProgress progress() const;
    int process() const;

    /// It ends as `stopped`.
    void stop();

private:
    class Impl;

    explicit Child(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

/// A line "steps DONE OF"; nothing: it is another.
std::optional<ChildProgress> parse_progress(std::string_view line);

inline constexpr std::string_view child_log_name = "child.log";

}  // namespace steelyard::worker
