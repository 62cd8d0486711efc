// Files of tensors: reading is total and bounded, and what is read is written and read the same.
#include "base/check.h"
#include "vm/files/gguf.h"
#include "vm/files/npy.h"
#include "vm/files/npz.h"
#include "vm/files/safetensors.h"

using namespace steelyard;

namespace {

constexpr std::uint64_t unpacked_bytes_max = 1 << 20;

void read_as_npy(ByteView file) {
    if (const auto tensor = vm::read_npy(file)) {
        CHECK(tensor->data.size() == tensor->type.bytes());
        CHECK(vm::read_npy(vm::write_npy(tensor->type, tensor->data)) == *tensor);
    }
}

void read_as_npz(ByteView file) {
    if (const auto tensors = vm::read_npz(file, unpacked_bytes_max)) {
        CHECK(vm::read_npz(vm::write_npz(*tensors).value(), 2 * unpacked_bytes_max) == *tensors);
    }
}

void read_as_safetensors(ByteView file) {
    if (const auto tensors = vm::read_safetensors(file)) {
        for (const vm::TensorSlice& tensor : *tensors) {
            CHECK(tensor.data.size() == tensor.type.bytes());
        }
    }
}

void read_as_gguf(ByteView file) {
    constexpr std::uint64_t more = 1 << 16;  // elements that are not read
    if (const auto head = vm::read_gguf_head(file, file.size() + more)) {
        CHECK(head->data_offset <= file.size() + more);
        CHECK(head->metadata.size() + head->tensors.size() <= file.size());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView file(data, size);
    read_as_npy(file);
    read_as_npz(file);
    read_as_safetensors(file);
    read_as_gguf(file);
    return 0;
}
