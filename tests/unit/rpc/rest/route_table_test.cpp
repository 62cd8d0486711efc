#include "rpc/rest/route_table.h"

#include "cosmos/bank/v1beta1/query.pb.h"
#include "rpc/rest/path_template.h"

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace steelyard::rest {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

const MethodDescriptor* method_of(const Route& route) {
    std::string name(route.method.substr(1));
    name[name.find('/')] = '.';
    return DescriptorPool::generated_pool()->FindMethodByName(name);
}

TEST(RouteTable, names_methods_and_fields_of_the_schema) {
    for (const Route& route : routes()) {
        const MethodDescriptor* const method = method_of(route);
        ASSERT_NE(method, nullptr) << route.method;
        EXPECT_TRUE(route.verb == "GET" || route.verb == "POST");
        for (const std::string_view field : PathTemplate(route.path).fields()) {
            EXPECT_NE(method->input_type()->FindFieldByName(std::string(field)), nullptr)
                << route.path;
        }
    }
}

TEST(RouteTable, begins_paths_with_the_package) {
    for (const Route& route : routes()) {
        std::string package = method_of(route)->file()->package();
        std::ranges::replace(package, '.', '/');
        EXPECT_TRUE(route.path.starts_with('/' + package + '/')) << route.path;
    }
}

/// So that a method that a schema gains is not forgotten.
TEST(RouteTable, has_every_method_of_its_services) {
    std::set<std::string> known;
    std::set<const ServiceDescriptor*> services;
    for (const Route& route : routes()) {
        known.insert(method_of(route)->full_name());
        services.insert(method_of(route)->service());
    }
    // Its path is that of AddressStringToBytes, which comes first.
    known.insert("cosmos.auth.v1beta1.Query.AddressBytesToString");

    for (const ServiceDescriptor* const service : services) {
        for (int i = 0; i < service->method_count(); ++i) {
            EXPECT_TRUE(known.contains(service->method(i)->full_name()))
                << service->method(i)->full_name() << " has no route";
        }
    }
    EXPECT_EQ(services.size(), 13U);
}

TEST(RouteTable, stands_in_the_specification) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/doc/spec/rest.md");
    std::set<std::string> rows;
    for (std::string line; std::getline(file, line);) {
        rows.insert(line);
    }
    for (const Route& route : routes()) {
        const std::string row = fmt::format(
            "| {}`{}` | {} |",
            route.verb == "GET" ? "" : "POST ",
            route.path,
            route.method.substr(route.method.rfind('/') + 1)
        );
        EXPECT_TRUE(rows.contains(row)) << row;
    }
}

/// A route that is never found is a mistake in the order of the table.
TEST(RouteTable, reaches_every_route) {
    for (const Route& route : routes()) {
        std::string path(route.path);
        for (std::size_t open; (open = path.find('{')) != std::string::npos;) {
            path.replace(open, path.find('}') - open + 1, "5");
        }
        const auto segments = split_path(path).value();
        for (const Route& other : routes()) {
            if (other.verb == route.verb && PathTemplate(other.path).match(segments)) {
                EXPECT_EQ(other.path, route.path);
                break;
            }
        }
    }
}

}  // namespace
}  // namespace steelyard::rest
