#include "tests/support/worker/ledger_node.h"

#include "chain/txs.h"
#include "ledger/app/application.h"
#include "node/verifier/vm_verifier.h"
#include "proto/codec.h"
#include "steelyard/market/v1/query.pb.h"
#include "steelyard/market/v1/tx.pb.h"
#include "storage/memory_store.h"
#include "tests/unit/ledger/genesis_builder.h"
#include "vm/files/npy.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <map>
#include <mutex>

namespace steelyard::test {
namespace {

namespace pb = ::steelyard::market::v1;
using google::protobuf::Message;
using ledger::GenesisBuilder;
using ledger::Wallet;
using worker::JobName;

constexpr std::int64_t block_ms = 1'000;
constexpr std::uint64_t not_small = 30'000'000;  ///< gas of what is no worker's

class Prover final : public ledger::BeaconProver {
public:
    Result<crypto::vrf::Proof> prove(const ByteArray<33>&, ByteView alpha) const override {
        return crypto::vrf::prove(GenesisBuilder::key('b', 0).secret(), alpha);
    }
};

void set_short_windows(ledger::MarketParams& market) {
    market.nominal_block_ms = block_ms;
    market.class_fee = 0;
    market.challenge_delay = 2;
    market.challenge_bps = 10'000;
    market.retract_blocks = 1;
    market.start_blocks = 20;
    market.commit_blocks = 20;
    market.respond_blocks = 20;
    market.settle_blocks = 6;
}

std::string bytes_text(const Hash256& hash) {
    return std::string(as_text(hash));
}

void set_coin(cosmos::base::v1beta1::Coin& coin, std::string_view amount) {
    coin.set_denom("uyard");
    coin.set_amount(std::string(amount));
}

std::string name_of(const Bytes& tx) {
    const auto decoded = tx::decode_tx(tx);
    if (!decoded || decoded->messages.empty()) {
        return "";
    }
    const std::string& url = decoded->messages.front().type_url;
    return url.substr(url.rfind('.') + 1);
}

}  // namespace

class LedgerNode::Impl {
public:
    explicit Impl(const crypto::PrivateKey& worker) {
        set_short_windows(builder_.params.market);
        doc_ = builder_.build();
        application_ = ledger::Application::open(
                           store_,
                           std::make_unique<Prover>(),
                           {.verifier = std::make_shared<node::VmVerifier>()}
        )
                           .value();
        CHECK(application_->init_chain(doc_).has_value());
        end_block();
        set_up(worker);
    }

