"""A bug to plant: an edit of one place in one file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """`before` must stand in the file exactly once; if the code has changed, so must the table."""

    name: str
    file: str
    before: str
    after: str
