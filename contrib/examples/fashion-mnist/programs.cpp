// fashion-mnist-programs: writes the programs that train the network and use it.
#include "contrib/examples/fashion-mnist/network.h"
#include "vm/files/safetensors.h"
#include "vm/program/encoding.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <fstream>

namespace steelyard::vm::fashion {
namespace {

constexpr std::string_view usage = R"(usage: fashion-mnist-programs train NAME IMAGES BATCH EPOCHS
       fashion-mnist-programs classify NAME IMAGES

`train` writes NAME.svm, which learns from so many images, and NAME.safetensors, the weights that it
begins with. `classify` writes NAME.svm, which puts so many images into their classes. network.h says
what the programs take and give.
)";

using Words = std::span<char* const>;

Result<void> write_file(const std::string& path, ByteView head, ByteView rest = {}) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    for (const ByteView bytes : {head, rest}) {
        file.write(
            reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())
        );
    }
    file.close();
    if (!file) {
        return fail(ErrorCode::io, "cannot write {}", path);
    }
    return {};
}

Result<std::uint64_t> number(std::string_view what, std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0) {
        return invalid("{} {} is no positive number", what, text);
    }
    return value;
}

Result<void> write_weights(const std::string& path) {
    const std::vector<FileTensor> tensors = first_weights();
    std::vector<TensorSlice> slices;
    for (const FileTensor& tensor : tensors) {
        slices.push_back({tensor.name, tensor.type, tensor.data});
    }
    return write_file(path, write_safetensors(slices));
}

Result<void> write_training(const std::string& name, Words numbers) {
    Course course;
    TRY_ASSIGN(course.images, number("images:", numbers[0]));
    TRY_ASSIGN(course.batch, number("batch:", numbers[1]));
    TRY_ASSIGN(course.epochs, number("epochs:", numbers[2]));
    if (course.images % course.batch != 0) {
        return invalid("{} images are no whole batches of {}", course.images, course.batch);
    }
    TRY_ASSIGN(const Program program, training_program(course));
    TRY(write_file(name + ".svm", encode_program(program)));
    return write_weights(name + ".safetensors");
}

Result<void> write_classifier(const std::string& name, std::string_view images) {
    TRY_ASSIGN(const std::uint64_t count, number("images:", images));
    TRY_ASSIGN(const Program program, classify_program(count));
    return write_file(name + ".svm", encode_program(program));
}

int main_of(Words words) {
    const std::string_view command = words.empty() ? "" : words[0];
    Result<void> done;
    if (command == "train" && words.size() == 5) {
        done = write_training(words[1], words.subspan(2));
    } else if (command == "classify" && words.size() == 3) {
        done = write_classifier(words[1], words[2]);
    } else {
        fmt::print(stderr, "{}", usage);
        return 2;
    }
    if (!done) {
        fmt::print(stderr, "fashion-mnist-programs: {}\n", done.error().message());
        return 1;
    }
    return 0;
}

}  // namespace
}  // namespace steelyard::vm::fashion

int main(int count, char** words) {
    return steelyard::vm::fashion::main_of({words + 1, static_cast<std::size_t>(count - 1)});
}
