// Blocks as full of proofs as they may be, right ones and junk, beside an empty block and one as
// full of transfers: executed, hashed and committed to disk, by one thread.
#include "market/records/job.h"
#include "node/verifier/vm_verifier.h"
#include "tests/bench/market_chain.h"
#include "tests/bench/proven_program.h"
#include "vm/program/encoding.h"
#include "vm/trace/commitment.h"

#include <benchmark/benchmark.h>

namespace steelyard::market {
namespace {

constexpr std::uint32_t users = 2'000;
constexpr std::size_t user = 0;
constexpr std::size_t provider = 1;
constexpr std::size_t worker = 2;
constexpr Price price = 1'000'000;
constexpr std::uint64_t proof_tx_gas = 10'000'000;

using Messages = std::vector<std::unique_ptr<google::protobuf::Message>>;

BenchChain::Options options() {
    BenchChain::Options options{
        .senders = users,
        .coins = "1000000000000uyard",
        .verifier = std::make_shared<const node::VmVerifier>(),
    };
    ledger::MarketParams& params = options.params.market;
    params.challenge_bps = 10'000;
    params.retract_blocks = 1;
    params.challenge_delay = 2;
    params.respond_blocks = 1'000;
    params.open_orders_max = 10'000;
    return options;
}

/// A provider that runs one program again and again.
class ProofMarket {
public:
    explicit ProofMarket(vm::CheckedProgram program)
        : ran_(std::move(program)),
          market_(
              options(),
              vm::encode_program(ran_.program().program()),
              static_cast<std::uint32_t>(ran_.inputs().size())
          ),
          result_(ran_.run_once()) {
        begin();
    }

    BenchChain& chain() { return market_.chain(); }

    /// Brings as many jobs to their challenge as have room in one block.
    void be_challenged() {
        const std::uint64_t first = market_.next_order();
        send(for_all([&] { return std::make_unique<proto::MsgPostOrder>(order()); }), user);
        for (std::uint64_t i = 0; i < jobs_; ++i) {
            ids_.push_back({.order = OrderId{first + i}});
        }
        send(for_each_job<proto::MsgStartJob>(), worker);
        send(commits(), worker);
        for (int i = 0; i < 50 && !all_challenged(); ++i) {
            market_.pass(1);
        }
        CHECK(all_challenged());
    }

    /// A transaction for each job. `spoil` changes the proof.
    std::vector<Bytes> proofs(const std::function<void(Bytes&)>& spoil) {
        std::vector<Bytes> txs;
        for (const JobId& id : ids_) {
            Bytes proof = proof_of(id);
            bytes_ += proof.size();
            spoil(proof);
            proto::MsgSpotCheck message;
            message.set_signer(market_.sender(worker).text());
            message.set_order_id(static_cast<std::uint64_t>(id.order));
            message.set_proof(std::string(as_text(proof)));
            txs.push_back(chain().sign(market_.sender(worker), message, proof_tx_gas));
        }
        return txs;
    }

    /// After a block: the jobs that it left are done with.
    void settle() {
        ids_.clear();
        bytes_ = 0;
        market_.pass(5);
    }

    std::vector<Bytes> transfers(std::size_t count) {
        std::vector<Bytes> txs;
        for (std::size_t i = 0; i < count; ++i) {
            Wallet& from = market_.sender(3 + i % (users - 3));
            txs.push_back(chain().sign(
                from, ledger::make_send(from.address, market_.sender(0).address, "5uyard")
            ));
        }
        return txs;
    }

    std::uint64_t jobs() const { return jobs_; }
    std::uint64_t bytes() const { return bytes_; }
    std::uint64_t gas() const { return gas_; }

private:
    /// One round tells how large challenges are, and so how many a block takes.
    void begin() {
        const auto messages = market_.begin_selling(
            market_.sender(provider), market_.sender(worker).address, 500'000'000'000, slots_max
        );
        chain().must_pass(market_.sign_all(market_.sender(provider), messages));
        const auto ask = market_.ask(market_.sender(provider), price, ask_work_units_max);
        chain().must_pass({chain().sign(market_.sender(provider), ask)});
        be_challenged();
        const Challenge challenge = *job(ids_.front()).challenge;
        gas_ = challenge.gas;
        const ledger::MarketParams params;
        jobs_ = std::min(
            params.block_proof_bytes_max / challenge.bytes, params.block_proof_gas_max / gas_
        );
        chain().must_pass(proofs([](Bytes&) {}));
        settle();
    }

    proto::MsgPostOrder order() const {
        proto::MsgPostOrder order = market_.order(market_.sender(user), 10 * price, 5);
        order.clear_inputs();
        for (const crypto::Hash256& id : ran_.input_ids()) {
            order.add_inputs(std::string(as_text(id)));
        }
        return order;
    }

    template <typename Make>
    Messages for_all(const Make& make) const {
        Messages messages;
        for (std::uint64_t i = 0; i < jobs_; ++i) {
            messages.push_back(make());
        }
        return messages;
    }

