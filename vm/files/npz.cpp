#include "vm/files/npz.h"

#include "vm/files/npy.h"
#include "vm/files/zip.h"

#include <set>

namespace steelyard::vm {

namespace {

constexpr std::string_view ending = ".npy";

}  // namespace

Result<std::vector<FileTensor>> read_npz(ByteView file, std::uint64_t bytes_max) {
    TRY_ASSIGN(const std::vector<ZipEntry> entries, read_zip(file));
    std::vector<FileTensor> tensors;
    std::set<std::string> names;
    for (const ZipEntry& entry : entries) {
        if (!entry.name.ends_with(ending)) {
            return invalid("npz: '{}' is no .npy file", entry.name);
        }
        std::string name = entry.name.substr(0, entry.name.size() - ending.size());
        if (!names.insert(name).second) {
            return invalid("npz: two tensors are called '{}'", name);
        }
        TRY_ASSIGN(const Bytes data, unpack(entry, bytes_max));
        bytes_max -= data.size();
        auto tensor = read_npy(data);
        if (!tensor) {
            return std::unexpected(std::move(tensor).error().in(fmt::format("npz, '{}'", entry.name)
            ));
        }
        tensor->name = std::move(name);
        tensors.push_back(*std::move(tensor));
    }
    return tensors;
}

Result<Bytes> write_npz(std::span<const FileTensor> tensors) {
    std::vector<ZipMember> members;
    for (const FileTensor& tensor : tensors) {
        members.push_back(
            {.name = tensor.name + std::string(ending), .data = write_npy(tensor.type, tensor.data)}
        );
    }
    return write_zip(members);
}

}  // namespace steelyard::vm
