#include "ledger/app/application.h"

#include "base/check.h"
#include "base/version.h"
#include "ledger/app/head_extra.h"
#include "ledger/app/store_query.h"
#include "ledger/block/block.h"
#include "ledger/genesis/genesis.h"
#include "ledger/params/stored_params.h"
#include "ledger/queries/query_table.h"

#include <google/protobuf/message.h>

namespace steelyard::ledger {
namespace {

constexpr std::uint64_t app_version = 1;
constexpr std::string_view version_path = "/app/version";

/// What a fee must be at least for one step of priority: a millionth of the base coin for one gas.
constexpr std::uint64_t priority_scale = 1'000'000;

Params params_of(const StateView& state) {
    auto params = load_params(state);
    CHECK(params.has_value());
    return *std::move(params);
}

/// The block that comes after, for what is checked ahead of it. Its time is not known yet.
BlockInfo next_of(const BlockInfo& block) {
    return {.chain_id = block.chain_id, .height = block.height.next(), .time = block.time};
}

/// Whose order in the mempool counts, and how much he pays for a unit of gas.
void describe_sender(const pipeline::ReadTx& tx, abci::CheckTxResult& check) {
    const auto payer = std::ranges::find(tx.signers, tx.payer);
    CHECK(payer != tx.signers.end());
    const auto index = static_cast<std::size_t>(payer - tx.signers.begin());
    check.sender = std::string(as_text(tx.payer));
    check.sequence = tx.decoded.signers[index].sequence;
    const auto& coins = tx.decoded.fee.amount.all();
    const Uint128 fee = coins.empty() ? 0 : coins.front().amount.value();
    const Uint128 most = std::numeric_limits<std::int64_t>::max();
    const Uint128 price = std::min(fee, most) * priority_scale / tx.decoded.fee.gas_limit;
    check.priority = static_cast<std::int64_t>(std::min(price, most));
}

abci::QueryResult refuse_query(const Failure& failure, chain::Height height) {
    return {
        .code = failure.kind.code,
        .log = failure.log,
        .height = height,
        .codespace = std::string(failure.kind.codespace),
    };
}

}  // namespace

Application::Application(
    std::unique_ptr<storage::StateTree> tree,
    std::unique_ptr<const BeaconProver> prover,
    const ApplicationOptions& options
)
    : tree_(std::move(tree)),
      prover_(std::move(prover)),
      verifier_(options.verifier),
      patience_(options.patience),
      reader_(*tree_),
      read_txs_(options.read_txs_bytes_max),
      signatures_(options.signatures_max),
      block_view_(reader_),
      check_view_(reader_) {
}

Application::~Application() = default;

Result<std::unique_ptr<Application>> Application::open(
    storage::KvStore& store, std::unique_ptr<const BeaconProver> prover, ApplicationOptions options
) {
    options.tree.stores.assign(store_names.begin(), store_names.end());
    TRY_ASSIGN(auto tree, storage::StateTree::open(store, options.tree));
    std::unique_ptr<Application> application(
        new Application(std::move(tree), std::move(prover), options)
    );
    TRY(application->load());
    return application;
}

Result<void> Application::load() {
    const auto& head = tree_->head();
    if (!head) {
        return {};
    }
    TRY_ASSIGN(BlockInfo block, decode_head_extra(head->extra, head->height));
    const StateView state(reader_);
    books_.rebuild(state);
    listings_.rebuild(state);
    are_listings_stale_ = false;
    set_standing({std::move(block), head->app_hash, params_of(state), true});
    return {};
}

Application::StandingPtr Application::standing() const {
    const std::lock_guard lock(standing_mutex_);
    return standing_;
}

void Application::set_standing(Standing standing) {
    auto next = std::make_shared<const Standing>(std::move(standing));
    const std::lock_guard lock(standing_mutex_);
    standing_ = std::move(next);
}

Result<ReadGate::Pass> Application::enter() {
    auto pass = gate_.enter(patience_);
    if (!pass) {
        return fail(ErrorCode::io, "a block was executed and is not committed");
    }
    return *std::move(pass);
}

Result<abci::ApplicationInfo> Application::info() {
    abci::ApplicationInfo info{
        .data = "steelyard",
        .version = std::string(version),
        .app_version = app_version,
    };
    const StandingPtr now = standing();
    if (now && now->is_durable) {
        info.last_height = now->block.height;
        info.app_hash = now->app_hash;
    }
    return info;
}

/// The genesis stays prepared in the tree, so that checks see it; the first block's writes take
/// its place.
Result<abci::GenesisOutcome> Application::init_chain(const chain::GenesisDoc& genesis) {
    if (tree_->head()) {
        return invalid("the ledger is at height {} already", tree_->head()->height);
    }
    block_view_.clear();
    TRY_ASSIGN(auto started, genesis::start(block_view_, genesis, verifier_.get()));
    gate_.close();
    auto app_hash = prepare_writes();
    if (app_hash) {
        has_genesis_prepared_ = true;
        const auto before = genesis.initial_height.value() - 1;
        set_standing(
            {{genesis.chain_id, chain::Height(before), genesis.genesis_time},
             *app_hash,
             params_of(block_view_),
             false}
        );
    }
    gate_.open();
    TRY(app_hash);
    return abci::GenesisOutcome{.validators = std::move(started.validators), .app_hash = *app_hash};
}

/// The gate is closed.
Result<crypto::Hash256> Application::prepare_writes() {
    const std::lock_guard lock(check_mutex_);
    if (has_genesis_prepared_) {
        tree_->abort();
        has_genesis_prepared_ = false;
    }
    storage::StateWrites writes;
    block_view_.visit_changes([&](Store store, ByteView key, const std::optional<Bytes>& value) {
        const auto id = static_cast<storage::StoreId>(store);
        if (value) {
            writes.put(id, key, *value);
        } else {
            writes.erase(id, key);
        }
    });
    return tree_->prepare(writes);
}

void Application::prepare_tx(ByteView tx) {
    const StandingPtr now = standing();
    if (!now) {
        return;
    }
    const auto known = read_txs_.read(tx, now->params);
    if (!known || (*known)->is_prepared) {
        return;
    }
    if (const auto pass = gate_.enter(patience_)) {
        (*known)->is_prepared =
            signatures_.prepare(StateView(reader_), now->block.chain_id, (*known)->tx);
    }
}

/// Not through the gate: the mempool, which the commit waits for, waits for its checks. Those that
/// come between a block's execution and its commit see what it wrote with what earlier checks did
/// over it; they may err, and are made again after the commit.
Result<abci::CheckTxResult> Application::check_tx(ByteView tx, abci::CheckType type) {
    const std::lock_guard lock(check_mutex_);
    if (has_failed_) {
        return fail(ErrorCode::io, "a block could not be committed");
    }
    const StandingPtr now = standing();
    if (!now) {
        return invalid("a transaction came before the genesis");
    }
    return judge(*now, tx, type);
}

abci::CheckTxResult Application::judge(const Standing& now, ByteView tx, abci::CheckType type) {
    abci::CheckTxResult check;
    const auto known = read_txs_.read(tx, now.params);
    if (!known) {
        check.result = pipeline::refusal(known.error(), 0, 0);
        return check;
    }
    const pipeline::ReadTx& read = (*known)->tx;
    // What waits was verified when it came.
    const bool is_fresh = type == abci::CheckType::fresh;
    const pipeline::RunOptions options{
        .scrutiny = {.signatures = is_fresh ? &signatures_.verifier() : nullptr},
        .run_messages = false,
        .is_told = is_fresh,
    };
    check.result = pipeline::run_tx(check_view_, next_of(now.block), now.params, read, options);
    describe_sender(read, check);
    return check;
}

/// An error says why this node cannot prove the beacon's next value.
Result<Bytes> Application::make_beacon(const StateView& state, const abci::ProposalRequest& request)
    const {
    if (prover_ == nullptr) {
        return fail(ErrorCode::not_found, "this node has no beacon key");
    }
    TRY_ASSIGN(
        const block::BeaconTask task,
        block::beacon_task(state, request.proposer_address, request.height)
    );
    TRY_ASSIGN(
        const crypto::vrf::Proof proof,
        prover_->prove(task.key, beacon::input_of(task.before, request.height))
    );
    return block::make_beacon_tx(proof);
}

Result<abci::PreparedTxs> Application::prepare_proposal(const abci::ProposalRequest& request) {
    TRY_ASSIGN(const auto pass, enter());
    StateView state(reader_);
    auto beacon = make_beacon(state, request);
    if (!beacon) {
        return abci::Abstention{beacon.error().message()};
    }
    if (request.txs_size_max < block::size_in_block(*beacon)) {
        return abci::Abstention{fmt::format(
            "the block has room for {} bytes of transactions, and the beacon alone takes {}",
            request.txs_size_max,
            block::size_in_block(*beacon)
        )};
    }
    const StandingPtr now = standing();
    const block::ProposalSpace space{
        .bytes = request.txs_size_max - block::size_in_block(*beacon),
        .block = {now->block.chain_id, request.height, request.time},
    };
    std::vector<Bytes> txs = {*std::move(beacon)};
    for (Bytes& tx : block::choose_txs(state, space, request.txs, read_txs_.reader())) {
        txs.push_back(std::move(tx));
    }
    return txs;
}

Result<bool> Application::process_proposal(const chain::Block& block) {
    TRY_ASSIGN(const auto pass, enter());
    return block::check_block(StateView(reader_), block, read_txs_.reader()).has_value();
}

Result<abci::BlockResults> Application::finalize_block(
    const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
) {
    if (finalized_) {
        return invalid("the block before height {} was not committed", block.header.height);
    }
    // Readers go on meanwhile: the tree stays as it is.
    abci::BlockResults results = block::execute(
        block_view_,
        block,
        last_commit,
        {.signatures = signatures_.verifier(),
         .reader = read_txs_.last_reader(),
         .books = books_,
         .verifier = verifier_.get()}
    );
    const chain::Header& header = block.header;
    Params params = params_of(block_view_);
    if (!are_listings_stale_) {
        listing_changes_ = market::listing_changes(block_view_, reader_);
    }
    gate_.close();
    const auto app_hash = prepare_writes();
    if (!app_hash) {
        gate_.open();
        return std::unexpected(app_hash.error());
    }
    results.app_hash = *app_hash;
    finalized_ = {
        {header.chain_id, header.height, header.time}, *app_hash, std::move(params), true
    };
    return results;
}

Result<void> Application::commit() {
    if (!finalized_) {
        return invalid("commit without a finalized block");
    }
    {
        const std::lock_guard lock(check_mutex_);
        const auto done =
            tree_->commit(finalized_->block.height, encode_head_extra(finalized_->block));
        if (!done) {
            has_failed_ = true;
            return done;
        }
        set_standing(*std::move(finalized_));
        check_view_.clear();
    }
    finalized_.reset();
    block_view_.clear();
    follow_listings();
    gate_.open();
    return {};
}

/// After a commit, and before anybody asks.
void Application::follow_listings() {
    if (are_listings_stale_) {
        listings_.rebuild(StateView(reader_));
        are_listings_stale_ = false;
    } else {
        listings_.follow(listing_changes_);
    }
    listing_changes_.clear();
}

Result<void> Application::look(const std::function<void(StateView&, const BlockInfo&)>& look) {
    TRY_ASSIGN(const auto pass, enter());
    const StandingPtr now = standing();
    if (!now) {
        return invalid("there is no state before the genesis");
    }
    StateView state(reader_);
    look(state, now->block);
    return {};
}

Result<bool> Application::has_sound_books() {
    market::Books stored;
    TRY(look([&stored](const StateView& state, const BlockInfo&) { stored.rebuild(state); }));
    return stored == books_;
}

Result<abci::QueryResult> Application::query(const abci::QueryRequest& request) {
    TRY_ASSIGN(const auto pass, enter());
    const StandingPtr now = standing();
    if (!now || !now->is_durable) {
        return refuse_query({kinds::invalid_request, "there is no block yet"}, {});
    }
    return answer(*now, request);
}

abci::QueryResult Application::answer(const Standing& now, const abci::QueryRequest& request)
    const {
    const chain::Height last = now.block.height;
    const chain::Height height = request.height == chain::Height() ? last : request.height;
    if (request.path == version_path) {
        return {.value = to_bytes(as_bytes(version)), .height = last};
    }
    const bool is_store = is_store_path(request.path);
    const chain::Height oldest = is_store ? tree_->oldest_provable() : last;
    if (height < oldest || height > last) {
        const auto log = fmt::format(
            "{} can be asked at heights {} to {}, not {}", request.path, oldest, last, height
        );
        return refuse_query({kinds::invalid_request, log}, last);
    }
    if (is_store) {
        return query_store(*tree_, request, height);
    }
    const queries::QueryMethod* method = queries::find_query_method(request.path);
    if (method == nullptr) {
        const auto log = fmt::format("unknown query path: {}", request.path);
        return refuse_query({kinds::unknown_request, log}, last);
    }
    StateView state(reader_);
    const queries::Asked asked{state, now.block, now.params, &listings_, verifier_.get()};
    auto value = queries::ask(*method, asked, request.data);
    if (!value) {
        return refuse_query(queries::abci_failure(value.error()), last);
    }
    return {.key = request.data, .value = *std::move(value), .height = last};
}

}  // namespace steelyard::ledger
