// What providers do beside their jobs, and what users do.
#include "cosmos/base/v1beta1/coin.pb.h"
#include "crypto/sha256.h"
#include "market/book/books.h"
#include "market/records/counters.h"
#include "steelyard/market/v1/tx.pb.h"
#include "tests/support/market/crowd_scene.h"

namespace steelyard::test {
namespace {

namespace pb = steelyard::market::v1;
using ledger::AccountNumber;
using ledger::Outcome;
using market::Provider;

constexpr std::uint32_t asks_each = 2;
constexpr std::uint32_t classes = 2;

void fill_money(cosmos::base::v1beta1::Coin& coin, std::uint64_t amount) {
    coin.set_denom(std::string(ledger::base_denom));
    coin.set_amount(std::to_string(amount));
}

/// Those that cheat risk less, so that their bonds end.
std::uint64_t draw_bond(const Crowd::Role& role, Dice& dice) {
    const bool is_solid = role.character == Character::honest;
    return static_cast<std::uint64_t>(
        is_solid ? dice.between(50'000'000, 500'000'000) : dice.between(3'000'000, 60'000'000)
    );
}

void register_provider(CrowdScene& scene, const Crowd::Role& role) {
    auto message = std::make_unique<pb::MsgRegisterProvider>();
    message->set_provider(scene.address(role.account));
    message->set_moniker("provider " + std::to_string(role.account));
    message->set_region(role.account % 4 == 0 ? "eu" : "us");
    message->add_attributes("ecc=yes");
    fill_money(*message->mutable_bond(), draw_bond(role, scene.dice));
    scene.move(CrowdLane::rest, role.account, std::move(message));
}

void add_worker(CrowdScene& scene, const Crowd::Role& role) {
    auto message = std::make_unique<pb::MsgAddWorker>();
    message->set_provider(scene.address(role.account));
    message->set_worker(scene.address(role.worker));
    message->set_class_id(1 + (role.account / 2) % classes);
    message->set_slots(static_cast<std::uint32_t>(scene.dice.between(1, 6)));
    fill_money(*message->mutable_funds(), 2'000'000);
    scene.move(CrowdLane::rest, role.account, std::move(message));
}

void post_ask(CrowdScene& scene, const Crowd::Role& role) {
    Dice& dice = scene.dice;
    auto message = std::make_unique<pb::MsgPostAsk>();
    message->set_provider(scene.address(role.account));
    message->set_class_id(1 + (role.account / 2) % classes);
    message->set_product(1);
    message->set_price(static_cast<std::uint64_t>(dice.between(1, 6)) * 10'000'000);
    message->set_work_units(static_cast<std::uint64_t>(dice.between(1, 12)) * 1'000);
    message->set_lifetime(static_cast<std::uint32_t>(dice.between(1, 30)));
    scene.move(CrowdLane::rest, role.account, std::move(message));
}

void cancel_ask(CrowdScene& scene, const Crowd::Role& role, AccountNumber account) {
    market::Books books;
    books.rebuild(scene.state);
    const auto asks = books.asks_of(account);
    if (asks.empty()) {
        return;
    }
    const market::AskKey& key = scene.dice.pick(asks);
    auto message = std::make_unique<pb::MsgCancelAsk>();
    message->set_provider(scene.address(role.account));
    message->set_class_id(static_cast<std::uint32_t>(key.row.book.class_id));
    message->set_product(1);
    message->set_price(key.row.price);
    message->set_posted_height(key.row.posted.value());
    message->set_ask_id(static_cast<std::uint64_t>(key.id));
    scene.move(CrowdLane::rest, role.account, std::move(message));
}

template <typename M>
void move_bond(CrowdScene& scene, const Crowd::Role& role, std::uint64_t amount) {
    auto message = std::make_unique<M>();
    message->set_provider(scene.address(role.account));
    fill_money(*message->mutable_amount(), amount);
    scene.move(CrowdLane::rest, role.account, std::move(message));
}

/// What changes a provider's standing, which those leave alone who are watched to the last uyard.
void be_restless(CrowdScene& scene, const Crowd::Role& role, AccountNumber account) {
    Dice& dice = scene.dice;
    switch (dice.index(5)) {
        case 0:
            move_bond<pb::MsgAddBond>(
                scene, role, static_cast<std::uint64_t>(dice.between(1, 10'000'000))
            );
            return;
        case 1:
            move_bond<pb::MsgWithdrawBond>(
                scene, role, static_cast<std::uint64_t>(dice.between(1, 10'000'000))
            );
            return;
        case 2: {
            auto message = std::make_unique<pb::MsgRemoveWorker>();
            message->set_provider(scene.address(role.account));
            message->set_worker(scene.address(role.worker));
            scene.move(CrowdLane::rest, role.account, std::move(message));
            return;
        }
        case 3: {
            auto message = std::make_unique<pb::MsgUpdateProvider>();
            message->set_provider(scene.address(role.account));
            message->set_moniker("renamed");
            message->set_region(dice.chance(500) ? "eu" : "");
            scene.move(CrowdLane::rest, role.account, std::move(message));
            return;
        }
        default:
            cancel_ask(scene, role, account);
            return;
    }
}

crypto::Hash256 draw_input(Dice& dice) {
    crypto::Hash256 input{};
    dice.fill(input);
    return input;
}

/// What both kinds of orders have.
template <typename M>
void fill_terms(CrowdScene& scene, const Crowd::Role& role, M& message) {
    Dice& dice = scene.dice;
    const auto programs = scene.crowd.programs();
    const auto& facts = programs[dice.index(programs.size())];
    const auto program = crypto::sha256(FakeVerifier::make_program(facts));
    message.set_user(scene.address(role.account));
    message.set_class_id(1 + (dice.chance(300) ? 1 : 0));
    message.set_product(1);
    message.set_program(std::string(as_text(program)));
    message.set_limit_price(static_cast<std::uint64_t>(dice.between(2, 8)) * 10'000'000);
    message.set_lifetime(static_cast<std::uint32_t>(dice.chance(200) ? 0 : dice.between(1, 25)));
    message.set_retries(static_cast<std::uint32_t>(dice.index(4)));
    if (dice.chance(200)) {
        message.set_deadline(scene.block.height.value() + dice.between(20, 60));
    }
    if (role.character == Character::picky) {
        switch (dice.index(3)) {
            case 0:
                message.add_regions("atlantis");
                break;
            case 1:
                message.add_attributes("ecc=never");
                break;
            default:
                message.set_reputation_min(9'999);
                break;
        }
    } else if (dice.chance(200)) {
        message.add_regions("eu");
    } else if (dice.chance(100)) {
        message.add_attributes("ecc=yes");
    } else if (dice.chance(100)) {
        message.add_excluded(scene.address(dice.pick(scene.crowd.roles()).account));
    }
}

MessagePtr make_order(CrowdScene& scene, const Crowd::Role& role) {
    auto message = std::make_unique<pb::MsgPostOrder>();
    fill_terms(scene, role, *message);
    for (int i = 0; i < 2; ++i) {
        message->add_inputs(std::string(as_text(draw_input(scene.dice))));
    }
    return message;
}

MessagePtr make_array(CrowdScene& scene, const Crowd::Role& role) {
    Dice& dice = scene.dice;
    auto message = std::make_unique<pb::MsgPostArray>();
    fill_terms(scene, role, *message);
    message->add_inputs(std::string(as_text(draw_input(dice))));
    message->add_inputs("");
    const std::int64_t tasks = dice.between(1, 8);
    for (std::int64_t task = 0; task < tasks; ++task) {
        message->add_tasks(std::string(as_text(draw_input(dice))));
    }
    message->set_max_parallel(static_cast<std::uint32_t>(dice.between(1, 4)));
    const bool is_poor = role.character == Character::pauper;
    const std::int64_t of_each = is_poor ? 60'000 : dice.chance(300) ? 90'000 : 500'000;
    fill_money(*message->mutable_budget(), static_cast<std::uint64_t>(tasks * of_each));
    return message;
}

void cancel_own(CrowdScene& scene, const Crowd::Role& role, AccountNumber account) {
    std::vector<market::OrderId> own;
    known(market::walk_orders(
        scene.state,
        {},
        [&](market::OrderId id, const market::Order& order) -> Outcome<bool> {
            if (order.user == account && !order.is_final) {
                own.push_back(id);
            }
            return true;
        }
    ));
    if (!own.empty()) {
        auto message = std::make_unique<pb::MsgCancelOrder>();
        message->set_user(scene.address(role.account));
        message->set_order_id(static_cast<std::uint64_t>(scene.dice.pick(own)));
        scene.move(CrowdLane::rest, role.account, std::move(message));
    }
}

}  // namespace

void move_provider(CrowdScene& scene, const Crowd::Role& role) {
    Dice& dice = scene.dice;
    const auto account = scene.account(role.account);
    if (!account) {
        return;
    }
    const auto provider = known(market::get_provider(scene.state, *account));
    if (!provider) {
        register_provider(scene, role);
        return;
    }
    if (provider->is_removed()) {
        return;
    }
    if (provider->is_jailed) {
        if (dice.chance(300)) {
            auto message = std::make_unique<pb::MsgUnjailProvider>();
            message->set_provider(scene.address(role.account));
            scene.move(CrowdLane::rest, role.account, std::move(message));
        }
        return;
    }
    if (provider->workers == 0) {
        add_worker(scene, role);
    }
    const auto counters = known(market::get_counters(scene.state, *account));
    if (counters.open < asks_each && dice.chance(600)) {
        post_ask(scene, role);
    }
    if (role.character == Character::honest && dice.chance(20)) {
        scene.move(CrowdLane::rest, role.account, make_order(scene, role));  // it buys as well
    }
    if (scene.crowd.options().is_restless && dice.chance(60)) {
        be_restless(scene, role, *account);
    }
}

void move_user(CrowdScene& scene, const Crowd::Role& role) {
    constexpr std::uint64_t gas_of_array = 2'000'000;
    Dice& dice = scene.dice;
    const auto account = scene.account(role.account);
    if (!account) {
        return;
    }
    if (role.character == Character::canceller && dice.chance(300)) {
        cancel_own(scene, role, *account);
        return;
    }
    if (scene.jobs.size() >= scene.crowd.options().live_jobs_max || !dice.chance(400)) {
        return;
    }
    const bool likes_arrays =
        role.character == Character::array_buyer || role.character == Character::pauper;
    if (likes_arrays || dice.chance(150)) {
        scene.move(CrowdLane::rest, role.account, make_array(scene, role), gas_of_array);
    } else {
        scene.move(CrowdLane::rest, role.account, make_order(scene, role));
    }
}

}  // namespace steelyard::test
