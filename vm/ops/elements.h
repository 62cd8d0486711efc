// Elements as bytes: what operators need that move them whatever their type.
#pragma once

#include "vm/ops/reader.h"

#include <cstring>

namespace steelyard::vm {

/// Copies one element of 1, 2, 4 or 8 bytes.
inline void copy_element(std::byte* to, const std::byte* from, std::size_t size) {
    switch (size) {
        case 1:
            *to = *from;
            return;
        case 2:
            std::memcpy(to, from, 2);
            return;
        case 4:
            std::memcpy(to, from, 4);
            return;
        default:
            std::memcpy(to, from, 8);
            return;
    }
}

/// An element of `from`, of any alignment.
template <typename T>
T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof(T));
    return value;
}

template <typename T>
void store(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof(T));
}

}  // namespace steelyard::vm
