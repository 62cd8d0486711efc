// SecretConnection of CometBFT 0.38 without input and output: the handshake that authenticates two
// nodes, and the sealed frames that follow it. doc/spec/p2p.md has the bytes.
#pragma once

#include "crypto/aead.h"
#include "crypto/secret_connection_keys.h"
#include "p2p/byte_sink.h"
#include "p2p/node_key.h"

#include <memory>
#include <optional>

namespace steelyard::p2p {

inline constexpr std::size_t frame_data_size_max = 1024;
inline constexpr std::size_t frame_size = 4 + frame_data_size_max;
inline constexpr std::size_t sealed_frame_size = frame_size + crypto::aead_tag_size;

/// Counts frames: four zero bytes, then the number in little-endian. CHECKs that it never wraps.
class FrameNonce {
public:
    crypto::ChaCha20Poly1305::Nonce next();

private:
    std::uint64_t count_ = 0;
};

/// Lays a stream out in frames and seals them where they are.
class FrameWriter final : public ByteSink {
public:
    explicit FrameWriter(const crypto::Secret<32>& key) : cipher_(key) {}

    /// Adds to the frames that are not sealed yet.
    void write(ByteView bytes) override;

    /// Bytes of the stream that wait to be sealed.
    std::size_t unsealed() const { return unsealed_; }

    /// Ends the last frame and seals all that are not. The view is of every frame since `clear`.
    ByteView seal();

    /// Forgets the frames, which have been sent; their memory is used again.
    void clear();

private:
    crypto::ChaCha20Poly1305 cipher_;
    FrameNonce nonce_;
    Bytes frames_;            ///< sealed ones, then unsealed ones with room for their tags
    std::size_t sealed_ = 0;  ///< bytes of frames_
    std::size_t unsealed_ = 0;
};

/// Opens frames in the order in which they were sealed.
class FrameReader {
public:
    explicit FrameReader(const crypto::Secret<32>& key) : cipher_(key) {}

    /// Opens a frame of sealed_frame_size bytes (CHECKed) in place. The result points into it: its
    /// part of the stream, perhaps empty. After an error no frame can be opened any more.
    Result<ByteView> open(std::span<std::uint8_t> frame);

private:
    crypto::ChaCha20Poly1305 cipher_;
    FrameNonce nonce_;
    bool broken_ = false;
};

/// Both directions of a connection, and who is at its other end.
struct SecretChannel {
    FrameWriter writer;
    FrameReader reader;
    crypto::PublicKey remote_key;
};

/// The handshake of either side; they are equal.
class SecretHandshake {
public:
    SecretHandshake(const NodeKey& key, RandomSource& random);

    /// What is to be sent now; nothing until more is received.
    Bytes take_output() { return std::exchange(output_, {}); }

    /// Takes what it can from the front of the bytes received, which it may overwrite, and says how
    /// many that was; the rest must be given again, with more. Errors are final: a key of low order
    /// or our own (invalid), a signature that is not by the named key (denied), anything else than
    /// the message that is due (invalid).
    Result<std::size_t> receive(std::span<std::uint8_t> in);

    bool done() const { return channel_ && remote_known_; }

    /// The outcome, once. What of the stream followed the handshake's last message is in `rest`.
    SecretChannel take_channel();
    Bytes take_rest() { return std::exchange(stream_, {}); }

private:
    Result<std::size_t> receive_ephemeral_key(std::span<std::uint8_t> in);
    Result<std::size_t> receive_frame(std::span<std::uint8_t> in);
    Result<void> authenticate(ByteView message);

    NodeKey key_;
    crypto::X25519PrivateKey ephemeral_;
    Bytes output_;
    ByteArray<32> challenge_{};
    std::optional<SecretChannel> channel_;
    bool remote_known_ = false;
    Bytes stream_;  ///< opened and not yet read
};

}  // namespace steelyard::p2p
