package dev.varve.snapshot;

import dev.varve.model.ByteString;
import dev.varve.model.FileType;

/** A name in a directory. */
public record DirectoryEntry(ByteString name, long inode, FileType type) {}
