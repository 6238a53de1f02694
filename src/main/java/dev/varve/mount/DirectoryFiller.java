package dev.varve.mount;

/** libfuse's fuse_fill_dir_t. */
@FunctionalInterface
interface DirectoryFiller {
    /**
     * Adds an entry to the answer.
     *
     * @param buffer libfuse's own
     * @param name address of a NUL-terminated name
     * @param stat address of a struct stat of which inode number and type count
     * @param next where a later call goes on behind this entry, or 0 when all entries come in one call
     * @return not 0 when the answer is full; the entry is then not in it
     */
    int fill(long buffer, long name, long stat, long next);
}
