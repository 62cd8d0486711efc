// Whole jobs: a worker, the ledger's own rules, children that compute, and proofs that are judged.
#include "base/check.h"
#include "base/hex.h"
#include "crypto/sha256.h"
#include "tests/support/temporary_home.h"
#include "tests/support/worker/ledger_node.h"
#include "vm/build/ops.h"
#include "vm/files/npy.h"
#include "vm/program/encoding.h"
#include "worker/journal.h"
#include "worker/worker.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <set>
#include <thread>

namespace steelyard::worker {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t columns = 64;

crypto::PrivateKey worker_key() {
    return crypto::PrivateKey::parse(crypto::KeyType::secp256k1, crypto::sha256(as_bytes("worker")))
        .value();
}

vm::TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = vm::DType::f32, .shape = vm::Shape(dimensions)};
}

/// y = x w, of `rows` rows; outputs are at most 10^6.
Bytes product(std::uint64_t rows) {
    vm::Builder builder;
    vm::Ops ops(builder);
    const auto x = builder.input("x", f32({rows, columns})).value();
    const auto w = builder.input("w", f32({columns, columns})).value();
    const auto y = ops.gemm(x, ops.unary(vm::OpCode::neg, w));
    CHECK(ops.done().has_value() && builder.output("y", y).has_value());
    return vm::encode_program(std::move(builder).finish());
}

vm::FileTensor filled(std::initializer_list<std::uint64_t> dimensions, float value) {
    vm::FileTensor out{.type = f32(dimensions)};
    out.data.resize(out.type.bytes());
    for (std::size_t at = 0; at < out.data.size(); at += sizeof value) {
        std::memcpy(out.data.data() + at, &value, sizeof value);
    }
    return out;
}

class WorkerLife : public testing::Test {
protected:
    WorkerLife() { options_.folder = home_.path() / "jobs"; }

    void start() {
        worker_.reset();
        worker_ = Worker::open(options_, node_, worker_key()).value();
    }

    /// An order of a program whose result a commit holds, or names.
    JobName order(std::uint64_t rows = 1, float value = 0.5F) {
        const Hash256 x = node_.put_blob(filled({rows, columns}, value));
        const Hash256 w = node_.put_blob(filled({columns, columns}, 0.25F));
        if (!programs_.contains(rows)) {
            programs_[rows] = node_.register_program(product(rows));
        }
        return node_.order(programs_[rows], {x, w});
    }

