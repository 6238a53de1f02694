package dev.varve.backend.local;

import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file in the making: its path, and the channel that holds its lock. */
record TemporaryFile(Path path, FileChannel channel) {}