    void set_up(const crypto::PrivateKey& worker) {
        pb::MsgCreateClass new_class;
        new_class.set_creator(provider_.text());
        new_class.set_name("cpu.small");
        new_class.set_kind("cpu");
        new_class.set_wu_per_second_floor(1);
        pb::MsgRegisterProvider provider;
        provider.set_provider(provider_.text());
        provider.set_moniker("P");
        provider.set_region("eu");
        set_coin(*provider.mutable_bond(), "500000000");
        pb::MsgAddWorker add;
        add.set_provider(provider_.text());
        add.set_worker(ledger::account_text(worker.public_key().address()));
        add.set_class_id(1);
        add.set_slots(2);
        set_coin(*add.mutable_funds(), "100000000");
        pb::MsgPostAsk ask;
        ask.set_provider(provider_.text());
        ask.set_class_id(1);
        ask.set_product(1);
        ask.set_price(25);
        ask.set_work_units(1'000'000);
        ask.set_lifetime(10'000);
        send(provider_, {&new_class, &provider, &add, &ask});
    }

    /// In a block of its own.
    Bytes send(Wallet& wallet, const std::vector<const Message*>& messages) {
        ledger::TxDraft draft;
        for (const Message* message : messages) {
            draft.message(*message);
        }
        const Bytes tx = draft.fee("400000uyard", not_small).signer(wallet).sign();
        ++wallet.sequence;
        const auto answer = broadcast(tx);
        CHECK(answer.code == 0);
        end_block();
        const worker::TxAnswer& landed = txs_.at(answer.hash);
        if (landed.code != 0) {
            std::fprintf(stderr, "%s\n", landed.log.c_str());
        }
        CHECK(landed.code == 0);
        return landed.data;
    }

    worker::SubmitAnswer broadcast(ByteView tx) {
        const auto check = application_->check_tx(tx, abci::CheckType::fresh).value();
        worker::SubmitAnswer answer{
            .code = check.result.code,
            .codespace = check.result.codespace,
            .log = check.result.log,
            .hash = chain::tx_hash(tx),
        };
        if (answer.code == 0) {
            pool_.push_back(to_bytes(tx));
        } else {
            std::fprintf(stderr, "refused: %s\n", answer.log.c_str());
        }
        return answer;
    }

    chain::Timestamp time_at(std::int64_t height) const {
        return chain::Timestamp::from_unix(doc_.genesis_time.seconds() + height).value();
    }

    void end_block() {
        const chain::Height next(height_ + 1);
        const auto proposer = GenesisBuilder::validator(0).consensus_key.address();
        auto txs = std::get<std::vector<Bytes>>(application_
                                                    ->prepare_proposal(
                                                        {.height = next,
                                                         .time = time_at(height_ + 1),
                                                         .proposer_address = proposer,
                                                         .txs_size_max = 4'000'000,
                                                         .txs = pool_}
                                                    )
                                                    .value());
        chain::Block block;
        block.header.chain_id = doc_.chain_id;
        block.header.height = next;
        block.header.time = time_at(height_ + 1);
        block.header.proposer_address = proposer;
        block.txs = txs;
        CHECK(application_->process_proposal(block).value());
        const auto results = application_->finalize_block(block, std::nullopt).value();
        CHECK(application_->commit().has_value());
        ++height_;
        for (std::size_t i = 0; i < txs.size(); ++i) {
            take_result(txs[i], results.tx_results[i]);
        }
        std::erase_if(pool_, [&](const Bytes& tx) {
            return txs_.contains(chain::tx_hash(tx)) ||
                   application_->check_tx(tx, abci::CheckType::recheck)->result.code != 0;
        });
    }

    void take_result(const Bytes& tx, const chain::ExecTxResult& result) {
        txs_[chain::tx_hash(tx)] = {
            .height = height_,
            .code = result.code,
            .codespace = result.codespace,
            .log = result.log,
            .data = result.data,
        };
        const std::string name = name_of(tx);
        if (name.ends_with("Job") || name.ends_with("Result") || name == "MsgSpotCheck") {
            seen_.push_back(fmt::format("{} {}", name, result.code == 0 ? "ok" : result.log));
        }
    }

    Result<void> query(std::string_view method, const Message& request, Message& answer) {
        const auto result =
            application_->query({.path = std::string(method), .data = proto::serialize(request)})
                .value();
        if (result.code != 0) {
            return invalid("{} ({} {})", result.log, result.codespace, result.code);
        }
        CHECK(answer.ParseFromArray(result.value.data(), static_cast<int>(result.value.size())));
        return {};
    }

    mutable std::recursive_mutex mutex{};
    GenesisBuilder builder_{};
    chain::GenesisDoc doc_{};
    storage::MemoryStore store_{};
    std::unique_ptr<ledger::Application> application_{};
    Wallet user_ = GenesisBuilder::wallet(0);
    Wallet provider_ = GenesisBuilder::wallet(1);
    std::int64_t height_ = 0;
    std::vector<Bytes> pool_{};
    std::map<Hash256, worker::TxAnswer> txs_{};
    std::vector<std::string> seen_{};
    std::map<Hash256, Bytes> blobs_{};
    std::map<Hash256, Bytes> parts_{};
    std::map<JobName, std::vector<Hash256>> held_{};
    std::function<void()> listener_{};
    bool is_away_ = false;
    bool is_list_empty_ = false;
};

#define STEELYARD_IN_SESSION                               \
    const std::lock_guard lock(impl_->mutex);              \
    if (impl_->is_away_) {                                 \
        return fail(ErrorCode::io, "there is no session"); \
    }

LedgerNode::LedgerNode(const crypto::PrivateKey& worker) : impl_(std::make_unique<Impl>(worker)) {
}
LedgerNode::~LedgerNode() = default;

void LedgerNode::end_block() {
    const std::lock_guard lock(impl_->mutex);
    impl_->end_block();
    if (impl_->listener_) {
        impl_->listener_();
    }
}

Hash256 LedgerNode::register_program(const Bytes& program) {
    const std::lock_guard lock(impl_->mutex);
    pb::MsgRegisterProgram message;
    message.set_owner(impl_->user_.text());
    message.set_program(std::string(as_text(program)));
    impl_->send(impl_->user_, {&message});
    return vm::program_id(program);
}

JobName LedgerNode::order(const Hash256& program, const std::vector<Hash256>& inputs) {
    const std::lock_guard lock(impl_->mutex);
    pb::MsgPostOrder message;
    message.set_user(impl_->user_.text());
    message.set_class_id(1);
    message.set_product(1);
    message.set_program(bytes_text(program));
    message.set_limit_price(30);
    message.set_lifetime(100);
    for (const Hash256& input : inputs) {
        message.add_inputs(bytes_text(input));
    }
    impl_->send(impl_->user_, {&message});
    pb::QueryOrdersRequest request;
    request.set_user(impl_->user_.text());
    pb::QueryOrdersResponse answer;
    CHECK(impl_->query("/steelyard.market.v1.Query/Orders", request, answer).has_value());
    JobName last;
    for (const pb::Order& order : answer.orders()) {
        last.order = std::max(last.order, order.order_id());
    }
    return last;
}

void LedgerNode::commit_wrong(const JobName& job) {
    const std::lock_guard lock(impl_->mutex);
    pb::QueryProgramRequest request;
    request.set_program_id(bytes_text(this->job(job).program));
    pb::QueryProgramResponse program;
    CHECK(impl_->query("/steelyard.market.v1.Query/Program", request, program).has_value());
    const Hash256 result{};
    pb::MsgCommitResult message;
    message.set_signer(impl_->provider_.text());
    message.set_order_id(job.order);
    message.set_task(job.task);
    message.set_steps(program.program().facts().steps());
    message.set_trace_root(bytes_text(result));
    message.add_results(bytes_text(result));
    message.set_output_root(bytes_text(vm::output_root(std::span(&result, 1))));
    impl_->send(impl_->provider_, {&message});
}

Hash256 LedgerNode::put_blob(const vm::FileTensor& tensor) {
    const std::lock_guard lock(impl_->mutex);
    const Hash256 id = vm::tensor_id(tensor.type, vm::tensor_root(tensor.type, tensor.data));
    impl_->blobs_[id] = vm::write_npy(tensor.type, tensor.data);
    return id;
}

std::optional<Bytes> LedgerNode::blob(const Hash256& id) const {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->blobs_.find(id);
    return found == impl_->blobs_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Hash256> LedgerNode::held_blobs(const JobName& job) const {
    const std::lock_guard lock(impl_->mutex);
    const auto found = impl_->held_.find(job);
    return found == impl_->held_.end() ? std::vector<Hash256>() : found->second;
}

worker::ChainJob LedgerNode::job(const JobName& name) {
    const std::lock_guard lock(impl_->mutex);
    pb::QueryJobRequest request;
    request.set_order_id(name.order);
    request.set_task(name.task);
    pb::QueryJobResponse answer;
    CHECK(impl_->query("/steelyard.market.v1.Query/Job", request, answer).has_value());
    return worker::read_job(answer.job()).value();
}

std::int64_t LedgerNode::height() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->height_;
}

void LedgerNode::set_away(bool is_away) {
    const std::lock_guard lock(impl_->mutex);
    impl_->is_away_ = is_away;
}

void LedgerNode::set_list_empty(bool is_empty) {
    const std::lock_guard lock(impl_->mutex);
    impl_->is_list_empty_ = is_empty;
}

void LedgerNode::lose_txs() {
    const std::lock_guard lock(impl_->mutex);
    impl_->pool_.clear();
}

std::vector<std::string> LedgerNode::seen_messages() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->seen_;
}

std::optional<worker::ChainMoment> LedgerNode::moment() const {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->is_away_) {
        return std::nullopt;
    }
    return worker::ChainMoment{
        .chain_id = impl_->doc_.chain_id.text(),
        .height = impl_->height_,
        .unix_ms = impl_->time_at(impl_->height_).seconds() * block_ms,
    };
}

