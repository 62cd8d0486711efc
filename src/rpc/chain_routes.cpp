// Routes that tell of blocks and of what belongs to a height.
#include "rpc/json_chain.h"
#include "rpc/json_results.h"
#include "rpc/route_context.h"

namespace steelyard::rpc {
namespace {

using chain::Height;
using index::PageRequest;
using storage::BlockRange;

const ParamSpec height_param{"height", ParamType::int64, "absent: the last one"};

/// A parameter as a block's hash; a name of another length names no block.
std::optional<chain::Hash256> hash_of(const Bytes& bytes) {
    chain::Hash256 hash{};
    if (bytes.size() != hash.size()) {
        return std::nullopt;
    }
    std::ranges::copy(bytes, hash.begin());
    return hash;
}

/// Nothing where no block has this name.
Result<std::optional<Height>> height_of(const ChainReader& chain, const Bytes& name) {
    const auto hash = hash_of(name);
    if (!hash) {
        return std::nullopt;
    }
    auto height = chain.height_of(*hash);
    if (!height && height.error().code() == ErrorCode::not_found) {
        return std::nullopt;
    }
    TRY(height);
    return *height;
}

Result<Height> block_height(const StoredPorts& ports, const Params& params) {
    const BlockRange range = ports.chain.range();
    return wanted_height(params.integer("height"), range.base, range.tip);
}

bool is_catching_up(const StoredPorts& ports) {
    return ports.catching_up && ports.catching_up();
}

/// Validators and parameters are known one block ahead, but for a node that catches up.
Result<Height> state_height(const StoredPorts& ports, const Params& params) {
    const BlockRange range = ports.chain.range();
    const bool is_ahead = range.tip != Height() && !is_catching_up(ports);
    return wanted_height(
        params.integer("height"), range.base, is_ahead ? range.tip.next() : range.tip
    );
}

Result<void> write_block_at(const StoredPorts& ports, Height height, JsonWriter& out) {
    TRY_ASSIGN(const auto meta, ports.chain.load_meta(height));
    TRY_ASSIGN(const auto block, ports.chain.load_block(height));
    write_named_block(out, meta.block_id, block);
    return {};
}

Result<void> block(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const Height height, block_height(ports, params));
    return write_block_at(ports, height, out);
}

Result<void> block_by_hash(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const auto height, height_of(ports.chain, params.bytes("hash")));
    if (height) {
        return write_block_at(ports, *height, out);
    }
    out.begin_object();
    out.key("block_id");
    write_block_id(out, std::nullopt);
    out.key("block").null();
    out.end_object();
    return {};
}

Result<void> write_header_at(const StoredPorts& ports, Height height, JsonWriter& out) {
    TRY_ASSIGN(const auto meta, ports.chain.load_meta(height));
    out.begin_object();
    out.key("header");
    write_header(out, meta.header);
    out.end_object();
    return {};
}

Result<void> header(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const Height height, block_height(ports, params));
    return write_header_at(ports, height, out);
}

Result<void> header_by_hash(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const auto height, height_of(ports.chain, params.bytes("hash")));
    if (height) {
        return write_header_at(ports, *height, out);
    }
    out.raw(R"({"header":null})");
    return {};
}

Result<void> block_results(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const Height height, block_height(ports, params));
    TRY_ASSIGN(const auto results, ports.chain.load_results(height));
    write_block_results(out, height, results);
    return {};
}

Result<void> commit(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    const ChainReader& chain = ports.chain;
    TRY_ASSIGN(const Height height, block_height(ports, params));
    TRY_ASSIGN(const auto meta, chain.load_meta(height));
    // The tip's is what this node has seen; the next block may contain another one.
    auto commit = chain.load_commit(height);
    const bool is_canonical = commit.has_value() && height != chain.range().tip;
    if (!is_canonical) {
        commit = chain.load_seen_commit(height);
    }
    TRY(commit);
    out.begin_object();
    out.key("signed_header").begin_object();
    out.key("header");
    write_header(out, meta.header);
    out.key("commit");
    write_commit(out, *commit);
    out.end_object();
    out.key("canonical").boolean(is_canonical);
    out.end_object();
    return {};
}

