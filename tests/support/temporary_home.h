// A folder that is gone with its owner.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace steelyard::testing_support {

class TemporaryHome {
public:
    TemporaryHome() {
        std::string name = (std::filesystem::temp_directory_path() / "steelyard-XXXXXX").native();
        path_ = ::mkdtemp(name.data());
    }
    TemporaryHome(const TemporaryHome&) = delete;
    TemporaryHome& operator=(const TemporaryHome&) = delete;
    ~TemporaryHome() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace steelyard::testing_support
