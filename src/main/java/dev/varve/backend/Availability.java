package dev.varve.backend;

/** Whether an object can be read. */
public enum Availability {
    /** Now. */
    READY,
    /** Not before {@link Backend#recall}. */
    ARCHIVED,
    /** It was recalled and comes within hours. */
    COMING
}
