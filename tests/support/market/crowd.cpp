#include "tests/support/market/crowd.h"

#include "base/endian.h"
#include "chain/coin.h"
#include "crypto/sha256.h"
#include "ledger/bank/bank.h"
#include "ledger/params/stored_params.h"
#include "ledger/state/values.h"
#include "market/parties/instruments.h"
#include "tests/support/market/crowd_scene.h"

#include <google/protobuf/message.h>

namespace steelyard::test {
namespace {

using chain::Amount;
using ledger::AccountNumber;

constexpr std::array providers = {
    Character::honest,
    Character::honest,
    Character::honest,
    Character::late,
    Character::silent,
    Character::cheat,
    Character::cheat,
    Character::junk,
    Character::decliner,
};
constexpr std::array users = {
    Character::buyer,
    Character::array_buyer,
    Character::canceller,
    Character::pauper,
    Character::picky,
};

constexpr std::uint64_t money_of_provider = 1'000'000'000;
constexpr std::uint64_t money_of_user = 20'000'000'000;
constexpr std::uint64_t money_of_pauper = 1'000'000;

/// A provider has its worker's person behind its own; whose account is made when it is added.
std::vector<Crowd::Role> make_roles() {
    std::vector<Crowd::Role> roles;
    std::size_t person = 0;
    for (const Character character : providers) {
        roles.push_back({character, person, person + 1});
        person += 2;
    }
    for (const Character character : users) {
        roles.push_back({character, person++, 0});
    }
    return roles;
}

std::uint64_t money_of(Character character) {
    return is_provider(character)           ? money_of_provider
           : character == Character::pauper ? money_of_pauper
                                            : money_of_user;
}

chain::Coins coins(std::uint64_t amount) {
    const auto denom = chain::Denom::parse(ledger::base_denom);
    CHECK(denom.has_value());
    auto coins = chain::Coins::make({{.denom = *denom, .amount = Amount(amount)}});
    CHECK(coins.has_value());
    return *std::move(coins);
}

/// Their proofs differ in what they take of a block: a few fit, or many.
std::vector<market::ProgramFacts> draw_programs(Dice& dice) {
    const std::vector<std::uint64_t> sizes = {10'000, 60'000, 130'000};
    std::vector<market::ProgramFacts> programs;
    for (const std::uint64_t work_units : {1'000, 5'000}) {
        programs.push_back({
            .work_units = work_units,
            .steps = TruthVerifier::steps_min + dice.index(20),
            .inputs = 2,
            .outputs = 1,
            .input_bytes = 5'000'000,
            .output_bytes = 64,
            .proof_bytes = dice.pick(sizes),
            .proof_gas = 20'000,
        });
    }
    return programs;
}

Amount fee_of(const ledger::Params& params, std::uint64_t gas) {
    const auto fee = checked_mul(params.fees.min_gas_price, Amount(gas));
    CHECK(fee.has_value());
    const auto amount = chain::to_amount(*fee, chain::Rounding::up);
    CHECK(amount.has_value());
    return *amount;
}

std::vector<CrowdJob> living_jobs(const ledger::StateView& state) {
    std::vector<CrowdJob> jobs;
    known(market::walk_jobs(
        state,
        {},
        [&](const market::JobId& id, const market::Job& job) -> ledger::Outcome<bool> {
            if (!market::is_final(job.state)) {
                jobs.push_back({id, job, *known(market::get_order(state, id.order))});
            }
            return true;
        }
    ));
    return jobs;
}

/// Signs moves as they would come from wallets that know the sequences of the last block.
class Signing {
public:
    explicit Signing(const CrowdScene& scene) : scene_(scene) {}

    std::optional<Bytes> sign(CrowdMove move) {
        const auto account = scene_.account(move.person);
        if (!account) {
            return std::nullopt;
        }
        TxPlan plan;
        plan.messages.push_back(std::move(move.message));
        plan.gas_limit = std::min(move.gas, ledger::tx_gas_limit(scene_.params));
        plan.fee = fee_of(scene_.params, plan.gas_limit);
        const auto [place, is_new] = sequences_.try_emplace(move.person, 0);
        if (is_new) {
            place->second = known(auth::get(scene_.state, *account)).sequence;
        }
        const tx::SignerPlace signer{
            scene_.block.chain_id, static_cast<std::uint64_t>(*account), place->second++
        };
        return sign_tx(scene_.crowd.people(), plan, {signer}, scene_.dice);
    }

private:
    const CrowdScene& scene_;
    std::map<std::size_t, std::uint64_t> sequences_{};
};

}  // namespace

bool is_provider(Character character) {
    return character <= Character::decliner;
}

Crowd::Crowd(const CrowdOptions& options)
    : options_(options),
      roles_(make_roles()),
      people_(options.seed ^ 0x63726f7764, 2 * providers.size() + users.size()) {
    Dice dice(options.seed ^ 0x70726f67);
    programs_ = draw_programs(dice);
}

void Crowd::adjust(ledger::MarketParams& params) const {
    Dice dice(options_.seed ^ 0x706172616d);
    params.nominal_block_ms = 500;
    params.class_fee = 1'000;
    params.withdraw_blocks = 10;
    params.start_blocks = 10;
    params.commit_blocks = 10;
    params.respond_blocks = 10;
    params.retract_blocks = 2;
    params.challenge_delay = 3;
    params.settle_blocks = static_cast<std::uint32_t>(dice.between(2, 12));
    params.retention_blocks = static_cast<std::uint32_t>(dice.between(3, 12));
    params.challenge_bps = static_cast<std::uint32_t>(dice.between(2'000, 10'000));
    params.probation_jobs = static_cast<std::uint32_t>(dice.between(0, 3));
    params.probes = static_cast<std::uint32_t>(dice.between(1, 12));
    params.match_pairs_max = dice.chance(200) ? 1'000 : 1'000'000;
    params.book_side_max = dice.chance(200) ? 16 : 10'000;
}

void Crowd::found(ledger::StateView& state, const ledger::Context& like) const {
    for (const Role& role : roles_) {
        const AccountNumber account =
            known(auth::make(state, {.address = people_[role.account].address}));
        known(bank::endow(state, account, coins(money_of(role.character))));
    }
    const TruthVerifier verifier;
    ledger::Events events;
    ledger::Context context{state, events, like.block, like.params, true, &verifier};
    const auto founder = known(auth::find(state, people_[roles_.back().account].address));
    known(market::create_class(
        context, *founder, {.name = "cpu.small", .wu_per_second_floor = 10'000}
    ));
    known(
        market::create_class(context, *founder, {.name = "cpu.big", .wu_per_second_floor = 50'000})
    );
    for (const market::ProgramFacts& facts : programs_) {
        known(market::register_program(context, *founder, FakeVerifier::make_program(facts)));
    }
}

std::optional<Character> Crowd::provider(const chain::Address& address) const {
    for (const Role& role : roles_) {
        if (is_provider(role.character) && people_[role.account].address == address) {
            return role.character;
        }
    }
    return std::nullopt;
}

std::vector<Bytes> Crowd::draw(
    const ledger::StateView& state, const ledger::BlockInfo& block, Dice& dice
) const {
    const ledger::Params params = known(ledger::load_params(state));
    CrowdScene scene{*this, state, block, params, dice, living_jobs(state)};
    for (const Role& role : roles_) {
        if (is_provider(role.character)) {
            move_worker(scene, role);
            move_provider(scene, role);
        } else {
            move_user(scene, role);
        }
    }
    if (dice.chance(150)) {
        make_mischief(scene);
    }
    std::ranges::stable_sort(scene.moves, {}, &CrowdMove::lane);
    Signing signing(scene);
    std::vector<Bytes> txs;
    for (CrowdMove& move : scene.moves) {
        if (auto tx = signing.sign(std::move(move))) {
            txs.push_back(*std::move(tx));
        }
    }
    return txs;
}

std::optional<AccountNumber> CrowdScene::account(std::size_t person) const {
    return known(auth::find(state, crowd.people()[person].address));
}

std::string CrowdScene::address(std::size_t person) const {
    return ledger::account_text(crowd.people()[person].address);
}

std::uint64_t CrowdScene::balance(std::size_t person) const {
    const auto denom = chain::Denom::parse(ledger::base_denom);
    const auto number = account(person);
    return number ? static_cast<std::uint64_t>(known(bank::balance(state, *number, *denom)).value())
                  : 0;
}

std::uint64_t CrowdScene::fate(const CrowdJob& job, std::string_view step, std::uint64_t bound)
    const {
    Bytes bytes = to_bytes(as_bytes(step));
    append_be(bytes, crowd.options().seed);
    append_be(bytes, static_cast<std::uint64_t>(job.id.order));
    append_be(bytes, job.id.task);
    append_be(bytes, static_cast<std::uint64_t>(job.job.match->height.value()));
    return load_be<std::uint64_t>(crypto::sha256(bytes).data()) % bound;
}

void CrowdScene::move(CrowdLane lane, std::size_t person, MessagePtr message, std::uint64_t gas) {
    moves.push_back({lane, person, std::move(message), gas});
}

}  // namespace steelyard::test
