"""Bugs to plant in the store of blobs."""

from mutation import Mutation

BLOB = "src/blob/"

BLOB_BUGS = [
    Mutation(
        "a blob is called whole before it is synced",
        BLOB + "store_files.cpp",
        "    Result<void> done = disk_->sync(part);\n",
        "    Result<void> done{};\n",
    ),
    Mutation(
        "a part whose sync has failed may become whole later",
        BLOB + "store_files.cpp",
        "    if (!done) {\n        drop(entry);\n        return done;\n    }\n    const std::lock_guard lock(mutex_);\n",
        "    if (!done) {\n        return done;\n    }\n    const std::lock_guard lock(mutex_);\n",
    ),
    Mutation(
        "a group of a part is taken without a look at its hash",
        BLOB + "store_files.cpp",
        "read == range.size && group_hash(part.type",
        "read == range.size || group_hash(part.type",
    ),
    Mutation(
        "an upload becomes whole whatever it is",
        BLOB + "store_uploads.cpp",
        "    if (tree.header.id() != entry.id) {\n",
        "    if (false && tree.header.id() != entry.id) {\n",
    ),
    Mutation(
        "an upload writes over groups that are right",
        BLOB + "store_uploads.cpp",
        "if (part.has_group[group] || first > last) {",
        "if (first > last) {",
    ),
    Mutation(
        "an upload goes on behind a piece that failed",
        BLOB + "store_uploads.cpp",
        "if (offset == 0 || !disk_->resize(name, offset)) {",
        "if (false && !disk_->resize(name, offset)) {",
    ),
    Mutation(
        "what is held gives way",
        BLOB + "store_room.cpp",
        "if (&one == &entry || held_.contains(one.id)) {",
        "if (&one == &entry) {",
    ),
    Mutation(
        "what is gone keeps its room",
        BLOB + "store_room.cpp",
        "    reserved_ -= entry.reserved;\n",
        "",
    ),
]
