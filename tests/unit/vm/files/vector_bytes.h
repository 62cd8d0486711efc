// The files under tests/vectors/numpy.
#pragma once

#include "base/bytes.h"
#include "base/check.h"

#include <fstream>
#include <iterator>

namespace steelyard::vm::test {

inline Bytes numpy_file(const std::string& name) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/numpy/" + name, std::ios::binary);
    CHECK(file);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Values as a tensor's bytes.
template <typename T>
Bytes bytes_of(const std::vector<T>& values) {
    Bytes out(values.size() * sizeof(T));
    if (!out.empty()) {
        std::memcpy(out.data(), values.data(), out.size());
    }
    return out;
}

}  // namespace steelyard::vm::test