    /// Looks until nothing is computed any more.
    void settle_down() {
        worker_->look();
        for (int i = 0; worker_->is_busy(); ++i) {
            ASSERT_LT(i, 6'000);
            std::this_thread::sleep_for(10ms);
            worker_->look();
        }
    }

    void turn() {
        settle_down();
        node_.end_block();
    }

    std::string state(const JobName& job) { return node_.job(job).state_text; }

    /// Whether it comes to a state.
    bool turn_until(const JobName& job, std::string_view wanted, int turns = 80) {
        for (int i = 0; i < turns && state(job) != wanted; ++i) {
            turn();
        }
        return state(job) == wanted;
    }

    /// A child that does something else first.
    void use_script(std::string script) {
        options_.child = {
            .file = "/bin/sh", .arguments = {"-c", script + "; exec " WORKER_CHILD " \"$0\" \"$1\""}
        };
    }

    fs::path folder_of(const JobName& job) const { return Journal(options_.folder).folder_of(job); }

    std::map<std::uint64_t, Hash256> programs_{};  ///< by their rows
    testing_support::TemporaryHome home_{};
    test::LedgerNode node_{worker_key()};
    WorkerOptions options_{.slots = 2, .child = {.file = WORKER_CHILD, .arguments = {}}};
    std::unique_ptr<Worker> worker_{};
};

TEST_F(WorkerLife, takes_a_job_from_its_match_to_its_money) {
    start();
    const JobName job = order();

    ASSERT_TRUE(turn_until(job, "settled")) << state(job);
    turn();

    EXPECT_THAT(
        node_.seen_messages(),
        ElementsAre("MsgStartJob ok", "MsgCommitResult ok", "MsgSpotCheck ok")
    );
    const WorkerStatus status = worker_->status();
    EXPECT_EQ(status.settled, 1U);
    EXPECT_EQ(status.earned, 9'600U);
    EXPECT_GT(status.fees, 0U);
    ASSERT_EQ(status.ended.size(), 1U);
    EXPECT_EQ(status.ended.front().reason, "settled");
    EXPECT_TRUE(status.jobs.empty());
    EXPECT_FALSE(fs::exists(folder_of(job)));
    EXPECT_TRUE(node_.held_blobs(job).empty());
}

TEST_F(WorkerLife, hands_on_results_that_a_commit_does_not_hold) {
    start();
    const JobName job = order(100);

    ASSERT_TRUE(turn_until(job, "challenged")) << state(job);

    const auto held = node_.held_blobs(job);
    ASSERT_EQ(held.size(), 3U) << "two inputs and the output";
    const auto file = node_.blob(held.back());
    ASSERT_TRUE(file);
    const auto result = vm::read_npy(*file);
    ASSERT_TRUE(result);
    EXPECT_EQ(*result, filled({100, columns}, -8.0F)) << "64 x 0.5 x -0.25";
    EXPECT_TRUE(turn_until(job, "settled"));
}

TEST_F(WorkerLife, commits_and_proves_a_fault) {
    start();
    const JobName job = order(1, 3e38F);

    ASSERT_TRUE(turn_until(job, "settled")) << state(job);

    EXPECT_EQ(node_.job(job).reason, "settled_fault");
}

TEST_F(WorkerLife, does_several_jobs_at_a_time) {
    start();
    const JobName first = order(1, 0.5F);
    const JobName second = order(1, 0.125F);

    ASSERT_TRUE(turn_until(first, "settled"));
    ASSERT_TRUE(turn_until(second, "settled"));
    turn();

    EXPECT_EQ(worker_->status().settled, 2U);
}

// Declines.

TEST_F(WorkerLife, declines_without_inputs) {
    start();
    const Hash256 nowhere = crypto::sha256(as_bytes("nowhere"));
    const Hash256 w = node_.put_blob(filled({columns, columns}, 0.25F));
    const JobName job = node_.order(node_.register_program(product(1)), {nowhere, w});
    for (int i = 0; i < 30 && state(job) == "matched"; ++i) {
        worker_->look();
        node_.end_block();
    }

    EXPECT_THAT(node_.seen_messages(), ElementsAre("MsgDeclineJob ok"));
    EXPECT_EQ(node_.job(job).reason, "declined");
}

/// What failed is tried again, but not without a pause; and at last the job is given back.
TEST_F(WorkerLife, waits_before_it_fetches_again) {
    start();
    const JobName job = order();
    for (const Hash256& id : node_.job(job).inputs) {
        fs::create_directories(folder_of(job) / (to_hex(id) + ".npy.part"));
    }
    settle_down();
    worker_->look();

    EXPECT_FALSE(worker_->is_busy());
    for (int i = 0; i < 30 && state(job) == "matched"; ++i) {
        turn();
    }
    EXPECT_EQ(node_.job(job).reason, "declined");
}

TEST_F(WorkerLife, declines_inputs_of_another_type) {
    start();
    const Hash256 x = node_.put_blob(filled({columns, 1}, 0.5F));
    const Hash256 w = node_.put_blob(filled({columns, columns}, 0.25F));
    const JobName job = node_.order(node_.register_program(product(1)), {x, w});
    turn();

    EXPECT_THAT(node_.seen_messages(), ElementsAre("MsgDeclineJob ok"));
    EXPECT_EQ(node_.job(job).reason, "declined");
}

TEST_F(WorkerLife, declines_what_takes_too_much_memory) {
    options_.can.memory_max = 1'000;
    start();
    const JobName job = order();
    turn();

    EXPECT_EQ(node_.job(job).reason, "declined");
}

TEST_F(WorkerLife, declines_what_takes_too_much_disk) {
    options_.can.disk_max = 1'000;
    start();
    const JobName job = order();
    turn();

    EXPECT_EQ(node_.job(job).reason, "declined");
}

TEST_F(WorkerLife, drains) {
    start();
    const JobName first = order();
    while (state(first) != "started") {
        turn();
    }
    const JobName second = order();
    worker_->drain();

    ASSERT_TRUE(turn_until(first, "settled"));

    EXPECT_EQ(node_.job(second).reason, "declined");
    worker_->run();
    EXPECT_TRUE(worker_->status().is_draining);
}

// Whatever ends, the job goes on.

TEST_F(WorkerLife, is_started_anew_before_each_step) {
    const JobName job = order(100);
    for (int i = 0; i < 80 && state(job) != "settled"; ++i) {
        start();
        turn();
    }

    EXPECT_EQ(state(job), "settled");
    EXPECT_THAT(
        node_.seen_messages(),
        ElementsAre("MsgStartJob ok", "MsgCommitResult ok", "MsgSpotCheck ok")
    );
}

/// With its child: a run without an outcome begins anew.
TEST_F(WorkerLife, is_killed_once_while_it_does_each_thing) {
    const JobName job = order(100);
    std::set<std::string> killed;
    start();
    for (int i = 0; i < 80 && state(job) != "settled"; ++i) {
        worker_->look();
        const WorkerStatus status = worker_->status();
        const std::string stage = status.jobs.empty() ? "" : status.jobs.front().stage;
        if (worker_->is_busy() && killed.insert(stage).second) {
            start();
        }
        turn();
    }

    EXPECT_EQ(state(job), "settled");
    EXPECT_THAT(killed, Contains("running"));
    EXPECT_THAT(killed, Contains("proving"));
}

TEST_F(WorkerLife, runs_a_child_again_that_was_killed) {
    use_script("[ -e \"$1/tried\" ] || { touch \"$1/tried\"; kill -9 $$; }");
    start();
    const JobName job = order();

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

TEST_F(WorkerLife, is_late_with_what_kills_its_children_twice) {
    use_script("kill -9 $$");
    start();
    const JobName job = order();
    while (node_.job(job).reason == "none") {
        turn();
    }

    EXPECT_EQ(node_.job(job).reason, "late");
    EXPECT_THAT(node_.seen_messages(), ElementsAre("MsgStartJob ok"));
}

TEST_F(WorkerLife, gives_back_another_job_of_what_kills_its_children) {
    use_script("kill -9 $$");
    options_.slots = 1;
    start();
    const JobName first = order(1, 0.5F);
    const JobName second = order(1, 0.125F);
    for (int i = 0; i < 15 && state(second) == "matched"; ++i) {
        turn();
    }
    EXPECT_EQ(state(first), "started");
    EXPECT_EQ(node_.job(second).reason, "declined");

    start();
    const JobName third = order(1, 0.25F);
    turn();

    EXPECT_EQ(node_.job(third).reason, "declined") << "it is remembered over a restart";
    EXPECT_THAT(
        node_.seen_messages(), ElementsAre("MsgStartJob ok", "MsgDeclineJob ok", "MsgDeclineJob ok")
    );
}

/// A disk that is full is no failure of the job: it is run again until there is room.
TEST_F(WorkerLife, waits_for_a_disk_that_is_full) {
    use_script(
        "n=$(ls \"$1\" | grep -c tried); [ $n -ge 2 ] || "
        "{ touch \"$1/tried$n\"; echo error disk full; exit 14; }"
    );
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "started"));
    for (int i = 0; i < 600 && !fs::exists(folder_of(job) / "outcome.pb"); ++i) {
        settle_down();
        std::this_thread::sleep_for(50ms);
    }

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

/// Nothing is done before the journal has it, and it is done then.
TEST_F(WorkerLife, waits_for_a_journal_that_cannot_be_written) {
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "started"));
    const fs::path obstacle = folder_of(job) / "job.pb.new";
    fs::create_directories(obstacle / "full");
    for (int i = 0; i < 18; ++i) {
        turn();
    }
    EXPECT_EQ(state(job), "started");

