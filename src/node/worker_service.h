// WorkerService: what workers ask over their link, answered by the node's parts
// (doc/spec/worker-link.md, L5 and L6).
#pragma once

#include "index/block_cache.h"
#include "index/indexer.h"
#include "node/config/config.h"
#include "node/job_holds.h"
#include "node/job_reports.h"
#include "rpc/ports.h"
#include "worker/link/link_server.h"
#include "worker/node_port.h"

namespace steelyard::node {

/// Blobs as workers use them; an empty function: this node has none. Thread-safe, may block.
struct WorkerBlobs {
    using Hash256 = crypto::Hash256;

    std::function<Result<worker::BlobProgress>(const Hash256& id)> fetch{};
    std::function<Result<Bytes>(const Hash256& id, std::uint64_t offset, std::size_t size)> read{};
    std::function<Result<worker::WriteProgress>(
        const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
    )>
        write{};
    JobHolds::Hold hold{};
};

/// What the answers come from. All of it outlives the service, and is thread-safe.
struct WorkerParts {
    rpc::AppView& app;
    rpc::TxPoolView& pool;
    std::function<bool()> catching_up{};  ///< whether the node is still fetching blocks
    const index::BlockSource& chain;
    const index::Indexer* indexer = nullptr;  ///< null: transactions are not indexed
    WorkerBlobs blobs{};
    JobReports& reports;
    const Clock& clock;
};

/// Serves from `start` until `stop`.
class WorkerService {
public:
    static constexpr std::size_t threads = 4;           ///< that answer
    static constexpr std::size_t tasks_max = 2'048;     ///< that wait for them
    static constexpr std::size_t log_size_max = 4'096;  ///< of a transaction, in an answer

    /// Makes the key of worker.key_file if it is not there. Errors name the option or the file.
    static Result<std::unique_ptr<WorkerService>> start(
        const Config& config, const chain::ChainId& chain_id, const WorkerParts& parts
    );
    ~WorkerService();

    /// A block was committed. Thread-safe; never blocks.
    void committed(chain::Height height, chain::Timestamp time);

    std::string address() const { return link_->address(); }
    worker::LinkStats stats() const { return link_->stats(); }

    /// Once is enough.
    void stop();

private:
    class Answers;

    explicit WorkerService(std::function<bool()> catching_up);

    const std::function<bool()> catching_up_;
    std::mutex answers_mutex_{};  ///< a block may come while the service stops
    std::unique_ptr<Answers> answers_;
    std::unique_ptr<worker::LinkServer> link_;
};

}  // namespace steelyard::node
