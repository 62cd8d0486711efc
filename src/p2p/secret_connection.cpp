#include "p2p/secret_connection.h"

#include "base/check.h"
#include "base/endian.h"
#include "base/protowire.h"
#include "p2p/delimited.h"

#include <limits>

namespace steelyard::p2p {
namespace {

using crypto::KeyType;
using crypto::PublicKey;

/// What stands before the 32 bytes of a google.protobuf.BytesValue in a stream.
constexpr ByteArray<3> ephemeral_prefix = {34, 0x0a, 32};
constexpr std::size_t ephemeral_message_size = ephemeral_prefix.size() + 32;

/// AuthSigMessage with an ed25519 key has 102 bytes; this leaves room to say what a wrong one is.
constexpr std::size_t auth_message_size_max = 256;

Bytes encode_auth_message(const NodeKey& key, ByteView challenge) {
    ProtoWriter writer;
    writer.message(1, crypto::encode_public_key(key.key().public_key()));
    writer.bytes(2, key.key().sign(challenge));
    return length_prefixed(std::move(writer).take());
}

}  // namespace

crypto::ChaCha20Poly1305::Nonce FrameNonce::next() {
    CHECK(count_ < std::numeric_limits<std::uint64_t>::max());
    crypto::ChaCha20Poly1305::Nonce nonce{};
    store_le(nonce.data() + 4, count_++);
    return nonce;
}

void FrameWriter::write(ByteView bytes) {
    while (!bytes.empty()) {
        const std::size_t used = unsealed_ % frame_data_size_max;
        if (used == 0) {
            frames_.resize(
                frames_.size() + sealed_frame_size
            );  // zeros, so that padding tells nothing
        }
        const std::size_t size = std::min(bytes.size(), frame_data_size_max - used);
        std::uint8_t* const frame = frames_.data() + frames_.size() - sealed_frame_size;
        std::memcpy(frame + frame_size - frame_data_size_max + used, bytes.data(), size);
        unsealed_ += size;
        bytes = bytes.subspan(size);
    }
}

ByteView FrameWriter::seal() {
    while (unsealed_ > 0) {
        const auto frame = std::span(frames_).subspan(sealed_, sealed_frame_size);
        const std::size_t size = std::min(unsealed_, frame_data_size_max);
        store_le(frame.data(), static_cast<std::uint32_t>(size));
        cipher_.seal(nonce_.next(), {}, frame.first<frame_size>(), frame);
        sealed_ += sealed_frame_size;
        unsealed_ -= size;
    }
    return frames_;
}

void FrameWriter::clear() {
    CHECK(unsealed_ == 0);
    frames_.clear();
    sealed_ = 0;
}

Result<ByteView> FrameReader::open(std::span<std::uint8_t> frame) {
    CHECK(frame.size() == sealed_frame_size);
    if (broken_) {
        return invalid("a frame behind a broken one");
    }
    broken_ = true;
    const auto text = frame.first<frame_size>();
    if (!cipher_.open(nonce_.next(), {}, frame, text)) {
        return fail(ErrorCode::denied, "a frame is not sealed with this connection's key");
    }
    const auto size = load_le<std::uint32_t>(text.data());
    if (size > frame_data_size_max) {
        return fail(
            ErrorCode::too_large, "a frame of {} bytes, limit {}", size, frame_data_size_max
        );
    }
    broken_ = false;
    return ByteView(text).subspan(frame_size - frame_data_size_max, size);
}

SecretHandshake::SecretHandshake(const NodeKey& key, RandomSource& random)
    : key_(key.clone()), ephemeral_(crypto::generate_x25519_key(random)) {
    append(output_, ephemeral_prefix);
    append(output_, crypto::x25519_public_key(ephemeral_));
}

Result<std::size_t> SecretHandshake::receive(std::span<std::uint8_t> in) {
    std::size_t taken = 0;
    while (!done()) {
        const auto rest = in.subspan(taken);
        TRY_ASSIGN(
            const std::size_t size, channel_ ? receive_frame(rest) : receive_ephemeral_key(rest)
        );
        if (size == 0) {
            break;
        }
        taken += size;
    }
    return taken;
}

SecretChannel SecretHandshake::take_channel() {
    CHECK(done());
    return *std::move(channel_);
}

Result<std::size_t> SecretHandshake::receive_ephemeral_key(std::span<std::uint8_t> in) {
    const std::size_t common = std::min(in.size(), ephemeral_prefix.size());
    if (!equal(in.first(common), ByteView(ephemeral_prefix).first(common))) {
        return invalid("the first message is not an ephemeral key of 32 bytes");
    }
    if (in.size() < ephemeral_message_size) {
        return 0;
    }
    const auto remote = to_array(ByteView(in).subspan<ephemeral_prefix.size(), 32>());
    TRY_ASSIGN(auto agreement, crypto::agree_secret_connection(ephemeral_, remote));
    ephemeral_ = {};
    challenge_ = agreement.challenge;
    channel_.emplace(SecretChannel{
        .writer = FrameWriter(agreement.keys.send),
        .reader = FrameReader(agreement.keys.receive),
        .remote_key = key_.key().public_key(),  // until it is known
    });
    channel_->writer.write(encode_auth_message(key_, challenge_));
    append(output_, channel_->writer.seal());
    channel_->writer.clear();
    return ephemeral_message_size;
}

Result<std::size_t> SecretHandshake::receive_frame(std::span<std::uint8_t> in) {
    if (in.size() < sealed_frame_size) {
        return 0;
    }
    TRY_ASSIGN(const ByteView part, channel_->reader.open(in.first(sealed_frame_size)));
    append(stream_, part);
    ByteView rest = stream_;
    TRY_ASSIGN(const auto message, take_delimited(rest, auth_message_size_max));
    if (message) {
        TRY(authenticate(*message));
        stream_ = to_bytes(rest);
    }
    return sealed_frame_size;
}

Result<void> SecretHandshake::authenticate(ByteView message) {
    ProtoReader reader("AuthSigMessage", message);
    std::optional<PublicKey> key;
    ByteView signature;
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                key =
                    reader.nested("pub_key", crypto::decode_public_key(reader.message("pub_key")));
                break;
            case 2:
                signature = reader.bytes("sig", crypto::signature_size);
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "pub_key");
    TRY(reader.finish());
    if (key->type() != KeyType::ed25519) {
        return fail(ErrorCode::unsupported, "the node key is not an ed25519 one");
    }
    if (!key->verify(challenge_, signature)) {
        return fail(ErrorCode::denied, "the challenge is not signed with the node key");
    }
    channel_->remote_key = *key;
    remote_known_ = true;
    return {};
}

}  // namespace steelyard::p2p
