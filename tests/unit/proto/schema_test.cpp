// Rules that all our .proto files keep, so that one value has one encoding.
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace steelyard::proto {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

std::vector<const FileDescriptor*> all_files() {
    const std::filesystem::path root = STEELYARD_SOURCE_DIR "/src/proto";
    std::vector<const FileDescriptor*> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".proto") {
            const std::string name = std::filesystem::relative(entry.path(), root).string();
            files.push_back(DescriptorPool::generated_pool()->FindFileByName(name));
            EXPECT_NE(files.back(), nullptr) << name << " is not linked";
        }
    }
    return files;
}

void check_message(const Descriptor& message) {
    for (int i = 0; i < message.field_count(); ++i) {
        const FieldDescriptor& field = *message.field(i);
        SCOPED_TRACE(field.full_name());
        EXPECT_FALSE(field.is_map()) << "the order of a map's entries is not defined";
        EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_FLOAT);
        EXPECT_NE(field.cpp_type(), FieldDescriptor::CPPTYPE_DOUBLE);
        EXPECT_EQ(field.is_packed(), field.is_packable());
        EXPECT_FALSE(field.has_optional_keyword()) << "a zero could be written or left out";
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
        check_message(*message.nested_type(i));
    }
}

TEST(Schema, every_message_has_one_encoding) {
    const std::vector<const FileDescriptor*> files = all_files();
    ASSERT_GT(files.size(), 50U);

    for (const FileDescriptor* const file : files) {
        EXPECT_EQ(file->syntax(), FileDescriptor::SYNTAX_PROTO3) << file->name();
        for (int i = 0; i < file->message_type_count(); ++i) {
            check_message(*file->message_type(i));
        }
    }
}

TEST(Schema, packages_follow_folders) {
    for (const FileDescriptor* const file : all_files()) {
        std::string folder = file->name().substr(0, file->name().rfind('/'));
        std::replace(folder.begin(), folder.end(), '/', '.');
        EXPECT_EQ(file->package(), folder);
    }
}

}  // namespace
}  // namespace steelyard::proto
