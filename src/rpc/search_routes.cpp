// Routes that find transactions and blocks.
#include "base/hex.h"
#include "chain/txs.h"
#include "rpc/json_chain.h"
#include "rpc/json_results.h"
#include "rpc/route_context.h"

namespace steelyard::rpc {
namespace {

using index::TxPlace;

const std::vector<ParamSpec> page_params = {
    {"page", ParamType::go_int, "from 1"},
    {"per_page", ParamType::go_int, "30 if absent, 100 at most"},
    {"order_by", ParamType::string, "asc or desc"},
};

/// `default_order` stands for no order.
Result<index::PageRequest> read_page(const Params& params, std::string_view default_order) {
    std::string_view order = params.string("order_by");
    order = order.empty() ? default_order : order;
    if (order != "asc" && order != "desc") {
        return invalid("expected order_by to be either `asc` or `desc` or empty");
    }
    return index::PageRequest{params.integer("page"), params.integer("per_page"), order == "desc"};
}

Result<void> write_tx_at(
    const StoredPorts& ports, const TxPlace& place, bool prove, JsonWriter& out
) {
    TRY_ASSIGN(const auto executed, ports.blocks.get(place.height));
    const auto& txs = executed->block.txs;
    if (place.index >= txs.size()) {
        return fail(
            ErrorCode::corrupt, "block {} has no transaction {}", place.height, place.index
        );
    }
    const auto proof = prove ? std::optional(executed->prove(place.index)) : std::nullopt;
    write_found_tx(
        out,
        place,
        txs[place.index],
        executed->results.tx_results[place.index],
        proof ? &*proof : nullptr
    );
    return {};
}

Result<void> tx(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    if (ports.indexer == nullptr) {
        return fail(ErrorCode::unsupported, "transaction indexing is disabled");
    }
    const Bytes& name = params.bytes("hash");
    std::optional<TxPlace> place;
    if (chain::Hash256 hash{}; name.size() == hash.size()) {
        std::ranges::copy(name, hash.begin());
        TRY_ASSIGN(place, ports.indexer->find_tx(hash));
    }
    if (!place || !ports.chain.range().contains(place->height)) {
        return fail(ErrorCode::not_found, "tx ({}) not found", to_hex_upper(name));
    }
    return write_tx_at(ports, *place, params.boolean("prove"), out);
}

Result<void> tx_search(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    if (ports.searcher == nullptr) {
        return fail(ErrorCode::unsupported, "transaction indexing is disabled");
    }
    TRY_ASSIGN(const auto query, index::Query::parse(params.string("query")));
    TRY_ASSIGN(const auto page, read_page(params, "asc"));
    TRY_ASSIGN(const auto found, ports.searcher->txs(query, page));
    out.begin_object();
    out.key("txs").begin_array();
    for (const TxPlace& place : found.hits) {
        TRY(write_tx_at(ports, place, params.boolean("prove"), out));
    }
    out.end_array();
    out.key("total_count").quoted_unsigned(found.total);
    out.end_object();
    return {};
}

Result<void> block_search(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    if (ports.searcher == nullptr) {
        return fail(ErrorCode::unsupported, "block indexing is disabled");
    }
    TRY_ASSIGN(const auto query, index::Query::parse(params.string("query")));
    TRY_ASSIGN(const auto page, read_page(params, "desc"));
    TRY_ASSIGN(const auto found, ports.searcher->blocks(query, page));
    out.begin_object();
    out.key("blocks").begin_array();
    for (const chain::Height height : found.hits) {
        TRY_ASSIGN(const auto meta, ports.chain.load_meta(height));
        TRY_ASSIGN(const auto block, ports.chain.load_block(height));
        write_named_block(out, meta.block_id, block);
    }
    out.end_array();
    out.key("total_count").quoted_unsigned(found.total);
    out.end_object();
    return {};
}

}  // namespace

void add_search_routes(MethodTable& table, const SharedPorts& ports) {
    table.add(
        {.name = "tx",
         .params =
             {{"hash", ParamType::bytes, "of the transaction"},
              {"prove", ParamType::boolean, "whether a proof is wanted"}},
         .handler = answer_with(ports, tx),
         .summary = "A committed transaction and its result.",
         .caching = Caching::always}
    );
    std::vector<ParamSpec> params = {{"query", ParamType::string, "conditions, such as tx.height=5"}
    };
    params.insert(params.end(), page_params.begin(), page_params.end());
    table.add(
        {.name = "block_search",
         .params = params,
         .handler = answer_with(ports, block_search),
         .summary = "The blocks whose events fulfil a query."}
    );
    params.insert(params.begin() + 1, {"prove", ParamType::boolean, "whether proofs are wanted"});
    table.add(
        {.name = "tx_search",
         .params = params,
         .handler = answer_with(ports, tx_search),
         .summary = "The transactions whose events fulfil a query."}
    );
}

}  // namespace steelyard::rpc