    fs::remove_all(obstacle);

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

TEST_F(WorkerLife, proves_again_where_a_prover_was_killed) {
    use_script("[ $0 = job ] || [ -e \"$1/tried\" ] || { touch \"$1/tried\"; kill -9 $$; }");
    start();
    const JobName job = order();

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

/// Its outputs are lost with the disk: the run is made anew before it is proven.
TEST_F(WorkerLife, runs_again_what_it_cannot_prove_any_more) {
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "committed"));
    fs::remove(folder_of(job) / "leaves");

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

TEST_F(WorkerLife, proves_a_job_whose_folder_is_gone) {
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "committed"));
    worker_.reset();
    fs::remove_all(options_.folder);
    start();

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

/// Else it would commit what is not true, and lose its bond.
TEST_F(WorkerLife, computes_nothing_from_inputs_that_have_changed) {
    use_script(
        "[ -e \"$1/tried\" ] || { touch \"$1/tried\"; for f in \"$1\"/*.npy; do "
        "printf X | dd of=\"$f\" bs=1 seek=200 conv=notrunc 2>/dev/null; done; }"
    );
    start();
    const JobName job = order(100);

    ASSERT_TRUE(turn_until(job, "challenged")) << state(job);

    const auto output = node_.blob(node_.held_blobs(job).back());
    ASSERT_TRUE(output);
    EXPECT_EQ(*vm::read_npy(*output), filled({100, columns}, -8.0F));
    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

/// Such as of another chain, with the same numbers.
TEST_F(WorkerLife, takes_no_outcome_that_was_there_before_the_job) {
    start();
    const JobName first = order(1, 0.125F);
    ASSERT_TRUE(turn_until(first, "committed"));
    const fs::path report = home_.path() / "outcome";
    fs::copy(folder_of(first) / "outcome.pb", report);
    const JobName second = {.order = first.order + 1};
    fs::create_directories(folder_of(second));
    fs::copy(report, folder_of(second) / "outcome.pb");

    ASSERT_EQ(order(1, 0.5F), second);

    EXPECT_TRUE(turn_until(second, "settled")) << state(second);
}

TEST_F(WorkerLife, goes_on_with_jobs_that_a_list_leaves_out) {
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "started"));
    node_.set_list_empty(true);
    turn();
    EXPECT_EQ(worker_->status().jobs.size(), 1U);
    start();  // with what its journal says
    ASSERT_TRUE(turn_until(job, "committed")) << state(job);
    node_.set_list_empty(false);

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
    turn();
    EXPECT_FALSE(fs::exists(folder_of(job)));
}

