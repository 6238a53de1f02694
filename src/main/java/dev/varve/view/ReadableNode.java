package dev.varve.view;

import java.io.IOException;

/** A regular file of the view. */
public interface ReadableNode {
    /** Opens for reading; nothing has to be closed. */
    OpenFile open() throws IOException;
}
