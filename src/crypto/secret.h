// Memory that is wiped when it is given up.
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace steelyard::crypto {

/// Overwrites with zeros, in a way that the compiler may not drop.
void wipe(std::span<std::uint8_t> bytes);

/// Overwrites the stack below the caller, where sha256, libsecp256k1 and Crypto++'s Curve25519
/// leave copies of the secrets they are given. Called by who called them, after the last call.
void wipe_stack();

/// Whether two byte strings of equal length are equal, in time that does not depend on where they
/// differ.
bool equal_in_constant_time(ByteView a, ByteView b);

/// A secret of fixed size. It moves (wiping its source) but does not copy by accident, and it has
/// no way to be printed.
template <std::size_t size>
class Secret {
public:
    Secret() : bytes_{} {}
    explicit Secret(std::span<const std::uint8_t, size> bytes) : bytes_(to_array(bytes)) {}
    Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.wipe_own(); }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            bytes_ = other.bytes_;
            other.wipe_own();
        }
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe_own(); }

    Secret clone() const { return Secret(view()); }

    std::span<const std::uint8_t, size> view() const { return bytes_; }
    std::span<std::uint8_t, size> mutable_view() { return bytes_; }

private:
    void wipe_own() { wipe(bytes_); }

    ByteArray<size> bytes_;
};

/// A secret whose size is known at run time only, such as a password or a decrypted file.
class SecretBytes {
public:
    SecretBytes() = default;
    explicit SecretBytes(std::size_t size) : bytes_(size) {}
    explicit SecretBytes(ByteView bytes) : bytes_(to_bytes(bytes)) {}
    SecretBytes(SecretBytes&& other) noexcept = default;
    SecretBytes& operator=(SecretBytes&& other) noexcept {
        wipe(bytes_);
        bytes_ = std::move(other.bytes_);
        return *this;
    }
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    ~SecretBytes() { wipe(bytes_); }

    ByteView view() const { return bytes_; }
    std::span<std::uint8_t> mutable_view() { return bytes_; }

private:
    Bytes bytes_;
};

}  // namespace steelyard::crypto
