package dev.varve.model;

/** What a pack holds: file content, or everything that describes it. The two never share a pack, so tiers can treat them apart. */
public enum PackKind {
    DATA,
    METADATA
}
