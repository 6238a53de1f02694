package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.snapshot.ImageReader;
import dev.varve.snapshot.StoredVolume;

/** A volume, bit-exact, as a read-only regular file. */
public record ImageFile(long inodeNumber, Attributes attributes, StoredVolume volume)
        implements ViewNode, ReadableNode {
    @Override
    public OpenFile open() {
        ImageReader reader = volume.image();
        return new OpenFile(reader.size(), reader::read, reader::prefetch);
    }
}