Result<void> blockchain(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    constexpr std::int64_t metas_max = 20;
    const BlockRange range = ports.chain.range();
    std::int64_t first = params.integer("minHeight").value_or(0);
    std::int64_t last = params.integer("maxHeight").value_or(0);
    if (first < 0 || last < 0) {
        return invalid("heights must be non-negative");
    }
    first = first == 0 ? 1 : first;
    last = last == 0 ? range.tip.value() : std::min(last, range.tip.value());
    first = std::max({first, range.base.value(), last - metas_max + 1});
    if (first > last) {
        return invalid("min height {} can't be greater than max height {}", first, last);
    }
    out.begin_object();
    out.key("last_height").quoted(range.tip.value());
    out.key("block_metas").begin_array();
    for (std::int64_t height = last; height >= first; --height) {
        TRY_ASSIGN(const auto meta, ports.chain.load_meta(Height(height)));
        write_block_meta(out, meta);
    }
    out.end_array();
    out.end_object();
    return {};
}

Result<void> validators(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const Height height, state_height(ports, params));
    TRY_ASSIGN(const auto set, ports.chain.load_validators(height));
    const PageRequest page{params.integer("page"), params.integer("per_page")};
    TRY_ASSIGN(const auto bounds, index::page_bounds(page, set.size()));
    out.begin_object();
    out.key("block_height").quoted(height.value());
    out.key("validators").begin_array();
    for (std::uint64_t i = bounds.begin; i < bounds.end; ++i) {
        write_validator(out, set[static_cast<chain::ValidatorIndex>(i)]);
    }
    out.end_array();
    out.key("count").quoted_unsigned(bounds.end - bounds.begin);
    out.key("total").quoted_unsigned(set.size());
    out.end_object();
    return {};
}

Result<void> consensus_params(const StoredPorts& ports, const Params& params, JsonWriter& out) {
    TRY_ASSIGN(const Height height, state_height(ports, params));
    TRY_ASSIGN(const auto consensus_params, ports.chain.load_params(height));
    out.begin_object();
    out.key("block_height").quoted(height.value());
    out.key("consensus_params");
    write_consensus_params(out, consensus_params);
    out.end_object();
    return {};
}

}  // namespace

void add_chain_routes(MethodTable& table, const SharedPorts& ports) {
    const auto add_at_height = [&](std::string_view name, auto function, std::string_view summary) {
        table.add(
            {.name = name,
             .params = {height_param},
             .handler = answer_with(ports, function),
             .summary = summary,
             .caching = Caching::with_height}
        );
    };
    add_at_height("block", block, "The block of a height.");
    add_at_height("header", header, "The header of a height.");
    add_at_height("block_results", block_results, "What executing the block of a height gave.");
    add_at_height("commit", commit, "The header of a height and the precommits for it.");
    add_at_height("consensus_params", consensus_params, "The consensus parameters of a height.");
    table.add(
        {.name = "block_by_hash",
         .params = {{"hash", ParamType::bytes, "of the header"}},
         .handler = answer_with(ports, block_by_hash),
         .summary = "The block with a hash.",
         .result_name = "block",
         .caching = Caching::always}
    );
    table.add(
        {.name = "header_by_hash",
         .params = {{"hash", ParamType::hex, "of the header"}},
         .handler = answer_with(ports, header_by_hash),
         .summary = "The header with a hash.",
         .result_name = "header",
         .caching = Caching::always}
    );
    table.add(
        {.name = "blockchain",
         .params =
             {{"minHeight", ParamType::int64, "the lowest height"},
              {"maxHeight", ParamType::int64, "the highest height"}},
         .handler = answer_with(ports, blockchain),
         .summary = "What is known of up to 20 blocks, the newest first."}
    );
    table.add(
        {.name = "validators",
         .params =
             {height_param,
              {"page", ParamType::go_int, "from 1"},
              {"per_page", ParamType::go_int, "30 if absent, 100 at most"}},
         .handler = answer_with(ports, validators),
         .summary = "The validators of a height, those with more power first.",
         .caching = Caching::with_height}
    );
}

}  // namespace steelyard::rpc
