// Looking at a stopped node's ledger: as a genesis for a new chain, and whether it is right.
#include "base/hex.h"
#include "bin/steelyardd/home.h"
#include "bin/steelyardd/report.h"
#include "index/indexer.h"
#include "ledger/app/inspection.h"
#include "node/settings.h"
#include "storage/memory_store.h"

#include <CLI/CLI.hpp>

namespace steelyard::daemon {

namespace {

using chain::Height;

struct ExportOptions {
    std::int64_t height = 0;  ///< 0: the last one
    std::string file;
};

/// A copy in memory, which can be taken back without harm.
Result<void> copy(const storage::KvStore& from, storage::KvStore& to) {
    constexpr std::size_t batch_bytes = std::size_t{16} << 20;
    storage::WriteBatch batch;
    const auto rows = from.iterate();
    for (rows->seek_to_first(); rows->valid(); rows->next()) {
        batch.put(rows->key(), rows->value());
        if (batch.byte_size() >= batch_bytes) {
            TRY(to.write(batch, storage::Durability::buffered));
            batch.clear();
        }
    }
    TRY(rows->status());
    return to.write(batch, storage::Durability::buffered);
}

Result<chain::GenesisDoc> export_at(storage::KvStore& store, std::int64_t number) {
    if (number == 0) {
        TRY_ASSIGN(const auto ledger, ledger::Inspection::open(store));
        return ledger->export_genesis();
    }
    TRY_ASSIGN(const Height height, Height::parse(number));
    storage::MemoryStore earlier;
    TRY(copy(store, earlier));
    TRY(storage::roll_back_state(earlier, height));
    TRY_ASSIGN(const auto ledger, ledger::Inspection::open(earlier));
    return ledger->export_genesis();
}

Result<Exit> run_export(const Context& context, const ExportOptions& options) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY(check_is_ledger(loaded.config));
    TRY_ASSIGN(const auto stores, node::Stores::open(node::store_options(loaded.config)));
    TRY_ASSIGN(const auto doc, export_at(stores->application(), options.height));
    const std::string text = chain::print_genesis(doc);
    if (options.file.empty()) {
        print(text);
        return Exit::ok;
    }
    TRY(replace_text_file(options.file, text));
    return Exit::ok;
}

/// The transactions of the blocks that the index should have and does not, or has elsewhere.
Result<std::uint64_t> missing_in_index(node::Stores& stores) {
    TRY_ASSIGN(const auto indexer, index::Indexer::open(stores.index()));
    const storage::BlockRange range = indexer->range();
    std::uint64_t missing = 0;
    for (Height height = range.base; !range.empty() && height <= range.tip;
         height = height.next()) {
        TRY_ASSIGN(const auto block, stores.blocks().load_block(height));
        for (const Bytes& tx : block.txs) {
            TRY_ASSIGN(const auto place, indexer->find_tx(chain::tx_hash(tx)));
            missing += place && place->height >= height ? 0U : 1U;
        }
    }
    return missing;
}

Result<Exit> verify(const Context& context) {
    TRY_ASSIGN(const auto loaded, load_home(context));
    TRY(check_is_ledger(loaded.config));
    TRY_ASSIGN(const auto doc, read_genesis(loaded.config));
    TRY_ASSIGN(const auto stores, node::Stores::open(node::store_options(loaded.config)));
    TRY_ASSIGN(const auto ledger, ledger::Inspection::open(stores->application()));
    std::vector<std::string> problems;
    for (const auto& breach : ledger->breaches()) {
        problems.push_back(to_string(breach));
    }
    TRY_ASSIGN(const auto supply, ledger::supply_of(doc));
    if (supply != ledger->genesis_supply()) {
        problems.push_back(fmt::format(
            "I1: the genesis had {}, by what came and went since it had {}",
            to_string(supply),
            to_string(ledger->genesis_supply())
        ));
    }
    TRY_ASSIGN(const auto state, stores->states().load_state());
    if (state && state->last_height == ledger->block().height &&
        state->app_hash != chain::AppHash(ledger->app_hash())) {
        problems.push_back(fmt::format(
            "the chain's app hash is {}, that of the records {}",
            to_hex_upper(state->app_hash.view()),
            to_hex_upper(ledger->app_hash())
        ));
    }
    TRY_ASSIGN(const std::uint64_t missing, missing_in_index(*stores));
    if (missing > 0) {
        problems.push_back(
            fmt::format("the index lacks {} transactions: steelyardd reindex", missing)
        );
    }
    Fields fields = {
        {"height", fmt::format("{}", ledger->block().height)},
        {"app_hash", to_hex_upper(ledger->app_hash())},
        {"problems", fmt::format("{}", problems.size())},
    };
    for (std::size_t i = 0; i < problems.size(); ++i) {
        fields.emplace_back(fmt::format("problem_{}", i), problems[i]);
    }
    print(context.json() ? json_of(fields) : text_of(fields));
    return problems.empty() ? Exit::ok : Exit::failed;
}

}  // namespace

void add_export(CLI::App& app, Context& context) {
    auto options = std::make_shared<ExportOptions>();
    auto* command = app.add_subcommand(
        "export", "Write the ledger as the genesis of a chain that goes on; the node must not run"
    );
    command->add_option("--height", options->height, "An earlier height, at most 1000 back [last]");
    command->add_option("--output-document", options->file, "Write it here; else it is printed");
    command->callback([&context, options] {
        context.action = [&context, options] { return run_export(context, *options); };
    });
    app.add_subcommand(
           "verify", "Check the ledger's records, money and index; the node must not run"
    )
        ->callback([&context] { context.action = [&context] { return verify(context); }; });
}

}  // namespace steelyard::daemon