void LedgerNode::on_news(std::function<void()> listener) {
    const std::lock_guard lock(impl_->mutex);
    impl_->listener_ = std::move(listener);
}

Result<void> LedgerNode::query(std::string_view method, const Message& request, Message& answer) {
    STEELYARD_IN_SESSION
    if (impl_->is_list_empty_ && method.ends_with("Query/Jobs")) {
        return {};
    }
    return impl_->query(method, request, answer);
}

Result<worker::SubmitAnswer> LedgerNode::broadcast(ByteView tx) {
    STEELYARD_IN_SESSION
    return impl_->broadcast(tx);
}

Result<std::optional<worker::TxAnswer>> LedgerNode::find_tx(const Hash256& hash) {
    STEELYARD_IN_SESSION
    const auto found = impl_->txs_.find(hash);
    return found == impl_->txs_.end() ? std::nullopt : std::optional(found->second);
}

Result<worker::BlobProgress> LedgerNode::fetch_blob(const Hash256& id) {
    STEELYARD_IN_SESSION
    const auto found = impl_->blobs_.find(id);
    return found == impl_->blobs_.end()
               ? worker::BlobProgress()
               : worker::BlobProgress{.is_whole = true, .file_bytes = found->second.size()};
}

Result<Bytes> LedgerNode::read_blob(const Hash256& id, std::uint64_t offset, std::size_t size) {
    STEELYARD_IN_SESSION
    const auto found = impl_->blobs_.find(id);
    if (found == impl_->blobs_.end() || offset > found->second.size() ||
        size > worker::piece_size_max) {
        return invalid("no such piece");
    }
    const ByteView rest = ByteView(found->second).subspan(offset);
    return to_bytes(rest.first(std::min(size, rest.size())));
}

