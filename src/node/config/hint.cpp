// What to say of a name that is no option's.
#include "node/config/option.h"

#include <algorithm>

namespace steelyard::node {

namespace {

/// Longer names are not compared: foreign text costs no more than this squared per option.
constexpr std::size_t compared_size_max = 64;

/// Options of CometBFT's that are not here, and what an operator should know instead. Names end
/// with
/// "*" where all that begin so are meant.
constexpr std::pair<std::string_view, std::string_view> foreign_options[] = {
    {"proxy_app", "the application runs in the node and is named by app"},
    {"abci", "the application runs in the node and is named by app"},
    {"filter_peers", "the application does not choose peers"},
    {"db_backend", "the only database is LevelDB"},
    {"priv_validator_state_file", "priv_validator_state.json always stands in db_dir"},
    {"priv_validator_laddr", "remote signers are not supported yet"},
    {"consensus.wal_file", "the log of consensus is cs.wal in db_dir"},
    {"consensus.timeout_commit", "the pace of blocks is consensus.target_block_interval"},
    {"consensus.skip_timeout_commit", "it is consensus.skip_commit_wait"},
    {"consensus.create_empty_blocks",
     "empty blocks are always made, how seldom says consensus.empty_block_factor"},
    {"consensus.create_empty_blocks_interval", "it is consensus.empty_block_factor"},
    {"consensus.peer_*", "nothing sleeps between messages to peers"},
    {"p2p.flush_throttle_timeout", "messages are sent as soon as the socket takes them"},
    {"mempool.type", "there is one mempool"},
    {"mempool.wal_dir", "the mempool is not kept on disk"},
    {"mempool.experimental_*", "transactions are announced, so that no flood needs a limit"},
    {"blocksync.version", "there is one block sync"},
    {"fast_sync", "it is blocksync.enabled"},
    {"block_sync", "it is blocksync.enabled"},
    {"statesync.*", "state sync is not supported yet"},
    {"rpc.tls_*", "TLS is a proxy's work"},
    {"rpc.grpc_*", "gRPC is not served"},
    {"rpc.pprof_laddr", "use perf"},
    {"rpc.experimental_subscription_buffer_size", "it is rpc.subscription_buffer_size"},
    {"rpc.experimental_*", "a slow subscriber gets an error and loses the subscription"},
    {"tx_index.psql-conn", "the index is the node's own (kv), or off (null)"},
};

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
        }
    }
    return row.back();
}

std::string same_name_elsewhere(std::string_view name) {
    std::string out;
    for (const Option& option : options()) {
        if (option.name == name) {
            out += out.empty() ? "" : " or ";
            out += option.full_name();
        }
    }
    return out;
}

}  // namespace

std::string hint_for(std::string_view full_name) {
    for (const auto& [name, instead] : foreign_options) {
        const bool is_prefix = name.ends_with('*');
        if (is_prefix ? full_name.starts_with(name.substr(0, name.size() - 1))
                      : full_name == name) {
            return std::string(instead);
        }
    }
    if (full_name.size() > compared_size_max) {
        return {};
    }
    const std::string elsewhere = same_name_elsewhere(full_name.substr(full_name.rfind('.') + 1));
    if (!elsewhere.empty()) {
        return "did you mean " + elsewhere;
    }
    const auto nearness = [&](const Option& option) {
        return distance(full_name, option.full_name());
    };
    const auto nearest = std::ranges::min_element(options(), {}, nearness);
    if (nearness(*nearest) > std::max<std::size_t>(2, full_name.size() / 4)) {
        return {};
    }
    return "did you mean " + nearest->full_name();
}

}  // namespace steelyard::node
