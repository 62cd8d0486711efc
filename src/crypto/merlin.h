// Merlin transcripts (merlin.cool, v1.0): challenges that depend on every message before them.
#pragma once

#include "crypto/keccak.h"
#include "crypto/secret.h"

namespace steelyard::crypto {

/// A running transcript of a protocol on STROBE-128. It may hold secrets, so it is wiped at its
/// end.
class MerlinTranscript {
public:
    explicit MerlinTranscript(std::string_view protocol);
    MerlinTranscript(const MerlinTranscript&) = delete;
    MerlinTranscript& operator=(const MerlinTranscript&) = delete;
    ~MerlinTranscript();

    /// Adds a message, shorter than 2^32 bytes (CHECKed).
    void append_message(std::string_view label, ByteView message);

    /// Draws bytes that depend on all that came before, and adds that they were drawn.
    void challenge_bytes(std::string_view label, std::span<std::uint8_t> out);

private:
    void begin_operation(std::uint8_t flags);
    void absorb(ByteView bytes);
    void absorb_label(std::string_view label, std::size_t size);
    void permute();

    KeccakState lanes_{};
    std::uint8_t position_ = 0;
    std::uint8_t operation_start_ = 0;  ///< one past where the operation began; 0: earlier block
};

}  // namespace steelyard::crypto
