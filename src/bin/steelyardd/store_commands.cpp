// rollback, reindex and db: what an operator does to the stores of a stopped node.
#include "base/hex.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "consensus/engine/rollback.h"
#include "node/applications.h"
#include "node/rpc_views.h"
#include "node/settings.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

using chain::Height;

constexpr std::string_view databases[] = {
    "blockstore.db", "state.db", "evidence.db", "application.db", "tx_index.db"
};

struct RollbackOptions {
    bool hard = false;
    bool replay_application = false;
};

/// Erases every record, some at a time.
Result<void> clear(storage::KvStore& store) {
    constexpr std::size_t batch_max = 10'000;
    storage::WriteBatch batch;
    const auto rows = store.iterate();
    for (rows->seek_to_first(); rows->valid(); rows->next()) {
        batch.erase(rows->key());
        if (batch.size() >= batch_max) {
            TRY(store.write(batch, storage::Durability::buffered));
            batch.clear();
        }
    }
    TRY(rows->status());
    return store.write(batch, storage::Durability::synced);
}

Result<Height> application_height(const node::Config& config, storage::KvStore& store) {
    TRY_ASSIGN(const auto application, node::open_application(config, store));
    TRY_ASSIGN(const auto info, application->info());
    return info.last_height;
}

/// A block that is agreed on again may be another one: an application that has executed the old
/// one must not be left as it is.
Result<void> check_application(
    const RollbackOptions& options,
    Height application,
    Height chain,
    const storage::BlockRange& range,
    Height initial
) {
    if (options.replay_application && range.base > initial) {
        return invalid(
            "--replay-application needs all blocks since height {}, the first one here is {}: "
            "restore application.db from a backup, or run steelyardd reset and fetch the chain "
            "again",
            initial,
            range.base
        );
    }
    if (options.hard && !options.replay_application && application > chain) {
        return invalid(
            "the application has executed block {}, which --hard removes: give "
            "--replay-application too, so that it executes all blocks again from the first one",
            application
        );
    }
    return {};
}

Result<Exit> rollback(const Context& context, const RollbackOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY_ASSIGN(const auto stores, node::Stores::open(node::store_options(loaded.config)));
    TRY_ASSIGN(const auto state, stores->states().load_state());
    const storage::BlockRange range = stores->blocks().range();
    if (!state || state->last_height <= state->initial_height) {
        return invalid("there is no height to go back to");
    }
    const bool is_applied = range.tip == state->last_height;
    const Height target = is_applied ? state->last_height.previous() : state->last_height;
    TRY_ASSIGN(const Height application, application_height(loaded.config, stores->application()));
    TRY(check_application(options, application, target, range, state->initial_height));
    // First what the next start makes anew, if this is interrupted.
    const std::atomic<std::int64_t> tip = range.tip.value();
    const node::StoredChain source(stores->blocks(), stores->states(), tip);
    TRY_ASSIGN(const auto indexer, index::Indexer::open(stores->index()));
    TRY(indexer->forget_above(source, target));
    if (options.replay_application) {
        TRY(clear(stores->application()));
    }
    const auto depth = options.hard ? engine::RollbackDepth::block : engine::RollbackDepth::state;
    TRY_ASSIGN(
        const auto outcome,
        engine::roll_back(stores->states(), stores->blocks(), stores->wal(), depth)
    );
    std::string next = options.hard ? "the block is gone, and is agreed on again"
                                    : "the next start applies the block again";
    if (options.replay_application) {
        next +=
            "; the application executes all blocks again from the first one, which may take long";
    } else if (application > outcome.height) {
        next += fmt::format(
            "; the application stays at height {} and is not asked again: its saved results are "
            "taken",
            application
        );
    }
    const Fields fields = {
        {"height", fmt::format("{}", outcome.height)},
        {"app_hash", to_hex_upper(outcome.app_hash.view())},
        {"application_height", options.replay_application ? "0" : fmt::format("{}", application)},
        {"next", next},
    };
    print(context.json() ? json_of(fields) : text_of(fields));
    return Exit::ok;
}

