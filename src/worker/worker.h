// Worker: follows its jobs from state to state (doc/spec/worker-link.md, W1 to W10; ADR 0027).
#pragma once

#include "worker/options.h"
#include "worker/status.h"

#include <memory>

namespace steelyard::crypto {
class PrivateKey;
}

namespace steelyard::worker {

class NodePort;

/// The account of a worker's key.
std::string address_of(const crypto::PrivateKey& key);

class Worker {
public:
    /// Reads the journal. The node's end outlives the worker; the key is the worker's account.
    /// Errors: the journal's folder, more slots than there may be.
    static Result<std::unique_ptr<Worker>> open(
        WorkerOptions options, NodePort& node, crypto::PrivateKey key
    );

    /// Ends children and transfers.
    ~Worker();

    /// Looks at each piece of news, and at least once a second, until it was stopped or drained.
    /// Children end with the thread that calls it.
    void run();

    /// From any thread: declines what has not started, waits for transactions under way (15 s at
    /// most), and ends. What was computed so far is lost, what was finished is in the journal.
    void stop();

    /// From any thread: declines what has not started, finishes the rest, and ends.
    void drain();

    WorkerStatus status() const;
    const std::string& address() const;

    /// One look, as `run` takes them: for who has a loop of his own.
    void look();

    /// Whether a child or a transfer is under way.
    bool is_busy() const;

private:
    class Impl;

    explicit Worker(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::worker