TEST_F(WorkerLife, retracts_what_it_did_not_compute) {
    options_.child.file = WORKER_CHILD;
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "started"));
    settle_down();
    node_.lose_txs();
    node_.commit_wrong(job);
    ASSERT_EQ(state(job), "committed");
    turn();

    EXPECT_THAT(
        node_.seen_messages(),
        ElementsAre("MsgStartJob ok", "MsgCommitResult ok", "MsgRetractResult ok")
    );
    EXPECT_EQ(node_.job(job).reason, "retracted");
}

TEST_F(WorkerLife, computes_while_its_node_is_away) {
    start();
    const JobName job = order();
    ASSERT_TRUE(turn_until(job, "started"));
    worker_->look();
    node_.set_away(true);
    for (int i = 0; i < 3; ++i) {
        turn();
    }
    EXPECT_FALSE(worker_->status().is_linked);
    node_.set_away(false);

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

TEST_F(WorkerLife, sends_again_what_a_mempool_lost) {
    start();
    const JobName job = order();
    settle_down();
    node_.lose_txs();

    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

TEST_F(WorkerLife, stops_with_its_children) {
    use_script("[ $0 = prove ] || sleep 600");
    start();
    const JobName job = order();
    while (state(job) != "started") {
        turn();
    }
    std::thread loop([this] { worker_->run(); });
    while (!worker_->status().jobs.empty() && worker_->status().jobs[0].stage != "running") {
        std::this_thread::sleep_for(5ms);
    }

    worker_->stop();
    loop.join();

    EXPECT_FALSE(worker_->is_busy());
    options_.child = {.file = WORKER_CHILD, .arguments = {}};
    start();
    EXPECT_TRUE(turn_until(job, "settled")) << state(job);
}

}  // namespace
}  // namespace steelyard::worker
