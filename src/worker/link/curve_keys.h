// Keys of CURVE, by which the two ends of the link know each other (L1).
#pragma once

#include "crypto/secret.h"

#include <filesystem>
#include <string>

namespace steelyard::worker {

inline constexpr std::size_t curve_key_size = 32;

/// A public one.
using CurveKey = ByteArray<curve_key_size>;

struct CurveKeyPair {
    CurveKey public_key{};
    crypto::Secret<curve_key_size> secret_key{};
};

/// As ZeroMQ writes keys (RFC 32, Z85): 40 characters.
std::string to_z85(const CurveKey& key);

/// Errors say what is wrong with the text, which may be a secret's: they do not repeat it.
Result<CurveKey> parse_z85_key(std::string_view text);

/// The public one does not begin with "-", as one in 85 would: on a command line that is an option.
CurveKeyPair generate_curve_key();

/// A file that its owner alone may read, with the secret key in Z85 and a line break.
Result<CurveKeyPair> read_curve_key_file(const std::filesystem::path& path);

/// Makes the file, with a new key, if it is not there; its folder must be.
Result<CurveKeyPair> open_curve_key_file(const std::filesystem::path& path);

}  // namespace steelyard::worker
