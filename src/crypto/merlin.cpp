#include "crypto/merlin.h"

#include "base/check.h"
#include "base/endian.h"

#include <limits>

namespace steelyard::crypto {
namespace {

// STROBE v1.0.2 at 128 bits of security: of Keccak's 168 bytes of rate two are its own padding.
constexpr std::size_t rate = 166;

// The flags of an operation (STROBE section 6.2).
constexpr std::uint8_t inbound = 1;
constexpr std::uint8_t application = 2;
constexpr std::uint8_t cipher = 4;
constexpr std::uint8_t meta = 16;

std::uint8_t* bytes_of(KeccakState& lanes) {
    static_assert(std::endian::native == std::endian::little);
    return reinterpret_cast<std::uint8_t*>(lanes.data());
}

}  // namespace

MerlinTranscript::MerlinTranscript(std::string_view protocol) {
    constexpr ByteArray<6> parameters = {1, rate + 2, 1, 0, 1, 12 * 8};
    std::ranges::copy(parameters, bytes_of(lanes_));
    std::ranges::copy(as_bytes("STROBEv1.0.2"), bytes_of(lanes_) + parameters.size());
    keccak_f1600(lanes_);

    begin_operation(meta | application);
    absorb(as_bytes("Merlin v1.0"));
    append_message("dom-sep", as_bytes(protocol));
}

MerlinTranscript::~MerlinTranscript() {
    wipe({bytes_of(lanes_), sizeof lanes_});
}

void MerlinTranscript::append_message(std::string_view label, ByteView message) {
    absorb_label(label, message.size());
    begin_operation(application);
    absorb(message);
}

void MerlinTranscript::challenge_bytes(std::string_view label, std::span<std::uint8_t> out) {
    absorb_label(label, out.size());
    begin_operation(inbound | application | cipher);
    for (std::uint8_t& byte : out) {
        // What is drawn is erased, so that a later leak of the state does not tell it.
        byte = std::exchange(bytes_of(lanes_)[position_], std::uint8_t{0});
        if (++position_ == rate) {
            permute();
        }
    }
}

void MerlinTranscript::absorb_label(std::string_view label, std::size_t size) {
    CHECK(size <= std::numeric_limits<std::uint32_t>::max());
    ByteArray<4> size_bytes;
    store_le(size_bytes.data(), static_cast<std::uint32_t>(size));
    begin_operation(meta | application);
    absorb(as_bytes(label));
    absorb(size_bytes);
}

void MerlinTranscript::begin_operation(std::uint8_t flags) {
    const ByteArray<2> header = {operation_start_, flags};
    operation_start_ = static_cast<std::uint8_t>(position_ + 1);
    absorb(header);
    if ((flags & cipher) != 0 && position_ != 0) {
        permute();
    }
}

void MerlinTranscript::absorb(ByteView bytes) {
    for (const std::uint8_t byte : bytes) {
        bytes_of(lanes_)[position_] ^= byte;
        if (++position_ == rate) {
            permute();
        }
    }
}

void MerlinTranscript::permute() {
    bytes_of(lanes_)[position_] ^= operation_start_;
    bytes_of(lanes_)[position_ + 1] ^= 0x04;
    bytes_of(lanes_)[rate + 1] ^= 0x80;
    keccak_f1600(lanes_);
    position_ = 0;
    operation_start_ = 0;
}

}  // namespace steelyard::crypto
