// Routes that take transactions, and show those that wait.
#include "chain/txs.h"
#include "index/search.h"
#include "rpc/json_results.h"
#include "rpc/route_context.h"

#include <mutex>

namespace steelyard::rpc {
namespace {

using index::PageRequest;

const ParamSpec tx_param{"tx", ParamType::bytes, "the transaction"};

std::string broadcast_answer(const chain::Hash256& hash, const chain::ExecTxResult& result) {
    JsonWriter out;
    out.begin_object();
    out.key("code").number(result.code);
    out.key("data").hex(result.data);
    out.key("log").string(result.log);
    out.key("codespace").string(result.codespace);
    out.key("hash").hex(hash);
    out.end_object();
    return std::move(out).take();
}

std::string commit_answer(
    const chain::Hash256& hash, const chain::ExecTxResult& check, const CommittedTx& committed
) {
    JsonWriter out;
    out.begin_object();
    out.key("check_tx");
    write_exec_tx_result(out, check);
    out.key("tx_result");
    write_exec_tx_result(out, committed.result);
    out.key("hash").hex(hash);
    out.key("height").quoted(committed.height.value());
    out.end_object();
    return std::move(out).take();
}

/// CometBFT takes no transactions meanwhile.
bool refuse_while_catching_up(const RouteContext& context, Responder& responder) {
    if (!context.ports.status.catching_up()) {
        return false;
    }
    std::move(responder).fail(
        Error(ErrorCode::denied, "endpoint is closed while node is catching up")
    );
    return true;
}

void broadcast_async(const SharedContext& context, Call call, Responder responder) {
    if (refuse_while_catching_up(*context, responder)) {
        return;
    }
    Bytes tx = call.params.take_bytes("tx");
    const chain::Hash256 hash = chain::tx_hash(tx);
    context->ports.pool.submit(std::move(tx), {});
    std::move(responder).ok(broadcast_answer(hash, {}));
}

void broadcast_sync(const SharedContext& context, Call call, Responder responder) {
    if (refuse_while_catching_up(*context, responder)) {
        return;
    }
    Bytes tx = call.params.take_bytes("tx");
    const chain::Hash256 hash = chain::tx_hash(tx);
    // std::function wants to be copied; it is called once.
    const auto shared = std::make_shared<Responder>(std::move(responder));
    context->ports.pool.submit(std::move(tx), [shared, hash](Result<abci::CheckTxResult> check) {
        if (check) {
            std::move(*shared).ok(broadcast_answer(hash, check->result));
        } else {
            std::move(*shared).fail(check.error());
        }
    });
}

/// A client that waits for its transaction to be committed: two answers come, in either order.
class CommitWait {
public:
    CommitWait(const chain::Hash256& hash, Responder responder)
        : hash_(hash), responder_(std::move(responder)) {}

    void on_checked(const Result<abci::CheckTxResult>& check) {
        const std::lock_guard lock(mutex_);
        if (!responder_) {
            return;
        }
        if (!check) {
            const std::string text = "error on broadcastTxCommit: " + check.error().message();
            take().fail(Error(check.error().code(), text));
        } else if (check->result.code != 0) {
            take().ok(commit_answer(hash_, check->result, {}));
        } else if (committed_) {
            take().ok(commit_answer(hash_, check->result, *committed_));
        } else {
            check_ = check->result;
        }
    }

    void on_over(const std::optional<CommittedTx>& committed) {
        const std::lock_guard lock(mutex_);
        if (!responder_) {
            return;
        }
        if (!committed) {
            take().fail(
                Error(ErrorCode::not_found, "timed out waiting for tx to be included in a block")
            );
        } else if (check_) {
            take().ok(commit_answer(hash_, *check_, *committed));
        } else {
            committed_ = committed;
        }
    }

private:
    Responder take() {
        Responder responder = *std::move(responder_);
        responder_.reset();
        return responder;
    }

