// Control: the socket by which `status` and `drain` ask a worker that runs.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace steelyard::worker_program {

inline constexpr std::size_t answer_size_max = 1 << 20;

/// A socket that the user of the worker alone may reach. A question is a line, its answer what
/// follows until the end.
class ControlServer {
public:
    using Answer = std::function<std::string(std::string_view question)>;

    /// `answer` is called by the server's thread. Takes the place of a socket that a crash left.
    static Result<std::unique_ptr<ControlServer>> start(
        const std::filesystem::path& path, Answer answer
    );
    ~ControlServer();

private:
    class Impl;
    explicit ControlServer(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

/// Errors: not_found, nobody listens there.
Result<std::string> ask_worker(const std::filesystem::path& path, std::string_view question);

}  // namespace steelyard::worker_program