    template <typename M>
    Messages for_each_job() const {
        Messages messages;
        for (const JobId& id : ids_) {
            auto message = std::make_unique<M>();
            message->set_signer(market_.sender(worker).text());
            message->set_order_id(static_cast<std::uint64_t>(id.order));
            messages.push_back(std::move(message));
        }
        return messages;
    }

    Messages commits() const {
        const vm::Tensor& output = result_.outputs.front();
        const auto id = vm::tensor_id(output.type, vm::tensor_root(output.type, output.data));
        Messages messages = for_each_job<proto::MsgCommitResult>();
        for (const auto& one : messages) {
            auto& commit = static_cast<proto::MsgCommitResult&>(*one);
            commit.set_output_root(std::string(as_text(result_.outcome.output_root)));
            commit.set_trace_root(std::string(as_text(result_.outcome.trace_root)));
            commit.set_steps(result_.outcome.steps);
            commit.add_results(std::string(as_text(id)));
        }
        return messages;
    }

    void send(const Messages& messages, std::size_t sender) {
        chain().must_pass(market_.sign_all(market_.sender(sender), messages));
    }

    Job job(const JobId& id) {
        std::optional<Job> found;
        chain().look([&](ledger::StateView& state, const ledger::BlockInfo&) {
            found = get_job(state, id).value();
        });
        return found.value();
    }

    bool all_challenged() {
        return std::ranges::all_of(ids_, [&](const JobId& id) {
            return job(id).state == JobState::challenged;
        });
    }

    Bytes proof_of(const JobId& id) {
        const Challenge challenge = *job(id).challenge;
        const auto probes = node::VmVerifier::probes_of(
            ran_.program(), result_.outcome, challenge.seed, challenge.probes
        );
        return vm::encode_proof(ran_.prove_once(result_, probes));
    }

    vm::ProvenProgram ran_;
    MarketChain market_;
    vm::RunResult result_;
    std::uint64_t jobs_ = 1;
    std::vector<JobId> ids_{};
    std::uint64_t bytes_ = 0;  ///< of all proofs
    std::uint64_t gas_ = 0;    ///< of one challenge, at worst
};

/// Probes of long rows fill a block by their bytes, those of a softmax by their gas.
vm::CheckedProgram long_rows() {
    return vm::product_program(256, 64, 4'096);
}

vm::CheckedProgram longest_rows() {
    return vm::product_program(64, 64, 5'632);
}

vm::CheckedProgram softmax() {
    return vm::softmax_program(1'024, 1'024);
}

void be_right(Bytes&) {
}

/// The last hash of the trace's path: everything before it is looked at for nothing.
void spoil_the_end(Bytes& proof) {
    proof.back() ^= 1;
}

/// A byte of a tensor: the hash of all that is opened of it is wrong.
void spoil_the_middle(Bytes& proof) {
    proof[proof.size() / 2] ^= 1;
}

void block_of_proofs(
    benchmark::State& state, vm::CheckedProgram (*program)(), void (*spoil)(Bytes&)
) {
    ProofMarket market(program());
    for (auto _ : state) {
        state.PauseTiming();
        market.be_challenged();
        const chain::Block block = market.chain().make_block(market.proofs(spoil));
        state.ResumeTiming();
        const auto results = market.chain().replay(block);
        state.PauseTiming();
        for (const auto& result : results.tx_results) {
            CHECK(result.code == 0);
        }
        state.counters["proofs"] = static_cast<double>(market.jobs());
        state.counters["bytes"] = static_cast<double>(market.bytes());
        state.counters["gas"] = static_cast<double>(market.jobs() * market.gas());
        market.settle();
        state.ResumeTiming();
    }
}
BENCHMARK_CAPTURE(block_of_proofs, long_rows, long_rows, be_right)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(block_of_proofs, longest_rows, longest_rows, be_right)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(block_of_proofs, softmax, softmax, be_right)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(block_of_proofs, junk_at_the_end, long_rows, spoil_the_end)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(block_of_proofs, junk_of_softmax, softmax, spoil_the_end)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);
BENCHMARK_CAPTURE(block_of_proofs, junk_in_the_middle, long_rows, spoil_the_middle)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(5);

/// As many bytes of transfers as proofs may take, and no transaction.
void block_beside_proofs(benchmark::State& state) {
    constexpr std::size_t transfer_bytes = 330;
    ProofMarket market(long_rows());
    const std::size_t count = state.range(0) == 0 ? 0 : 2'097'152 / transfer_bytes;
    market.chain().must_pass(market.transfers(users - 3));
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = market.chain().make_block(market.transfers(count));
        state.ResumeTiming();
        market.chain().replay(block);
    }
    state.counters["txs"] = static_cast<double>(count);
}
BENCHMARK(block_beside_proofs)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
}  // namespace steelyard::market