    chain::Hash256 hash_;
    std::mutex mutex_;
    std::optional<Responder> responder_;
    std::optional<chain::ExecTxResult> check_;
    std::optional<CommittedTx> committed_;
};

void broadcast_commit(const SharedContext& context, Call call, Responder responder) {
    if (refuse_while_catching_up(*context, responder)) {
        return;
    }
    Bytes tx = call.params.take_bytes("tx");
    const chain::Hash256 hash = chain::tx_hash(tx);
    const auto wait = std::make_shared<CommitWait>(hash, std::move(responder));
    const auto ticket = context->ports.waits.wait(
        hash,
        context->config.commit_timeout,
        [wait](const std::optional<CommittedTx>& committed) { wait->on_over(committed); }
    );
    if (!ticket) {
        wait->on_checked(std::unexpected(ticket.error()));
        return;
    }
    context->ports.pool.submit(
        std::move(tx),
        [context, wait, ticket = *ticket](const Result<abci::CheckTxResult>& check) {
            if (!check || check->result.code != 0) {
                context->ports.waits.cancel(ticket);
            }
            wait->on_checked(check);
        }
    );
}

Result<void> check_tx(RouteContext& context, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const auto check, context.ports.app.check_tx(params.bytes("tx")));
    write_exec_tx_result(out, check.result);
    return {};
}

void write_pool(JsonWriter& out, std::size_t shown, const PoolSize& size) {
    out.key("n_txs").quoted_unsigned(shown);
    out.key("total").quoted_unsigned(size.count);
    out.key("total_bytes").quoted(size.bytes);
}

Result<void> unconfirmed_txs(RouteContext& context, const Params& params, JsonWriter& out) {
    const std::int64_t asked = params.integer("limit").value_or(0);
    const std::int64_t limit =
        asked < 1 ? PageRequest::per_page_default : std::min(asked, PageRequest::per_page_max);
    const auto txs = context.ports.pool.unconfirmed(static_cast<std::size_t>(limit));
    out.begin_object();
    write_pool(out, txs.size(), context.ports.pool.size());
    out.key("txs").begin_array();
    for (const Bytes& tx : txs) {
        out.base64(tx);
    }
    out.end_array();
    out.end_object();
    return {};
}

Result<void> num_unconfirmed_txs(RouteContext& context, const Params&, JsonWriter& out) {
    const PoolSize size = context.ports.pool.size();
    out.begin_object();
    write_pool(out, size.count, size);
    out.key("txs").null();
    out.end_object();
    return {};
}

}  // namespace

void add_tx_routes(MethodTable& table, const SharedContext& context) {
    const auto add_broadcast = [&](std::string_view name, auto function, std::string_view summary) {
        table.add(
            {.name = name,
             .params = {tx_param},
             .handler = [context, function](
                            Call call, Responder responder
                        ) { function(context, std::move(call), std::move(responder)); },
             .summary = summary,
             .run_on = RunOn::io_thread}  // the pool of transactions never blocks
        );
    };
    add_broadcast("broadcast_tx_async", broadcast_async, "Takes a transaction unseen.");
    add_broadcast("broadcast_tx_sync", broadcast_sync, "Takes a transaction if its check is good.");
    add_broadcast(
        "broadcast_tx_commit", broadcast_commit, "Takes a transaction and waits for its block."
    );
    table.add(
        {.name = "check_tx",
         .params = {tx_param},
         .handler = answer_with(context, check_tx),
         .summary = "Checks a transaction without taking it."}
    );
    table.add(
        {.name = "unconfirmed_txs",
         .params = {{"limit", ParamType::go_int, "30 if absent, 100 at most"}},
         .handler = answer_with(context, unconfirmed_txs),
         .summary = "The first transactions that wait for a block."}
    );
    table.add(
        {.name = "num_unconfirmed_txs",
         .handler = answer_with(context, num_unconfirmed_txs),
         .summary = "How many transactions wait for a block."}
    );
}

}  // namespace steelyard::rpc
