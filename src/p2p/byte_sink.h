// ByteSink: where a stream of bytes is written to.
#pragma once

#include "base/bytes.h"

namespace steelyard::p2p {

class ByteSink {
public:
    virtual ~ByteSink() = default;

    virtual void write(ByteView bytes) = 0;
};

}  // namespace steelyard::p2p
