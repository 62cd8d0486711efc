// What a service owes its system: signals, the supervisor's notifications, the limit on open files,
// a pid file.
#pragma once

#include "base/result.h"

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

namespace steelyard::daemon {

/// SIGTERM, SIGINT, SIGUSR2 (`leave`) and SIGHUP, taken by one thread that waits for them. To be
/// made before any other thread, so that all of them leave the signals to it.
class Signals {
public:
    Signals();

    enum class Event : std::uint8_t { terminate, leave, reload, wake, timeout };

    /// Waits for a signal, `wake`, or until `timeout` is over.
    Event wait(std::chrono::milliseconds timeout);

    /// The signal that the last `terminate` came from: "SIGTERM" or "SIGINT".
    std::string_view last_name() const { return last_name_; }

    /// Makes `wait` return; from any thread.
    void wake() const;

    /// From now on SIGTERM and SIGINT end the process at once, with 130: the operator does not want
    /// to wait. What was committed survives, as after kill -9.
    void end_at_next();

private:
    std::string_view last_name_ = "";
};

/// Tells systemd, where it started us: "READY=1", "STOPPING=1", "WATCHDOG=1". Else does nothing.
void notify_supervisor(std::string_view state);

/// Half of the time within which systemd wants to hear of us; 0 if it does not.
std::chrono::milliseconds watchdog_interval();

/// Raises the limit on open files as far as it goes, and returns it.
std::uint64_t raise_file_limit();

/// HOME/steelyardd.pid while it lives: for people and scripts. What keeps a second process away is
/// the lock of the data folder.
class PidFile {
public:
    static Result<PidFile> write(std::filesystem::path path);
    PidFile(PidFile&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    PidFile& operator=(PidFile&&) = delete;
    ~PidFile();

private:
    explicit PidFile(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path path_;
};

}  // namespace steelyard::daemon
