#include "node/worker_service.h"

#include "abci/query_status.h"
#include "base/log.h"
#include "base/thread_pool.h"
#include "chain/txs.h"
#include "steelyard/worker/v1/link.pb.h"

#include <atomic>

namespace steelyard::node {
namespace {

using worker::LinkAnswer;
namespace pb = worker::v1;

const log::Logger& logger() {
    static const log::Logger instance("worker_link");
    return instance;
}

crypto::Hash256 hash_of(const std::string& bytes) {
    crypto::Hash256 hash{};
    std::ranges::copy(as_bytes(bytes).first(hash.size()), hash.begin());
    return hash;
}

std::string text(ByteView bytes) {
    return std::string(as_text(bytes));
}

std::string short_log(std::string_view log) {
    return std::string(worker::shortened(log, WorkerService::log_size_max));
}

/// What the mempool refuses without a check has a code of the SDK's as well; 0: it has none.
std::uint32_t code_of(const Error& error) {
    constexpr std::uint32_t tx_in_mempool_cache = 19;
    constexpr std::uint32_t mempool_is_full = 20;
    constexpr std::uint32_t tx_too_large = 21;
    const std::string& what = error.message();
    return what.contains("already exists in cache") ? tx_in_mempool_cache
           : what.contains("mempool is full")       ? mempool_is_full
           : what.contains("Tx too large")          ? tx_too_large
                                                    : 0;
}

Result<worker::LinkServer::Options> link_options(
    const Config& config, const chain::ChainId& chain_id
) {
    worker::LinkServer::Options options{.address = config.worker.laddr};
    for (const std::string& text : config.worker.authorized_keys) {
        auto key = worker::parse_z85_key(text);
        if (!key) {
            return std::unexpected(std::move(key).error().in("worker.authorized_keys"));
        }
        options.authorized.push_back(*key);
    }
    options.sessions.chain_id = chain_id.text();
    options.sessions.sessions_max = static_cast<std::size_t>(config.worker.max_sessions);
    return options;
}

Error no_blobs() {
    return Error(ErrorCode::unsupported, "this node keeps no blobs: see the option blobs.enable");
}

}  // namespace

/// Each question is answered by a task of the pool.
class WorkerService::Answers {
public:
    explicit Answers(const WorkerParts& parts)
        : parts_(parts), blocks_(parts.chain), holds_(parts.blobs.hold), pool_(threads) {}

    void take(std::shared_ptr<const pb::ToNode> question, LinkAnswer answer) {
        if (++tasks_ > tasks_max) {
            --tasks_;
            answer.refuse(worker::refused_busy, "the node has too many questions to answer");
            return;
        }
        pool_.submit([this, question = std::move(question), answer = std::move(answer)] {
            give(*question, answer);
            --tasks_;
        });
    }

    /// Now and then.
    void sweep() {
        const auto now = parts_.clock.monotonic_now();
        if (parts_.blobs.hold && now >= next_sweep_.load()) {
            next_sweep_ = now + sweep_interval;
            pool_.submit([this, now] { holds_.sweep(now); });
        }
    }

private:
    static constexpr std::chrono::minutes sweep_interval{10};

    void give(const pb::ToNode& question, const LinkAnswer& answer);
    void broadcast(const pb::Broadcast& asked, const LinkAnswer& answer);
    Result<pb::QueryAnswer> query(const pb::Query& asked);
    Result<pb::FindTxAnswer> find_tx(const pb::FindTx& asked);
    Result<pb::FetchBlobAnswer> fetch(const pb::FetchBlob& asked);
    Result<pb::ReadBlobAnswer> read(const pb::ReadBlob& asked);
    Result<pb::WriteBlobAnswer> write(const pb::WriteBlob& asked);
    Result<pb::KeepBlobsAnswer> keep(const pb::KeepBlobs& asked);
    Result<pb::ReportAnswer> report(const pb::Report& asked);

