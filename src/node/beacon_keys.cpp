#include "node/beacon_keys.h"

#include "base/base64.h"
#include "consensus/engine/key_file.h"
#include "files/private_file.h"

namespace steelyard::node {

using crypto::PrivateKey;

Result<PrivateKey> read_beacon_key(const std::filesystem::path& file) {
    TRY_ASSIGN(
        const crypto::SecretBytes text, files::read_private_file(file, engine::key_file_size_max)
    );
    auto key = engine::parse_key_file(as_text(text.view()));
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

Result<std::vector<PrivateKey>> BeaconKeys::load() const {
    std::vector<PrivateKey> keys;
    for (const std::string_view name : {beacon_key_file, next_beacon_key_file}) {
        auto key = read_beacon_key(home_ / name);
        if (key) {
            keys.push_back(*std::move(key));
        } else if (key.error().code() != ErrorCode::not_found) {
            return std::unexpected(std::move(key).error());
        }
    }
    return keys;
}

Result<std::vector<crypto::PublicKey>> BeaconKeys::public_keys() const {
    TRY_ASSIGN(const std::vector<PrivateKey> keys, load());
    std::vector<crypto::PublicKey> public_keys;
    for (const PrivateKey& key : keys) {
        public_keys.push_back(key.public_key());
    }
    return public_keys;
}

Result<crypto::vrf::Proof> BeaconKeys::prove(const ByteArray<33>& key, ByteView alpha) const {
    TRY_ASSIGN(const std::vector<PrivateKey> keys, load());
    for (const PrivateKey& own : keys) {
        if (equal(own.public_key().bytes(), key)) {
            return crypto::vrf::prove(own.secret(), alpha);
        }
    }
    return fail(
        ErrorCode::not_found,
        "the validator's beacon key in force is {}, and {} {}: put the file of that key there, or "
        "register a key of this node ({}) and wait two epochs",
        to_base64(key),
        (home_ / beacon_key_file).native(),
        keys.empty() ? "is not there" : "holds another",
        keys.empty() ? "steelyardd gen-beacon-key" : "steelyardd show-beacon-key"
    );
}

}  // namespace steelyard::node
