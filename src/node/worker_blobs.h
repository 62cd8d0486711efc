// What workers do with blobs, on a node's store and its exchange with peers.
#pragma once

#include "node/blob_host.h"
#include "node/blob_service.h"
#include "node/worker_service.h"

namespace steelyard::node {

/// Both outlive what is made of them. Without a host nothing comes from peers.
WorkerBlobs worker_blobs(BlobService& blobs, BlobHost* host);

}  // namespace steelyard::node
