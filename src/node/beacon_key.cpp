#include "node/beacon_key.h"

#include "base/check.h"
#include "consensus/engine/key_file.h"
#include "node/files.h"

namespace steelyard::node {

Result<crypto::PrivateKey> read_beacon_key(const std::filesystem::path& file) {
    TRY_ASSIGN(const auto text, read_secret_file(file, engine::key_file_size_max));
    auto key = engine::parse_key_file(text);
    if (!key) {
        return std::unexpected(std::move(key).error().in(file.native()));
    }
    if (key->type() != crypto::KeyType::secp256k1) {
        return invalid(
            "{}: is of type {}, must be secp256k1", file.native(), to_string(key->type())
        );
    }
    return key;
}

BeaconKey::BeaconKey(crypto::PrivateKey key) : key_(std::move(key)) {
    CHECK(key_.type() == crypto::KeyType::secp256k1);
}

ByteArray<33> BeaconKey::public_key() const {
    return to_array<33>(key_.public_key().bytes().first<33>());
}

crypto::vrf::Proof BeaconKey::prove(ByteView alpha) const {
    return crypto::vrf::prove(key_.secret(), alpha);
}

}  // namespace steelyard::node
