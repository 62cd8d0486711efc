// Starting on a ledger with a million open orders: reading its state and making the books again.
#include "ledger/app/head_extra.h"
#include "ledger/app/tree_reader.h"
#include "ledger/params/stored_params.h"
#include "market/book/books.h"
#include "market/orders/orders.h"
#include "market/parties/instruments.h"
#include "tests/bench/bench_chain.h"
#include "tests/support/market/fake_verifier.h"

#include <benchmark/benchmark.h>

#include <random>

namespace steelyard::market {
namespace {

using ledger::StateView;

constexpr std::uint32_t classes = 50;  ///< whose books have full sides on average
constexpr std::uint32_t orders_per_class = 20'000;
constexpr std::uint32_t accounts_count = 20'000;

chain::Coins coins() {
    return chain::Coins::parse("1000000000000uyard").value();
}

/// A ledger's state on disk, with as many orders as there are to be, posted over many blocks.
class CrowdedState {
public:
    CrowdedState() : store_(storage::LevelDbStore::open(folder_.store(), {}).value()) {
        tree_ = open_tree();
        reader_ = std::make_unique<ledger::TreeReader>(*tree_);
        params_.market.open_orders_max = 10'000;
        block_.chain_id = chain::ChainId::parse("rebuild-1").value();
        block_.time = chain::Timestamp::parse("2026-01-01T00:00:00Z").value();
        in_block([&](StateView& view, Context& context) { begin(view, context); });
        for (std::uint32_t i = 0; i < classes; ++i) {
            in_block([&](StateView&, Context& context) { post(context, ClassId{i + 1}); });
        }
        reader_.reset();
        tree_.reset();
    }

    storage::KvStore& store() { return *store_; }

    std::unique_ptr<storage::StateTree> open_tree() {
        storage::StateTreeOptions options;
        options.stores.assign(ledger::store_names.begin(), ledger::store_names.end());
        return storage::StateTree::open(*store_, options).value();
    }

private:
    template <typename F>
    void in_block(const F& change) {
        block_.height = block_.height.next();
        StateView view(*reader_);
        ledger::Events events;
        Context context{view, events, block_, params_, false, &verifier_};
        change(view, context);
        storage::StateWrites writes;
        view.visit_changes([&](ledger::Store store, ByteView key, const auto& value) {
            CHECK(value.has_value());
            writes.put(static_cast<storage::StoreId>(store), key, *value);
        });
        CHECK(tree_->prepare(writes).has_value());
        CHECK(tree_->commit(block_.height, ledger::encode_head_extra(block_)).has_value());
    }

    void begin(StateView& view, Context& context) {
        for (const std::string_view name : auth::module_names) {
            const auth::Account account{
                .address = auth::module_address(name), .module_name = std::string(name)
            };
            CHECK(auth::make(view, account).has_value());
        }
        CHECK(ledger::store_params(view, params_).has_value());
        for (std::uint32_t i = 0; i < accounts_count; ++i) {
            const crypto::Hash256 hash = crypto::sha256((ledger::Key('a') << i).bytes());
            accounts_.push_back(
                auth::make(view, {.address = to_array<20>(ByteView(hash).first<20>())}).value()
            );
            CHECK(bank::endow(view, accounts_.back(), coins()).has_value());
        }
        for (std::uint32_t i = 0; i < classes; ++i) {
            const Class added{.name = "class." + std::to_string(i), .wu_per_second_floor = 10};
            CHECK(create_class(context, accounts_.front(), added).has_value());
        }
        const ProgramFacts facts{
            .work_units = 1'000,
            .steps = 10,
            .inputs = 1,
            .outputs = 1,
            .output_bytes = 64,
            .proof_bytes = 10'000,
            .proof_gas = 20'000,
        };
        const Bytes program = test::FakeVerifier::make_program(facts);
        program_ = register_program(context, accounts_.front(), program).value();
    }

    void post(Context& context, ClassId class_id) {
        for (std::uint32_t i = 0; i < orders_per_class; ++i) {
            OrderTerms terms{
                .book = {class_id},
                .program = program_,
                .limit = 1 + random_() % 100'000,
                .lifetime = static_cast<std::uint32_t>(10 + random_() % 10'000),
                .retries = 1,
                .filters = {.regions = {"east", "north"}, .reputation_min = 1},
                .inputs = {crypto::Hash256{1}},
            };
            const AccountNumber user = accounts_[random_() % accounts_count];
            CHECK(post_order(context, user, terms).has_value());
        }
    }

    ledger::BenchFolder folder_{"rebuild"};
    std::unique_ptr<storage::LevelDbStore> store_;
    std::unique_ptr<storage::StateTree> tree_{};
    std::unique_ptr<ledger::TreeReader> reader_{};
    ledger::Params params_{};
    ledger::BlockInfo block_{};
    test::FakeVerifier verifier_{};
    std::mt19937_64 random_{1};
    std::vector<AccountNumber> accounts_{};
    crypto::Hash256 program_{};
};

CrowdedState& crowded_state() {
    static CrowdedState state;
    return state;
}

/// As the application does it when it starts.
void rebuild_of_books(benchmark::State& state) {
    const auto tree = crowded_state().open_tree();
    const ledger::TreeReader reader(*tree);
    const StateView view(reader);
    for (auto _ : state) {
        Books books;
        books.rebuild(view);
        CHECK(books.depth({ClassId{1}}).bids == orders_per_class);
    }
    state.SetItemsProcessed(state.iterations() * classes * orders_per_class);
}
BENCHMARK(rebuild_of_books)->Unit(benchmark::kMillisecond)->Iterations(3);

/// The state alone, whose roots are computed again.
void start_of_tree(benchmark::State& state) {
    for (auto _ : state) {
        const auto tree = crowded_state().open_tree();
        CHECK(tree->head().has_value());
    }
}
BENCHMARK(start_of_tree)->Unit(benchmark::kMillisecond)->Iterations(2)->UseRealTime();

void start_of_application(benchmark::State& state) {
    for (auto _ : state) {
        const auto application = ledger::Application::open(crowded_state().store(), nullptr);
        CHECK(application.has_value());
    }
}
BENCHMARK(start_of_application)->Unit(benchmark::kMillisecond)->Iterations(2)->UseRealTime();

}  // namespace
}  // namespace steelyard::market
