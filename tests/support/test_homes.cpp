#include "tests/support/test_homes.h"

#include "base/check.h"
#include "base/clock.h"
#include "consensus/engine/file_signer.h"
#include "consensus/engine/key_file.h"
#include "consensus/engine/posix_files.h"
#include "p2p/node_key.h"

#include <fstream>

#include <unistd.h>

namespace steelyard::test {
namespace {

namespace fs = std::filesystem;

void write_secret(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

std::string_view text_of(const crypto::SecretBytes& bytes) {
    const ByteView view = bytes.view();
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}

fs::path fresh_folder() {
    std::string name = (fs::temp_directory_path() / "steelyard_homes_XXXXXX").native();
    CHECK(::mkdtemp(name.data()) != nullptr);
    return name;
}

}  // namespace

TestHomes::TestHomes(std::size_t validators, std::string_view chain_id) : folder_(fresh_folder()) {
    SystemRandom random;
    const auto id = chain::ChainId::parse(chain_id);
    CHECK(id);
    genesis_.chain_id = *id;
    genesis_.genesis_time = chain::Timestamp::from_wall(SystemClock().wall_now());
    for (std::size_t index = 0; index < validators; ++index) {
        add_full_node();
        const auto key = crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random);
        write_secret(
            home(index) / "config/priv_validator_key.json", text_of(engine::print_key_file(key))
        );
        auto directory = engine::PosixDirectory::lock(home(index) / "data");
        CHECK(directory);
        CHECK(engine::FileSigner::create(
            **directory, std::make_unique<engine::LocalSigningKey>(key.clone()), genesis_.chain_id
        ));
        genesis_.validators.push_back({key.public_key(), 10, ""});
    }
    for (std::size_t index = 0; index < validators; ++index) {
        write_genesis(index);
    }
}

TestHomes::~TestHomes() {
    fs::remove_all(folder_);
}

fs::path TestHomes::home(std::size_t index) const {
    return folder_ / ("node" + std::to_string(index));
}

void TestHomes::write_genesis(std::size_t index) const {
    std::ofstream(home(index) / "config/genesis.json") << chain::print_genesis(genesis_);
}

std::size_t TestHomes::add_full_node() {
    SystemRandom random;
    const std::size_t index = count_++;
    fs::create_directories(home(index) / "config");
    fs::create_directories(home(index) / "data");
    write_secret(
        home(index) / "config/node_key.json",
        text_of(p2p::print_node_key(p2p::NodeKey::generate(random)))
    );
    write_genesis(index);
    return index;
}

node::Config TestHomes::config(std::size_t index) const {
    node::Config config;
    config.home = home(index);
    config.moniker = "node" + std::to_string(index);
    config.app = "kvstore";
    config.p2p.laddr = "tcp://127.0.0.1:0";
    config.p2p.allow_duplicate_ip = true;
    config.p2p.addr_book_strict = false;
    config.rpc.laddr = "tcp://127.0.0.1:0";
    config.api.address = "tcp://127.0.0.1:0";
    config.consensus.target_block_interval = std::chrono::milliseconds(50);
    return config;
}

}  // namespace steelyard::test
