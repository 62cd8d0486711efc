// Names of a program out of those of a model.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace steelyard::vm::onnx {

/// The name with '_' in place of every byte that the program format does not take, at most 64
/// bytes; "_" for an empty one.
std::string plain_name(std::string_view name);

/// Gives each name once.
class NameTable {
public:
    /// `plain_name`, with "_2", "_3", ... behind it if it was given before.
    std::string unique(std::string_view name);

private:
    std::set<std::string, std::less<>> taken_{};
    std::size_t next_number_ = 2;
};

}  // namespace steelyard::vm::onnx