    const WorkerParts parts_;
    index::BlockCache blocks_;
    std::atomic<std::size_t> tasks_ = 0;
    JobHolds holds_;
    std::atomic<std::chrono::nanoseconds> next_sweep_{};
    ThreadPool pool_;  ///< its tasks end before what they use
};

void WorkerService::Answers::give(const pb::ToNode& question, const LinkAnswer& answer) {
    pb::ToWorker out;
    const auto reply = [&](auto result, auto field) {
        if (!result) {
            answer.refuse(result.error());
            return;
        }
        *(out.*field)() = *std::move(result);
        answer.give(std::move(out));
    };
    switch (question.sum_case()) {
        case pb::ToNode::kQuery:
            return reply(query(question.query()), &pb::ToWorker::mutable_query);
        case pb::ToNode::kBroadcast:
            return broadcast(question.broadcast(), answer);
        case pb::ToNode::kFindTx:
            return reply(find_tx(question.find_tx()), &pb::ToWorker::mutable_find_tx);
        case pb::ToNode::kFetchBlob:
            return reply(fetch(question.fetch_blob()), &pb::ToWorker::mutable_fetch_blob);
        case pb::ToNode::kReadBlob:
            return reply(read(question.read_blob()), &pb::ToWorker::mutable_read_blob);
        case pb::ToNode::kWriteBlob:
            return reply(write(question.write_blob()), &pb::ToWorker::mutable_write_blob);
        case pb::ToNode::kKeepBlobs:
            return reply(keep(question.keep_blobs()), &pb::ToWorker::mutable_keep_blobs);
        case pb::ToNode::kReport:
            return reply(report(question.report()), &pb::ToWorker::mutable_report);
        case pb::ToNode::kHello:
        case pb::ToNode::kHeartbeat:
        case pb::ToNode::SUM_NOT_SET:
            break;
    }
    answer.refuse(Error(ErrorCode::invalid, "this is no question"));
}

Result<pb::QueryAnswer> WorkerService::Answers::query(const pb::Query& asked) {
    TRY_ASSIGN(
        const auto result,
        parts_.app.query({.path = asked.method(), .data = to_bytes(as_bytes(asked.request()))})
    );
    pb::QueryAnswer out;
    out.set_code(result.code);
    out.set_log(short_log(result.log));
    out.set_answer(text(result.value));
    out.set_height(result.height.value());
    return out;
}

void WorkerService::Answers::broadcast(const pb::Broadcast& asked, const LinkAnswer& answer) {
    if (parts_.catching_up()) {
        answer.refuse(
            worker::refused_catching_up, "no transactions are taken while fetching blocks"
        );
        return;
    }
    Bytes tx = to_bytes(as_bytes(asked.tx()));
    const chain::Hash256 hash = chain::tx_hash(tx);
    parts_.pool.submit(std::move(tx), [answer, hash](const Result<abci::CheckTxResult>& check) {
        pb::ToWorker out;
        pb::BroadcastAnswer& broadcast = *out.mutable_broadcast();
        broadcast.set_hash(text(hash));
        if (check) {
            broadcast.set_code(check->result.code);
            broadcast.set_codespace(check->result.codespace);
            broadcast.set_log(short_log(check->result.log));
        } else if (const std::uint32_t code = code_of(check.error()); code != 0) {
            broadcast.set_code(code);
            broadcast.set_codespace("sdk");
            broadcast.set_log(short_log(check.error().message()));
        } else {
            answer.refuse(check.error());
            return;
        }
        answer.give(std::move(out));
    });
}

Result<pb::FindTxAnswer> WorkerService::Answers::find_tx(const pb::FindTx& asked) {
    if (parts_.indexer == nullptr) {
        return fail(
            ErrorCode::unsupported, "this node indexes no transactions: see tx_index.indexer"
        );
    }
    pb::FindTxAnswer out;
    TRY_ASSIGN(const auto place, parts_.indexer->find_tx(hash_of(asked.hash())));
    if (!place || !parts_.chain.range().contains(place->height)) {
        return out;
    }
    TRY_ASSIGN(const auto executed, blocks_.get(place->height));
    if (place->index >= executed->results.tx_results.size()) {
        return fail(
            ErrorCode::corrupt, "block {} has no transaction {}", place->height, place->index
        );
    }
    const chain::ExecTxResult& result = executed->results.tx_results[place->index];
    out.set_is_found(true);
    out.set_height(place->height.value());
    out.set_code(result.code);
    out.set_codespace(result.codespace);
    out.set_log(short_log(result.log));
    out.set_data(text(result.data));
    return out;
}

Result<pb::FetchBlobAnswer> WorkerService::Answers::fetch(const pb::FetchBlob& asked) {
    if (!parts_.blobs.fetch) {
        return std::unexpected(no_blobs());
    }
    TRY_ASSIGN(const auto progress, parts_.blobs.fetch(hash_of(asked.id())));
    pb::FetchBlobAnswer out;
    out.set_is_whole(progress.is_whole);
    out.set_groups_there(progress.groups_there);
    out.set_groups(progress.groups);
    out.set_file_bytes(progress.file_bytes);
    return out;
}

Result<pb::ReadBlobAnswer> WorkerService::Answers::read(const pb::ReadBlob& asked) {
    if (!parts_.blobs.read) {
        return std::unexpected(no_blobs());
    }
    TRY_ASSIGN(
        const Bytes bytes, parts_.blobs.read(hash_of(asked.id()), asked.offset(), asked.size())
    );
    pb::ReadBlobAnswer out;
    out.set_bytes(text(bytes));
    return out;
}

Result<pb::WriteBlobAnswer> WorkerService::Answers::write(const pb::WriteBlob& asked) {
    if (!parts_.blobs.write) {
        return std::unexpected(no_blobs());
    }
    TRY_ASSIGN(
        const auto progress,
        parts_.blobs.write(
            hash_of(asked.id()), asked.offset(), asked.file_bytes(), as_bytes(asked.bytes())
        )
    );
    pb::WriteBlobAnswer out;
    out.set_is_whole(progress.is_whole);
    out.set_offset(progress.offset);
    return out;
}

/// A hold outlives the session: the worker comes again, and says when it does not need it any more.
Result<pb::KeepBlobsAnswer> WorkerService::Answers::keep(const pb::KeepBlobs& asked) {
    if (!parts_.blobs.hold) {
        return std::unexpected(no_blobs());
    }
    std::vector<crypto::Hash256> ids;
    for (const std::string& id : asked.ids()) {
        ids.push_back(hash_of(id));
    }
    TRY(holds_.keep(asked.order_id(), asked.task(), ids, parts_.clock.monotonic_now()));
    return pb::KeepBlobsAnswer();
}

Result<pb::ReportAnswer> WorkerService::Answers::report(const pb::Report& asked) {
    parts_.reports.put(
        asked.order_id(),
        asked.task(),
        {.stage = asked.stage(),
         .done = asked.done(),
         .of = asked.of(),
         .line = asked.line(),
         .at = chain::Timestamp::from_wall(parts_.clock.wall_now())}
    );
    return pb::ReportAnswer();
}

WorkerService::WorkerService(std::function<bool()> catching_up)
    : catching_up_(std::move(catching_up)) {
}

WorkerService::~WorkerService() {
    stop();
}

Result<std::unique_ptr<WorkerService>> WorkerService::start(
    const Config& config, const chain::ChainId& chain_id, const WorkerParts& parts
) {
    TRY_ASSIGN(auto options, link_options(config, chain_id));
    TRY_ASSIGN(const auto key, worker::open_curve_key_file(config.path(config.worker.key_file)));
    std::unique_ptr<WorkerService> service(new WorkerService(parts.catching_up));
    service->answers_ = std::make_unique<Answers>(parts);
    TRY_ASSIGN(
        service->link_,
        worker::LinkServer::start(
            std::move(options),
            key,
            parts.clock,
            [answers = service->answers_.get()](
                std::shared_ptr<const pb::ToNode> question, LinkAnswer answer
            ) { answers->take(std::move(question), std::move(answer)); }
        )
    );
    logger().info(
        "workers may connect",
        {{"address", service->address()},
         {"node_key", worker::to_z85(key.public_key)},
         {"authorized_keys", config.worker.authorized_keys.size()}}
    );
    return service;
}

void WorkerService::committed(chain::Height height, chain::Timestamp time) {
    pb::ToWorker news;
    pb::Block& block = *news.mutable_block();
    block.set_height(height.value());
    block.mutable_time()->set_seconds(time.seconds());
    block.mutable_time()->set_nanos(time.nanoseconds());
    block.set_catching_up(catching_up_());
    link_->tell(std::move(news));
    const std::lock_guard lock(answers_mutex_);
    if (answers_) {
        answers_->sweep();
    }
}

void WorkerService::stop() {
    if (link_) {
        link_->stop();
    }
    std::unique_ptr<Answers> ended;
    {
        const std::lock_guard lock(answers_mutex_);
        ended = std::move(answers_);
    }
}

}  // namespace steelyard::node
