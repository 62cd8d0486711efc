// Routes that tell of the node, its peers and its application.
#include "base/base64.h"
#include "rpc/json_chain.h"
#include "rpc/json_evidence.h"
#include "rpc/json_node.h"
#include "rpc/json_reader.h"
#include "rpc/json_results.h"
#include "rpc/route_context.h"

namespace steelyard::rpc {
namespace {

using chain::Height;

constexpr std::size_t genesis_chunk_size = 16 << 20;

Result<void> health(RouteContext&, const Params&, JsonWriter& out) {
    out.raw("{}");
    return {};
}

Result<std::string> make_status(
    const RouteContext& context, const storage::BlockRange& range, bool catching_up
) {
    const RoutePorts& ports = context.ports;
    StatusData status;
    status.node = ports.status.node();
    TRY_ASSIGN(status.latest, ports.chain.load_meta(range.tip));
    TRY_ASSIGN(status.earliest, ports.chain.load_meta(range.base));
    status.catching_up = catching_up;
    status.validator_key = ports.status.validator_key();
    if (status.validator_key) {
        const auto set = ports.chain.load_validators(catching_up ? range.tip : range.tip.next());
        const auto index = set ? set->index_of(status.validator_key->address()) : std::nullopt;
        status.voting_power = index ? (*set)[*index].voting_power() : 0;
    }
    JsonWriter out;
    write_status(out, status);
    return std::move(out).take();
}

/// Clients refuse a status without a block; so there is none before the first one.
Result<void> status(RouteContext& context, const Params&, JsonWriter& out) {
    const storage::BlockRange range = context.ports.chain.range();
    if (range.empty()) {
        return fail(ErrorCode::not_found, "the chain has no block yet");
    }
    const bool catching_up = context.ports.status.catching_up();
    const std::lock_guard lock(context.status_mutex);
    if (context.status_json.empty() || context.status_range != range ||
        context.status_catching_up != catching_up) {
        TRY_ASSIGN(context.status_json, make_status(context, range, catching_up));
        context.status_range = range;
        context.status_catching_up = catching_up;
    }
    out.raw(context.status_json);
    return {};
}

Result<void> net_info(RouteContext& context, const Params&, JsonWriter& out) {
    write_net_info(out, context.ports.net.info());
    return {};
}

Result<void> genesis(RouteContext& context, const Params&, JsonWriter& out) {
    if (context.genesis_json.size() > genesis_chunk_size) {
        return fail(
            ErrorCode::too_large,
            "genesis response is large, please use the genesis_chunked API instead"
        );
    }
    out.begin_object();
    out.key("genesis").raw(context.genesis_json);
    out.end_object();
    return {};
}

Result<void> genesis_chunked(RouteContext& context, const Params& params, JsonWriter& out) {
    const std::string_view json = context.genesis_json;
    const std::size_t chunks = (json.size() + genesis_chunk_size - 1) / genesis_chunk_size;
    const auto chunk = static_cast<std::size_t>(params.integer("chunk").value_or(0));
    if (chunk >= chunks) {
        return invalid("there are {} chunks, {} is invalid", chunks - 1, chunk);
    }
    out.begin_object();
    out.key("chunk").quoted_unsigned(chunk);
    out.key("total").quoted_unsigned(chunks);
    out.key("data").base64(as_bytes(json.substr(chunk * genesis_chunk_size, genesis_chunk_size)));
    out.end_object();
    return {};
}

Result<RoundView> current_round(const RouteContext& context) {
    auto round = context.ports.consensus.round();
    if (!round) {
        return fail(ErrorCode::not_found, "consensus is not running");
    }
    return *std::move(round);
}

Result<void> consensus_state(RouteContext& context, const Params&, JsonWriter& out) {
    TRY_ASSIGN(const RoundView round, current_round(context));
    write_round_summary(out, round);
    return {};
}

Result<void> dump_consensus_state(RouteContext& context, const Params&, JsonWriter& out) {
    TRY_ASSIGN(const RoundView round, current_round(context));
    write_round_dump(out, round, context.ports.consensus.peers());
    return {};
}

Result<void> abci_info(RouteContext& context, const Params&, JsonWriter& out) {
    TRY_ASSIGN(const auto info, context.ports.app.info());
    write_app_info(out, info);
    return {};
}

Result<void> abci_query(RouteContext& context, const Params& params, JsonWriter& out) {
    const std::int64_t height = params.integer("height").value_or(0);
    if (height < 0) {
        return invalid("height must be non-negative");
    }
    abci::QueryRequest request{
        .path = std::string(params.string("path")),
        .data = params.bytes("data"),
        .height = Height(height),
        .prove = params.boolean("prove"),
    };
    TRY_ASSIGN(const auto result, context.ports.app.query(request));
    write_query_result(out, result);
    return {};
}

Result<void> broadcast_evidence(RouteContext& context, const Params& params, JsonWriter& out) {
    const std::string_view json = params.json("evidence");
    if (json.empty() || json_kind(json) == JsonKind::null) {
        return invalid("no evidence was provided");
    }
    TRY_ASSIGN(const auto evidence, read_evidence(json));
    if (const auto submitted = context.ports.evidence.submit(evidence); !submitted) {
        return invalid("failed to add evidence: {}", submitted.error().message());
    }
    out.begin_object();
    out.key("hash").base64(chain::evidence_id(evidence));
    out.end_object();
    return {};
}

Result<std::vector<std::string>> read_addresses(std::string_view json, std::string_view what) {
    std::vector<std::string> out;
    if (!json.empty() && json_kind(json) == JsonKind::array) {
        for (const std::string_view element : json_elements(json)) {
            if (json_kind(element) != JsonKind::string) {
                return invalid("an address of {} is not a string", what);
            }
            out.push_back(json_unquote(element));
        }
    }
    if (out.empty()) {
        return invalid("no {} provided", what);
    }
    return out;
}

Result<void> dial_seeds(RouteContext& context, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const auto addresses, read_addresses(params.json("seeds"), "seeds"));
    TRY(context.ports.net.dial_seeds(addresses));
    out.raw(R"({"log":"Dialing seeds in progress. See /net_info for details"})");
    return {};
}

Result<void> dial_peers(RouteContext& context, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const auto addresses, read_addresses(params.json("peers"), "peers"));
    const DialOptions options{
        params.boolean("persistent"), params.boolean("unconditional"), params.boolean("private")
    };
    TRY(context.ports.net.dial_peers(addresses, options));
    out.raw(R"({"log":"Dialing peers in progress. See /net_info for details"})");
    return {};
}

