// What is measured against: the least that Beast can do with a request.
#pragma once

#include <cstdint>
#include <memory>

namespace steelyard::rpc {

/// A server of Beast's own parser and serializer that answers every request with the same text.
class BareEcho {
public:
    BareEcho();
    ~BareEcho();

    std::uint16_t port() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::rpc
