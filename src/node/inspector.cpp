#include "node/inspector.h"

#include "base/log.h"
#include "base/version.h"
#include "index/block_cache.h"
#include "index/search.h"
#include "node/rpc_views.h"
#include "node/settings.h"

#include <system_error>

namespace steelyard::node {
namespace {

constexpr std::string_view why_absent =
    "this is the RPC of a node that does not run: only what it has stored is served";

const log::Logger& logger() {
    static const log::Logger instance("inspect");
    return instance;
}

Result<std::unique_ptr<storage::LevelDbStore>> open_database(
    const StoreOptions& options, std::string_view name
) {
    return storage::LevelDbStore::open(
        options.folder / name,
        {.read_only = true,
         .block_cache_bytes = options.block_cache_bytes,
         .write_buffer_bytes = options.write_buffer_bytes}
    );
}

}  // namespace

/// In the order in which one part needs the other.
class Inspector::Impl {
public:
    Result<void> open(const Config& config);
    Result<void> serve(const Config& config);
    std::vector<std::uint16_t> ports() const { return server_->ports(); }
    std::int64_t height() const { return applied_; }

private:
    Result<void> open_index(const StoreOptions& options);

    SystemClock clock_{};
    std::unique_ptr<engine::PosixDirectory> folder_{};
    std::unique_ptr<storage::LevelDbStore> blocks_kv_{};
    std::unique_ptr<storage::LevelDbStore> states_kv_{};
    std::unique_ptr<storage::LevelDbStore> index_kv_{};
    std::unique_ptr<storage::BlockStore> block_store_{};
    std::optional<engine::StateStore> states_{};
    std::atomic<std::int64_t> applied_ = 0;
    std::optional<StoredChain> chain_{};
    std::optional<index::BlockCache> blocks_{};
    std::unique_ptr<index::Indexer> indexer_{};
    std::optional<index::Searcher> searcher_{};
    std::unique_ptr<rpc::Server> server_{};
};

Result<void> Inspector::Impl::open(const Config& config) {
    const StoreOptions options = store_options(config);
    std::error_code error;
    if (!std::filesystem::is_directory(options.folder, error)) {
        return fail(
            ErrorCode::not_found, "{} is no folder: no node ran here", options.folder.native()
        );
    }
    TRY_ASSIGN(folder_, engine::PosixDirectory::lock(options.folder));
    TRY_ASSIGN(blocks_kv_, open_database(options, "blockstore.db"));
    TRY_ASSIGN(states_kv_, open_database(options, "state.db"));
    TRY_ASSIGN(block_store_, storage::BlockStore::open(*blocks_kv_));
    states_.emplace(*states_kv_);
    TRY_ASSIGN(const auto state, states_->load_state());
    applied_ = state ? state->last_height.value() : 0;
    chain_.emplace(*block_store_, *states_, applied_);
    blocks_.emplace(*chain_);
    if (config.tx_index.kind() == Indexer::null) {
        return {};
    }
    return open_index(options);
}

/// What a crash has left to be indexed is not found here: the next start of the node indexes it.
Result<void> Inspector::Impl::open_index(const StoreOptions& options) {
    TRY_ASSIGN(index_kv_, open_database(options, "tx_index.db"));
    TRY_ASSIGN(indexer_, index::Indexer::open(*index_kv_));
    searcher_.emplace(*indexer_, *blocks_, clock_);
    if (const auto indexed = indexer_->range().tip.value(); indexed < applied_) {
        logger().warn(
            "the last blocks are not indexed", {{"indexed", indexed}, {"height", applied_.load()}}
        );
    }
    return {};
}

Result<void> Inspector::Impl::serve(const Config& config) {
    rpc::MethodTable table{std::string(version), std::string(why_absent)};
    rpc::add_stored_routes(
        table,
        {.chain = *chain_,
         .blocks = *blocks_,
         .indexer = indexer_.get(),
         .searcher = searcher_ ? &*searcher_ : nullptr}
    );
    rpc::ServerConfig settings = server_config(config);
    settings.metrics_listen_address.clear();
    const rpc::ServerPorts ports{
        .health = [] { return rpc::Health{rpc::Health::State::halted, {std::string(why_absent)}}; },
    };
    TRY_ASSIGN(server_, rpc::Server::start(std::move(settings), std::move(table), ports));
    return {};
}

Inspector::Inspector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
}

Inspector::~Inspector() = default;

Result<std::unique_ptr<Inspector>> Inspector::start(const Config& config) {
    auto impl = std::make_unique<Impl>();
    TRY(impl->open(config));
    TRY(impl->serve(config));
    return std::unique_ptr<Inspector>(new Inspector(std::move(impl)));
}

std::vector<std::uint16_t> Inspector::ports() const {
    return impl_->ports();
}

std::int64_t Inspector::height() const {
    return impl_->height();
}

}  // namespace steelyard::node