Result<Exit> reindex(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    if (loaded.config.tx_index.kind() == node::Indexer::null) {
        return invalid("tx_index.indexer = \"null\": there is no index; set it to \"kv\" first");
    }
    TRY_ASSIGN(const auto stores, node::Stores::open(node::store_options(loaded.config)));
    TRY_ASSIGN(const auto state, stores->states().load_state());
    TRY(clear(stores->index()));
    const std::atomic<std::int64_t> applied = state ? state->last_height.value() : 0;
    const node::StoredChain source(stores->blocks(), stores->states(), applied);
    TRY_ASSIGN(const auto indexer, index::Indexer::open(stores->index()));
    TRY_ASSIGN(const auto blocks, indexer->recover(source));
    const Fields fields = {
        {"blocks", fmt::format("{}", blocks)}, {"txs", fmt::format("{}", indexer->stats().txs)}
    };
    print(context.json() ? json_of(fields) : text_of(fields));
    return Exit::ok;
}

/// Opens each database and shows a row of what `look` finds in it.
using Look = std::function<Result<std::vector<std::string>>(storage::LevelDbStore&)>;

Result<Exit> for_each_database(
    const Context& context, bool read_only, std::vector<std::string> head, const Look& look
) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    const auto folder = loaded.config.path(loaded.config.db_dir);
    TRY_ASSIGN(const auto lock, engine::PosixDirectory::lock(folder));
    std::vector<std::vector<std::string>> rows = {std::move(head)};
    for (const std::string_view name : databases) {
        TRY_ASSIGN(
            const auto store,
            storage::LevelDbStore::open(
                folder / name, {.create_if_missing = false, .read_only = read_only}
            )
        );
        auto cells = look(*store);
        if (!cells) {
            return std::unexpected(std::move(cells).error());
        }
        cells->insert(cells->begin(), std::string(name));
        rows.push_back(*std::move(cells));
    }
    print(table_of(rows));
    return Exit::ok;
}

std::string size_on_disk(const storage::LevelDbStore& store) {
    const Bytes end(16, 0xff);
    return fmt::format("{}", store.approximate_bytes({}, end));
}

Result<Exit> verify(const Context& context) {
    return for_each_database(
        context,
        true,
        {"database", "records", "bytes"},
        [](storage::LevelDbStore& store) -> Result<std::vector<std::string>> {
            TRY_ASSIGN(const auto report, store.verify());
            return std::vector{fmt::format("{}", report.records), fmt::format("{}", report.bytes)};
        }
    );
}

Result<Exit> compact(const Context& context) {
    return for_each_database(
        context,
        false,
        {"database", "bytes before", "bytes after"},
        [](storage::LevelDbStore& store) -> Result<std::vector<std::string>> {
            std::string before = size_on_disk(store);
            store.compact();
            return std::vector{std::move(before), size_on_disk(store)};
        }
    );
}

Result<Exit> stats(const Context& context) {
    return for_each_database(
        context,
        true,
        {"database", "bytes on disk"},
        [](storage::LevelDbStore& store) -> Result<std::vector<std::string>> {
            return std::vector{size_on_disk(store)};
        }
    );
}

}  // namespace

void add_stores(CLI::App& app, Context& context) {
    auto options = std::make_shared<RollbackOptions>();
    auto* back = app.add_subcommand("rollback", "Go back by one height; the node must not run");
    back->add_flag("--hard", options->hard, "Remove the last block too, to agree on it again");
    back->add_flag(
        "--replay-application",
        options->replay_application,
        "Empty the application, so that it executes all blocks again"
    );
    back->callback([&context, options] {
        context.action = [&context, options] { return rollback(context, *options); };
    });
    app.add_subcommand("reindex", "Make the index of transactions anew; the node must not run")
        ->callback([&context] { context.action = [&context] { return reindex(context); }; });
    auto* db = app.add_subcommand("db", "Look after the databases of a stopped node");
    db->require_subcommand(1);
    const auto add = [&](const char* name, const char* help, Result<Exit> (*run)(const Context&)) {
        db->add_subcommand(name, help)->callback([&context, run] {
            context.action = [&context, run] { return run(context); };
        });
    };
    add("verify", "Read every record and check every checksum", verify);
    add("compact", "Give back the space of what was removed", compact);
    add("stats", "Show how large they are", stats);
}

}  // namespace steelyard::daemon