Result<void> flush_mempool(RouteContext& context, const Params&, JsonWriter& out) {
    context.ports.pool.flush();
    out.raw("{}");
    return {};
}

void add_unsafe_routes(MethodTable& table, const SharedContext& context) {
    table.add(
        {.name = "dial_seeds",
         .params = {{"seeds", ParamType::json, "an array of id@host:port"}},
         .handler = answer_with(context, dial_seeds),
         .summary = "Asks seeds for addresses."}
    );
    table.add(
        {.name = "dial_peers",
         .params =
             {{"peers", ParamType::json, "an array of id@host:port"},
              {"persistent", ParamType::boolean, "connect again whenever they are lost"},
              {"unconditional", ParamType::boolean, "beyond the limits of connections"},
              {"private", ParamType::boolean, "tell nobody of them"}},
         .handler = answer_with(context, dial_peers),
         .summary = "Connects to peers."}
    );
    table.add(
        {.name = "unsafe_flush_mempool",
         .handler = answer_with(context, flush_mempool),
         .summary = "Forgets all transactions that wait."}
    );
}

}  // namespace

void add_node_routes(MethodTable& table, const SharedContext& context) {
    const auto add = [&](std::string_view name,
                         auto function,
                         std::string_view summary,
                         Caching caching = Caching::none) {
        table.add(
            {.name = name,
             .handler = answer_with(context, function),
             .summary = summary,
             .caching = caching}
        );
    };
    add("health", health, "Whether the node answers.");
    add("status", status, "What the node is, and where it stands.");
    add("net_info", net_info, "The connections to peers.");
    add("genesis", genesis, "The genesis document.", Caching::always);
    add("consensus_state", consensus_state, "The current round in short.");
    add("dump_consensus_state", dump_consensus_state, "The current round, and the peers'.");
    add("abci_info", abci_info, "What the application says of itself.");
    table.add(
        {.name = "genesis_chunked",
         .params = {{"chunk", ParamType::go_uint, "from 0"}},
         .handler = answer_with(context, genesis_chunked),
         .summary = "A part of the genesis document.",
         .caching = Caching::always}
    );
    table.add(
        {.name = "abci_query",
         .params =
             {{"path", ParamType::string, "what is asked"},
              {"data", ParamType::hex, "for the application"},
              {"height", ParamType::int64, "0: the last one"},
              {"prove", ParamType::boolean, "whether a proof is wanted"}},
         .handler = answer_with(context, abci_query),
         .summary = "Asks the application."}
    );
    table.add(
        {.name = "broadcast_evidence",
         .params = {{"evidence", ParamType::json, "of misbehaviour"}},
         .handler = answer_with(context, broadcast_evidence),
         .summary = "Hands in evidence of misbehaviour."}
    );
    if (context->config.unsafe) {
        add_unsafe_routes(table, context);
    }
}

}  // namespace steelyard::rpc
