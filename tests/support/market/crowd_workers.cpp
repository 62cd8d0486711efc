// What providers do about the jobs that they have.
#include "steelyard/market/v1/tx.pb.h"
#include "tests/support/market/crowd_scene.h"

namespace steelyard::test {
namespace {

namespace pb = steelyard::market::v1;
using ledger::Outcome;
using market::JobState;

constexpr std::uint64_t worker_money_min = 200'000;
constexpr std::uint64_t late_delay_max = 16;
constexpr std::uint64_t silent_steps = 3;

std::uint64_t blocks_since(const CrowdScene& scene, chain::Height height) {
    return static_cast<std::uint64_t>(scene.block.height.value() - height.value());
}

/// Who signs: the worker, unless it has no money, or its provider feels like it.
std::size_t signer_of(const CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job) {
    const bool is_poor = scene.balance(role.worker) < worker_money_min;
    return is_poor || scene.fate(job, "signer", 10) == 0 ? role.account : role.worker;
}

/// Whether the time for a step has come, `since` the block that asks for it.
bool is_time(
    const CrowdScene& scene,
    const Crowd::Role& role,
    const CrowdJob& job,
    std::string_view step,
    chain::Height since
) {
    const bool is_late = role.character == Character::late;
    const std::uint64_t bound = is_late ? late_delay_max : Crowd::honest_delay_max + 1;
    return blocks_since(scene, since) > scene.fate(job, step, bound);
}

template <typename M>
std::unique_ptr<M> about(const CrowdScene& scene, std::size_t signer, const market::JobId& id) {
    auto message = std::make_unique<M>();
    message->set_signer(scene.address(signer));
    message->set_order_id(static_cast<std::uint64_t>(id.order));
    message->set_task(id.task);
    return message;
}

std::string text(ByteView bytes) {
    return std::string(as_text(bytes));
}

std::vector<crypto::Hash256> inputs_of(const CrowdScene& scene, const CrowdJob& job) {
    return known(market::inputs_of(scene.state, job.order, job.id));
}

/// Cheats work honestly now and then, or nobody would see them among others.
bool is_cheated(const CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job) {
    const bool may = role.character == Character::cheat || role.character == Character::junk;
    return may && scene.fate(job, "cheats", 10) < 7;
}

MessagePtr commit(
    const CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job, std::size_t signer
) {
    const auto inputs = inputs_of(scene, job);
    const auto program = known(market::get_program(scene.state, job.order.program));
    const std::array<std::uint8_t, 3> extents = {30, 120, TruthVerifier::extent_max};
    const auto extent = extents.at(scene.fate(job, "extent", extents.size()));
    const market::CommittedResult result =
        is_cheated(scene, role, job) ? TruthVerifier::wrong_result(program->facts, inputs, extent)
                                     : TruthVerifier::true_result(program->facts, inputs);
    auto message = about<pb::MsgCommitResult>(scene, signer, job.id);
    message->set_output_root(text(result.commit.output_root));
    message->set_trace_root(text(result.commit.trace_root));
    message->set_steps(result.commit.steps);
    if (const auto& fault = result.commit.fault) {
        message->set_fault_kind(fault->kind);
        message->set_fault_step(fault->step);
        message->set_fault_element(fault->element);
    }
    message->set_inline_result(text(result.inline_result));
    return message;
}

Bytes proof_of(const CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job) {
    const auto inputs = inputs_of(scene, job);
    const market::Commit& commit = *job.job.commit;
    const market::Claim claim{
        .inputs = inputs,
        .output_root = commit.output_root,
        .trace_root = commit.trace_root,
        .steps = commit.steps,
        .fault = commit.fault,
    };
    Bytes proof = TruthVerifier::opening(claim, job.job.challenge->seed);
    if (role.character == Character::junk && is_cheated(scene, role, job)) {
        proof.resize(scene.dice.index(100), 0xff);
    }
    return proof;
}

void prove(CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job, std::size_t signer) {
    constexpr std::uint64_t gas_of_verification = 3;
    auto message = about<pb::MsgSpotCheck>(scene, signer, job.id);
    message->set_proof(text(proof_of(scene, role, job)));
    const std::uint64_t gas = 900'000 + gas_of_verification * job.job.challenge->gas;
    scene.move(CrowdLane::proofs, signer, std::move(message), gas);
}

void begin(CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job, std::size_t signer) {
    if (role.character == Character::decliner && scene.fate(job, "declines", 10) < 7) {
        auto message = about<pb::MsgDeclineJob>(scene, signer, job.id);
        message->set_reason(1 + static_cast<std::uint32_t>(scene.fate(job, "why", 5)));
        scene.move(CrowdLane::workers, signer, std::move(message));
        return;
    }
    scene.move(CrowdLane::workers, signer, about<pb::MsgStartJob>(scene, signer, job.id));
}

/// A step is taken by a silent one before the one at which it falls silent.
bool is_silent(const CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job, int step) {
    return role.character == Character::silent &&
           scene.fate(job, "silent", silent_steps) == static_cast<std::uint64_t>(step);
}

void work_on(CrowdScene& scene, const Crowd::Role& role, const CrowdJob& job) {
    const std::size_t signer = signer_of(scene, role, job);
    switch (job.job.state) {
        case JobState::matched:
            if (!is_silent(scene, role, job, 0) &&
                is_time(scene, role, job, "start", job.job.match->height)) {
                begin(scene, role, job, signer);
            }
            return;
        case JobState::started:
            if (!is_silent(scene, role, job, 1) &&
                is_time(scene, role, job, "commit", job.job.started)) {
                scene.move(CrowdLane::workers, signer, commit(scene, role, job, signer));
            }
            return;
        case JobState::committed:
            if (role.character == Character::cheat && is_cheated(scene, role, job) &&
                scene.fate(job, "repents", 10) < 3) {
                auto message = about<pb::MsgRetractResult>(scene, signer, job.id);
                scene.move(CrowdLane::workers, signer, std::move(message));
            }
            return;
        case JobState::challenged:
            if (!is_silent(scene, role, job, 2) &&
                is_time(scene, role, job, "prove", job.job.challenge->issued)) {
                prove(scene, role, job, signer);
            }
            return;
        case JobState::open:
        case JobState::proved:
        case JobState::settled:
        case JobState::cancelled:
        case JobState::expired:
        case JobState::refunded:
        case JobState::slashed:
            return;
    }
}

}  // namespace

void move_worker(CrowdScene& scene, const Crowd::Role& role) {
    const auto account = scene.account(role.account);
    for (const CrowdJob& job : scene.jobs) {
        if (job.job.match && account == job.job.match->provider) {
            work_on(scene, role, job);
        }
    }
}

void make_mischief(CrowdScene& scene) {
    Dice& dice = scene.dice;
    const Crowd::Role& role = dice.pick(scene.crowd.roles());
    if (scene.jobs.empty() || role.character == Character::honest) {
        return;
    }
    const std::size_t person = role.account;
    const CrowdJob& job = dice.pick(scene.jobs);
    switch (dice.index(4)) {
        case 0:
            scene.move(CrowdLane::workers, person, about<pb::MsgStartJob>(scene, person, job.id));
            return;
        case 1:
            scene.move(
                CrowdLane::workers, person, about<pb::MsgRetractResult>(scene, person, job.id)
            );
            return;
        case 2: {
            auto message = about<pb::MsgSpotCheck>(scene, person, job.id);
            message->set_proof(std::string(dice.index(200), 'p'));
            scene.move(CrowdLane::proofs, person, std::move(message));
            return;
        }
        default: {
            auto message = std::make_unique<pb::MsgCancelOrder>();
            message->set_user(scene.address(person));
            message->set_order_id(static_cast<std::uint64_t>(job.id.order));
            scene.move(CrowdLane::rest, person, std::move(message));
            return;
        }
    }
}

}  // namespace steelyard::test
