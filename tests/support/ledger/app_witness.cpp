#include "tests/support/ledger/app_witness.h"

#include "ledger/app/application.h"
#include "storage/memory_store.h"
#include "tests/support/market/truth_verifier.h"

namespace steelyard::test {
namespace {

/// What an error of the application says; it never has one here.
template <typename T>
std::string text_of(std::string_view method, const Result<T>& result) {
    return fmt::format("the application's {}: {}", method, result.error().message());
}

}  // namespace

Result<crypto::vrf::Proof> PeopleProver::prove(const ByteArray<33>& key, ByteView alpha) const {
    const auto proof = people_.prove(key, alpha);
    if (!proof) {
        return invalid("nobody here has the key");
    }
    return *proof;
}

AppWitness::AppWitness(const People& people, std::uint64_t seed) : people_(people), dice_(seed) {
}

AppWitness::~AppWitness() = default;

Witness::Finding AppWitness::begin(const chain::GenesisDoc& doc) {
    doc_ = doc;
    app_.reset();
    store_ = std::make_unique<storage::MemoryStore>();
    return open();
}

Witness::Finding AppWitness::open() {
    app_.reset();
    auto opened = ledger::Application::open(
        *store_,
        std::make_unique<PeopleProver>(people_),
        {.verifier = std::make_shared<TruthVerifier>()}
    );
    if (!opened) {
        return text_of("open", opened);
    }
    app_ = *std::move(opened);
    const auto info = app_->info();
    if (!info) {
        return text_of("info", info);
    }
    if (info->last_height != chain::Height()) {
        return {};
    }
    const auto outcome = app_->init_chain(doc_);
    return outcome ? Finding() : text_of("init_chain", outcome);
}

Witness::Finding AppWitness::follow(const ExecutedBlock& executed) {
    if (dice_.chance(150)) {
        if (auto finding = open()) {
            return finding;
        }
    }
    if (auto finding = propose(executed)) {
        return finding;
    }
    for (const Bytes& tx : executed.waiting) {
        if (dice_.chance(500)) {
            app_->prepare_tx(tx);
        }
        if (dice_.chance(300)) {
            if (const auto checked = app_->check_tx(tx, abci::CheckType::fresh); !checked) {
                return text_of("check_tx", checked);
            }
        }
    }
    if (dice_.chance(100)) {
        if (auto finding = execute(executed)) {
            return finding;
        }
        if (auto finding = open()) {  // the power went before the commit
            return finding;
        }
    }
    if (auto finding = execute(executed)) {
        return finding;
    }
    const auto committed = app_->commit();
    if (!committed) {
        return text_of("commit", committed);
    }
    const auto info = app_->info();
    if (!info || info->app_hash != executed.results.app_hash ||
        info->last_height != executed.block.header.height) {
        return "the application stands somewhere else after its commit";
    }
    return {};
}

/// What it would propose itself, with the same transactions waiting, it accepts.
Witness::Finding AppWitness::propose(const ExecutedBlock& executed) {
    const chain::Header& header = executed.block.header;
    const auto space = consensus::data_size_max(executed.chain, 0);
    CHECK(space.has_value());
    auto prepared = app_->prepare_proposal({
        .height = header.height,
        .time = header.time,
        .proposer_address = header.proposer_address,
        .txs_size_max = dice_.chance(200) ? dice_.between(200, 3'000) : *space,
        .txs = executed.waiting,
    });
    if (!prepared) {
        return text_of("prepare_proposal", prepared);
    }
    auto* const txs = std::get_if<std::vector<Bytes>>(&*prepared);
    if (txs == nullptr) {
        return "the application abstains";
    }
    const chain::Block own = consensus::make_block(
        executed.chain,
        {.txs = std::move(*txs),
         .last_commit = executed.last_commit,
         .proposer_address = header.proposer_address}
    );
    for (const chain::Block* const block : {&own, &executed.block}) {
        const auto accepted = app_->process_proposal(*block);
        if (!accepted) {
            return text_of("process_proposal", accepted);
        }
        if (!*accepted) {
            return fmt::format(
                "the application refuses {} proposal", block == &own ? "its own" : "a good"
            );
        }
    }
    return {};
}

Witness::Finding AppWitness::execute(const ExecutedBlock& executed) {
    const auto results = app_->finalize_block(executed.block, executed.last_commit);
    if (!results) {
        return text_of("finalize_block", results);
    }
    if (results->app_hash != executed.results.app_hash) {
        return "the application comes to another app hash";
    }
    if (*results != executed.results) {
        return "the application comes to other results";
    }
    return {};
}

}  // namespace steelyard::test
