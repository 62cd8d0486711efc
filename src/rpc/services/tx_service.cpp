// cosmos.tx.v1beta1.Service, but for Simulate, which the application answers.
#include "base/hex.h"
#include "cosmos/tx/v1beta1/service.pb.h"
#include "rpc/services/block_view.h"
#include "rpc/services/paging.h"
#include "rpc/services/tx_view.h"

namespace steelyard::services {
namespace {

namespace pb = ::cosmos::tx::v1beta1;
using abci::GrpcCode;

// Errors of the SDK's root codespace, by which clients know why the mempool refused.
constexpr std::uint32_t tx_in_mempool_cache = 19;
constexpr std::uint32_t mempool_is_full = 20;
constexpr std::uint32_t tx_too_large = 21;

Answer<FoundTx> load_tx(const Context& context, const index::TxPlace& place) {
    TRY_ASSIGN(const auto executed, context.ports.blocks.get(place.height));
    if (place.index >= executed->block.txs.size()) {
        return refuse(
            GrpcCode::internal, "block {} has no transaction {}", place.height, place.index
        );
    }
    return FoundTx{
        .tx = executed->block.txs[place.index],
        .result = executed->results.tx_results[place.index],
        .height = place.height,
        .time = executed->block.header.time,
    };
}

Answer<void> get_tx(
    const Context& context, const pb::GetTxRequest& request, pb::GetTxResponse& out
) {
    if (request.hash().empty()) {
        return refuse(GrpcCode::invalid_argument, "tx hash cannot be empty");
    }
    chain::Hash256 hash{};
    if (const auto read = from_hex(request.hash(), hash); !read) {
        return refuse(
            GrpcCode::invalid_argument, "{} is no hash: {}", request.hash(), read.error().message()
        );
    }
    if (context.ports.indexer == nullptr) {
        return refuse(GrpcCode::unimplemented, "transaction indexing is disabled");
    }
    TRY_ASSIGN(const auto place, context.ports.indexer->find_tx(hash));
    if (!place || !context.ports.chain.range().contains(place->height)) {
        return refuse(GrpcCode::not_found, "tx not found: {}", request.hash());
    }
    TRY_ASSIGN(const FoundTx found, load_tx(context, *place));
    TRY(write_tx(*out.mutable_tx(), found.tx));
    return write_found_tx(*out.mutable_tx_response(), found);
}

/// What is asked in `query`, or else all of `events`.
Answer<index::Query> search_query(const pb::GetTxsEventRequest& request) {
    std::string text = request.query();
    if (text.empty()) {
        for (const std::string& event : request.events()) {
            text += (text.empty() ? "" : " AND ") + event;
        }
    }
    if (text.empty()) {
        return refuse(GrpcCode::invalid_argument, "must declare at least one event to search");
    }
    TRY_ASSIGN(auto query, index::Query::parse(text));
    return query;
}

/// The page that `page` and `limit` name, or else the one that the offset of `pagination` is on.
index::PageRequest search_page(const pb::GetTxsEventRequest& request) {
    const auto most = static_cast<std::uint64_t>(index::PageRequest::per_page_max);
    const auto& pagination = request.pagination();
    const std::uint64_t asked = request.limit() != 0 ? request.limit() : pagination.limit();
    const std::uint64_t limit = asked == 0 ? most : std::min(asked, most);
    const std::uint64_t page =
        request.page() != 0 ? request.page() : pagination.offset() / limit + 1;
    const bool is_descending =
        request.order_by() == pb::ORDER_BY_DESC ||
        (request.order_by() == pb::ORDER_BY_UNSPECIFIED && pagination.reverse());
    constexpr std::uint64_t page_max = std::numeric_limits<std::int32_t>::max();
    return {
        .page = static_cast<std::int64_t>(std::min(page, page_max)),
        .per_page = static_cast<std::int64_t>(limit),
        .descending = is_descending,
    };
}

/// A page of more is made of many large transactions, and would take the node's memory several
/// times over; one alone may have as much as it has.
constexpr std::size_t page_bytes_max = std::size_t{32} << 20;

Answer<void> get_txs_event(
    const Context& context, const pb::GetTxsEventRequest& request, pb::GetTxsEventResponse& out
) {
    if (context.ports.searcher == nullptr) {
        return refuse(GrpcCode::unimplemented, "transaction indexing is disabled");
    }
    TRY_ASSIGN(const index::Query query, search_query(request));
    TRY_ASSIGN(const auto hits, context.ports.searcher->txs(query, search_page(request)));
    std::size_t bytes = 0;
    for (const index::TxPlace& place : hits.hits) {
        TRY_ASSIGN(const FoundTx found, load_tx(context, place));
        TRY(write_tx(*out.add_txs(), found.tx));
        TRY(write_found_tx(*out.add_tx_responses(), found));
        bytes += found.tx.size() + out.tx_responses(out.tx_responses_size() - 1).ByteSizeLong();
        if (bytes > page_bytes_max && hits.hits.size() > 1) {
            return refuse(
                GrpcCode::invalid_argument,
                "the page of {} transactions has over {} bytes: ask with a smaller limit",
                hits.hits.size(),
                page_bytes_max
            );
        }
    }
    out.mutable_pagination()->set_total(hits.total);
    out.set_total(hits.total);
    return {};
}

Answer<void> get_block_with_txs(
    const Context& context,
    const pb::GetBlockWithTxsRequest& request,
    pb::GetBlockWithTxsResponse& out
) {
    TRY_ASSIGN(const FoundBlock found, find_block(context.ports.chain, request.height()));
    const auto& txs = found.block.txs;
    TRY_ASSIGN(const PageBounds page, page_of(request.pagination(), txs.size()));
    for (std::uint64_t i = page.begin; i < page.end; ++i) {
        const bool is_reverse = request.pagination().reverse();
        TRY(write_tx(*out.add_txs(), txs[is_reverse ? txs.size() - 1 - i : i]));
    }
    write_block_id(*out.mutable_block_id(), found.id);
    write_block(*out.mutable_block(), found.block);
    out.mutable_pagination()->set_total(txs.size());
    return {};
}

Answer<void> tx_decode(
    const Context&, const pb::TxDecodeRequest& request, pb::TxDecodeResponse& out
) {
    if (request.tx_bytes().empty()) {
        return refuse(GrpcCode::invalid_argument, "invalid empty tx bytes");
    }
    return write_tx(*out.mutable_tx(), as_bytes(request.tx_bytes()));
}

Answer<void> tx_encode(
    const Context&, const pb::TxEncodeRequest& request, pb::TxEncodeResponse& out
) {
    if (!request.has_tx()) {
        return refuse(GrpcCode::invalid_argument, "invalid empty tx");
    }
    out.set_tx_bytes(std::string(as_text(proto::serialize(request.tx()))));
    return {};
}

/// What the mempool refuses without a check has a code as well; nothing: it is no refusal that
/// clients know.
std::uint32_t code_of(const Error& error) {
    const std::string& text = error.message();
    return text.contains("already exists in cache") ? tx_in_mempool_cache
           : text.contains("mempool is full")       ? mempool_is_full
           : text.contains("Tx too large")          ? tx_too_large
                                                    : 0;
}

Answer<Bytes> broadcast_answer(
    const chain::Hash256& hash, const Result<abci::CheckTxResult>& check
) {
    pb::BroadcastTxResponse response;
    if (check) {
        write_checked_tx(*response.mutable_tx_response(), hash, check->result);
    } else if (const std::uint32_t code = code_of(check.error()); code != 0) {
        write_checked_tx(
            *response.mutable_tx_response(),
            hash,
            {.code = code, .log = check.error().message(), .codespace = "sdk"}
        );
    } else {
        return refuse(GrpcCode::unavailable, "{}", check.error().message());
    }
    return proto::serialize(response);
}

/// Mode BLOCK, which the SDK has not any more, is as SYNC: those who still ask for it look for the
/// transaction afterwards.
void broadcast_tx(const Context& context, const abci::QueryRequest& asked, Reply reply) {
    pb::BroadcastTxRequest request;
    if (auto parsed = proto::strict_parse(request, asked.data, request_limits); !parsed) {
        reply(std::unexpected(Refusal(parsed.error())));
        return;
    }
    if (request.tx_bytes().empty()) {
        reply(refuse(GrpcCode::invalid_argument, "invalid empty tx"));
        return;
    }
    if (context.ports.status.catching_up()) {
        reply(refuse(GrpcCode::unavailable, "no transactions are taken while fetching blocks"));
        return;
    }
    Bytes tx = to_bytes(as_bytes(request.tx_bytes()));
    const chain::Hash256 hash = chain::tx_hash(tx);
    switch (request.mode()) {
        case pb::BROADCAST_MODE_ASYNC:
            context.ports.pool.submit(std::move(tx), {});
            reply(broadcast_answer(hash, abci::CheckTxResult()));
            return;
        case pb::BROADCAST_MODE_SYNC:
        case pb::BROADCAST_MODE_BLOCK: {
            // std::function wants to be copied; it is called once.
            const auto shared = std::make_shared<Reply>(std::move(reply));
            context.ports.pool.submit(
                std::move(tx),
                [shared, hash](const Result<abci::CheckTxResult>& check) {
                    (*shared)(broadcast_answer(hash, check));
                }
            );
            return;
        }
        default:
            reply(refuse(
                GrpcCode::invalid_argument,
                "unsupported mode {}; supported: BROADCAST_MODE_SYNC, BROADCAST_MODE_ASYNC",
                static_cast<int>(request.mode())
            ));
    }
}

Answer<void> no_amino(const Context&, const pb::TxEncodeAminoRequest&, pb::TxEncodeAminoResponse&) {
    return refuse(GrpcCode::unimplemented, "transactions have no amino encoding here");
}

Answer<void> no_amino(const Context&, const pb::TxDecodeAminoRequest&, pb::TxDecodeAminoResponse&) {
    return refuse(GrpcCode::unimplemented, "transactions have no amino encoding here");
}

}  // namespace

void add_tx_service(HandlerTable& table) {
    table["/cosmos.tx.v1beta1.Service/GetTx"] = answer_with(get_tx);
    table["/cosmos.tx.v1beta1.Service/GetTxsEvent"] = answer_with(get_txs_event);
    table["/cosmos.tx.v1beta1.Service/GetBlockWithTxs"] = answer_with(get_block_with_txs);
    table["/cosmos.tx.v1beta1.Service/BroadcastTx"] = broadcast_tx;
    table["/cosmos.tx.v1beta1.Service/TxDecode"] = answer_with(tx_decode);
    table["/cosmos.tx.v1beta1.Service/TxEncode"] = answer_with(tx_encode);
    table["/cosmos.tx.v1beta1.Service/TxEncodeAmino"] =
        answer_with<pb::TxEncodeAminoRequest, pb::TxEncodeAminoResponse>(no_amino);
    table["/cosmos.tx.v1beta1.Service/TxDecodeAmino"] =
        answer_with<pb::TxDecodeAminoRequest, pb::TxDecodeAminoResponse>(no_amino);
}

}  // namespace steelyard::services