Result<worker::WriteProgress> LedgerNode::write_blob(
    const Hash256& id, std::uint64_t offset, std::uint64_t file_bytes, ByteView piece
) {
    STEELYARD_IN_SESSION
    Bytes& part = impl_->parts_[id];
    if (offset == part.size()) {
        append(part, piece);
    }
    if (part.size() < file_bytes) {
        return worker::WriteProgress{.offset = part.size()};
    }
    const auto tensor = vm::read_npy(part);
    if (!tensor || vm::tensor_id(tensor->type, vm::tensor_root(tensor->type, tensor->data)) != id) {
        impl_->parts_.erase(id);
        return fail(ErrorCode::corrupt, "the blob is another");
    }
    impl_->blobs_[id] = std::move(part);
    impl_->parts_.erase(id);
    return worker::WriteProgress{.is_whole = true, .offset = file_bytes};
}

Result<void> LedgerNode::keep_blobs(
    std::uint64_t order_id, std::uint32_t task, std::span<const Hash256> ids
) {
    STEELYARD_IN_SESSION
    impl_->held_[{.order = order_id, .task = task}].assign(ids.begin(), ids.end());
    return {};
}

Result<void> LedgerNode::report(const worker::JobProgress&) {
    STEELYARD_IN_SESSION
    return {};
}

}  // namespace steelyard::test
